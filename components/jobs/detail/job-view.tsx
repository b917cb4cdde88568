"use client";

import { useTranslations } from "next-intl";
import { useCollection, useJobTopic, useNow } from "@/lib/stream/client/use-live.tsx";
import type { Job, JobEvent, JobSeries } from "@/lib/fleet/schema.ts";
import { ChartCursor } from "@/components/charts/chart-cursor.tsx";
import type { JobContext } from "@/lib/fleet/runs/schema.ts";
import { ConditionsCard } from "./conditions-card.tsx";
import { ContainerCards } from "./container-cards.tsx";
import { DockerCard } from "./docker-card.tsx";
import { CopyEvidence } from "./copy-evidence.tsx";
import { EventsCard } from "./events-card.tsx";
import { JobHeader } from "./job-header.tsx";
import { JobMissing } from "./job-missing.tsx";
import { JobNotices } from "./job-notices.tsx";
import { LogCard, type LogAccess } from "./logs/log-card.tsx";
import { KubectlCard } from "./kubectl-card.tsx";
import { NeighboursCard } from "./neighbours-card.tsx";
import { PodCard } from "./pod-card.tsx";
import { PictureCard } from "./pod-picture.tsx";
import { prepareWaterfall } from "./prepare-waterfall.ts";
import { RunsCard } from "./runs-card.tsx";
import { VerdictBanner } from "./verdict-banner.tsx";
import { WaterfallCard } from "./waterfall-card.tsx";

interface JobViewProps {
  cluster: string;
  uid: string;
  logs: LogAccess;
  /** What stands around the job, as it was when the page was asked for. */
  context?: JobContext;
}

const ALONE: JobContext = { whole: true, runs: [], usual: [], neighbours: [] };

/** What happened to this job? Lives as long as the pod does, and stays as it was when the pod is gone. */
export function JobView({ cluster, uid, logs, context = ALONE }: JobViewProps) {
  const { job, events, series } = useJobTopic();
  return job === null ? <JobMissing cluster={cluster} uid={uid} forgotten /> : <KnownJob {...{ job, events, series, logs, context }} />;
}

interface KnownProps {
  job: Job;
  events: readonly JobEvent[];
  series: readonly JobSeries[];
  logs: LogAccess;
  context: JobContext;
}

function KnownJob({ job, events, series, logs, context }: KnownProps) {
  const t = useTranslations("job");
  const now = useNow();
  const several = useCollection("clusters").size > 1;
  const waterfall = prepareWaterfall(job, now);
  const l = useTranslations("joblog");
  const notes = waterfall.kills.map(({ ms, container }) => ({
    ms: waterfall.zeroMs + ms,
    text: l("note", { container: container ?? job.pod }),
  }));
  return (
    <ChartCursor>
      <JobHeader job={job} now={now}>
        <CopyEvidence job={job} waterfall={waterfall} usual={context.usual} />
      </JobHeader>
      <JobNotices job={job} now={now} events={events.length} />
      <VerdictBanner job={job} />
      <WaterfallCard {...{ job, events, series, waterfall, now }} usual={context.usual} />
      <section aria-label={t("containers.title")}>
        <ContainerCards job={job} events={events} series={series} zeroMs={waterfall.zeroMs} now={now} />
      </section>
      <div className="cols">
        <div className="c8 stack">
          <PictureCard job={job} />
          <DockerCard job={job} zeroMs={waterfall.zeroMs} logsAllowed={logs.pods} />
          <LogCard job={job} access={logs} notes={notes} />
          <EventsCard events={events} zeroMs={waterfall.zeroMs} cluster={job.cluster} namespace={job.namespace} />
          <ConditionsCard job={job} />
        </div>
        <div className="c4 stack">
          <RunsCard runs={context.runs} whole={context.whole} />
          <NeighboursCard node={job.node} neighbours={context.neighbours} />
          <PodCard job={job} />
          <KubectlCard job={job} context={several ? job.cluster : null} now={now} />
        </div>
      </div>
    </ChartCursor>
  );
}
