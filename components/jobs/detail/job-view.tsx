"use client";

import { useTranslations } from "next-intl";
import { useCollection, useJobTopic, useNow } from "@/lib/stream/client/use-live.tsx";
import type { Job, JobEvent, JobSeries } from "@/lib/fleet/schema.ts";
import { ConditionsCard } from "./conditions-card.tsx";
import { ContainerCards } from "./container-cards.tsx";
import { EventsCard } from "./events-card.tsx";
import { JobHeader } from "./job-header.tsx";
import { JobMissing } from "./job-missing.tsx";
import { JobNotices } from "./job-notices.tsx";
import { LogCard, type LogAccess } from "./logs/log-card.tsx";
import { KubectlCard } from "./kubectl-card.tsx";
import { PodCard } from "./pod-card.tsx";
import { prepareWaterfall } from "./prepare-waterfall.ts";
import { VerdictBanner } from "./verdict-banner.tsx";
import { WaterfallCard } from "./waterfall-card.tsx";

/** What happened to this job? Lives as long as the pod does, and stays as it was when the pod is gone. */
export function JobView({ cluster, uid, logs }: { cluster: string; uid: string; logs: LogAccess }) {
  const { job, events, series } = useJobTopic();
  return job === null ? (
    <JobMissing cluster={cluster} uid={uid} forgotten />
  ) : (
    <KnownJob job={job} events={events} series={series} logs={logs} />
  );
}

interface KnownProps {
  job: Job;
  events: readonly JobEvent[];
  series: readonly JobSeries[];
  logs: LogAccess;
}

function KnownJob({ job, events, series, logs }: KnownProps) {
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
    <>
      <JobHeader job={job} now={now} />
      <JobNotices job={job} now={now} events={events.length} />
      <VerdictBanner job={job} />
      <WaterfallCard job={job} events={events} waterfall={waterfall} />
      <section aria-label={t("containers.title")}>
        <ContainerCards job={job} series={series} zeroMs={waterfall.zeroMs} now={now} />
      </section>
      <div className="cols">
        <div className="c8 stack">
          <LogCard job={job} access={logs} notes={notes} />
          <EventsCard events={events} zeroMs={waterfall.zeroMs} cluster={job.cluster} namespace={job.namespace} />
          <ConditionsCard job={job} />
        </div>
        <div className="c4 stack">
          <PodCard job={job} />
          <KubectlCard job={job} context={several ? job.cluster : null} now={now} />
        </div>
      </div>
    </>
  );
}
