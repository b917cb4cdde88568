"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { ManagerLink } from "@/components/managers/manager-link.tsx";
import { Chip } from "@/components/ui/chip.tsx";
import { Age, Clock } from "@/components/ui/time.tsx";
import { valueOf } from "@/lib/base/known.ts";
import { formatDurationMs } from "@/lib/base/units.ts";
import type { JobRow } from "@/lib/fleet/schema.ts";
import { useNow } from "@/lib/stream/client/use-live.tsx";
import { jobPathOfKey } from "../detail/job-path.ts";
import { ContainerDots } from "../container-dots.tsx";
import { KnownText } from "../known.tsx";
import { StageBar } from "../stage-bar.tsx";
import { VerdictChip } from "../verdict-chip.tsx";
import { QUIET_VERDICTS } from "../verdict-shape.ts";
import { useSentence } from "../use-sentence.ts";
import { rankJob } from "./rank-jobs.ts";
import { jobLinkId } from "./use-cursor.ts";

interface CellProps {
  job: JobRow;
}

export function VerdictCell({ job }: CellProps) {
  const sentence = useSentence();
  const t = useTranslations("jobs");
  const says = job.verdict.kind === "running" || job.verdict.kind === "succeeded" ? findingsOf(job, t) : sentence(job.verdict.sentence);
  return (
    <>
      <div className="l1">
        <VerdictChip verdict={job.verdict} />
        <FindingChip job={job} />
      </div>
      {says === "" ? null : (
        <div className="l2" title={says}>
          {says}
        </div>
      )}
    </>
  );
}

/** What was seen beside a verdict that asks for nobody, as a second chip: a throttled job still runs, and one with a killed child may succeed. */
function FindingChip({ job }: CellProps) {
  const t = useTranslations("jobs");
  if (!QUIET_VERDICTS.has(job.verdict.kind)) return null;
  if (job.findings.includes("oom-kill"))
    return (
      <Chip shape="oom-killed" tone="danger">
        {t("finding.oom-kill")}
      </Chip>
    );
  if (!job.findings.includes("cpu-throttling")) return null;
  return (
    <Chip shape="throttled" tone="throttled">
      {t("finding.cpu-throttling")}
    </Chip>
  );
}

function findingsOf(job: JobRow, t: ReturnType<typeof useTranslations<"jobs">>): string {
  return job.findings.map((finding) => t(`finding.${finding}`)).join(", ");
}

export function JobCell({ job }: CellProps) {
  const { name, project, ref } = job.gitlab;
  const title = valueOf(name) ?? job.pod;
  return (
    <>
      <div className="l1">
        <Link className="jobname" href={jobPathOfKey(job.key)} prefetch={false} id={jobLinkId(job.key)} title={title}>
          {title}
        </Link>
      </div>
      <div className="l2" title={[valueOf(project), valueOf(ref)].filter(Boolean).join(" ")}>
        <KnownText fact={project}>{(value) => value}</KnownText>{" "}
        <KnownText fact={ref}>{(value) => <span className="mono">{value}</span>}</KnownText>
      </div>
    </>
  );
}

/** Who holds it: the manager where it is known, else the runner's name, which all its managers share. */
export function PlaceCell({ job }: CellProps) {
  const t = useTranslations("jobs");
  const runner = job.runner.name.state === "known" ? job.runner.name : job.runner.shortToken;
  return (
    <>
      <div className="l1 sm">
        {job.manager.state === "known" ? (
          <ManagerLink cluster={job.cluster} manager={job.manager} />
        ) : (
          <KnownText fact={runner}>
            {(value) => (
              <span className="trunc" title={t("runnerOf", { name: value })}>
                {value}
              </span>
            )}
          </KnownText>
        )}
      </div>
      <div className="l2" title={job.node ?? undefined}>
        {job.node ?? t("noNode")}
      </div>
    </>
  );
}

export function StageCell({ job }: CellProps) {
  const t = useTranslations("jobs");
  const now = useNow();
  const { phaseSince } = job;
  const end = job.deletedAt === null ? now : Date.parse(job.deletedAt);
  return (
    <>
      <div className="l1 sm">
        <span className="trunc">{t(`phase.${job.phase}`)}</span>
        {job.phase === "ended" ? null : (
          <span className="faint xs ml-auto">
            <KnownText fact={phaseSince}>{(since) => formatDurationMs(Math.max(0, end - Date.parse(since)))}</KnownText>
          </span>
        )}
      </div>
      <StageBar bar={job.bar} phase={job.phase} now={now} deletedAt={job.deletedAt} />
    </>
  );
}

/** Age of a live pod ticks; an ended pod says how long it lived, and how long ago it ended. */
export function AgeCell({ job }: CellProps) {
  const t = useTranslations("jobs");
  const { createdMs, endedMs } = rankJob(job);
  if (endedMs === null) return <Age since={job.createdAt} />;
  const took = formatDurationMs(endedMs - createdMs);
  // Nobody saw when it went: it lived no longer than that.
  const unseen = job.deletedAfter !== null;
  return (
    <>
      <div className="l1 sm justify-end">{unseen ? t("atMost", { span: took }) : took}</div>
      <div className="l2">
        {unseen ? t("endUnseen") : t.rich("endedAgo", { age: () => <Age since={job.deletedAt ?? job.createdAt} /> })}
      </div>
    </>
  );
}

export function ContainersCell({ job }: CellProps) {
  return <ContainerDots containers={job.containers} />;
}

export function TextCell({ text }: { text: string }) {
  return (
    <div className="trunc mono xs" title={text}>
      {text}
    </div>
  );
}

export function IdCell({ job }: CellProps) {
  return <KnownText fact={job.gitlab.id}>{(id) => <span className="mono xs">{id}</span>}</KnownText>;
}

export function CreatedCell({ job }: CellProps) {
  return <Clock at={job.createdAt} />;
}
