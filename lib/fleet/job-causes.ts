import { valueOf, type Timestamp } from "../base/known.ts";
import type { Finding, Job, JobRow, Problem, Verdict } from "./schema.ts";

/** Longer than any ordinary grace period (30 s by default) with what the kubelet needs after it. */
const STUCK_AFTER_MS = 5 * 60_000;

/** Why a job is part of a problem. Jobs with the same cause are one problem. */
export interface Cause {
  readonly kind: Problem["kind"];
  readonly key: string;
  readonly statement: Verdict | Finding;
  readonly since: Timestamp | null;
  readonly confirmed: boolean;
  /** Time alone makes it one, from then on, ms since the epoch; null: it is one now. */
  readonly fromMs: number | null;
}

/** Sentences about a scheduler that found no node; the others speak of pods that nobody may make. */
export const SCHEDULER_KEYS = /^waiting-cluster\.(cpu|memory|pods|storage|taints|selector|cordoned|other)$/;

const NO_CAUSES: readonly Cause[] = [];

/** What makes a job part of a problem; the same empty list for all that are well. */
export function findCauses(job: Job): readonly Cause[] {
  const { verdict } = job;
  if (verdict.kind === "running" && job.findings.length === 0 && job.deletionRequestedAt === null) return NO_CAUSES;
  const cause = (kind: Problem["kind"], key: string, statement: Verdict | Finding = verdict, since = statement.at): Cause => ({
    kind,
    key,
    statement,
    since,
    confirmed: statement.certainty === "confirmed",
    fromMs: null,
  });
  const causes: Cause[] = [];
  if (verdict.kind === "waiting-cluster")
    causes.push(
      SCHEDULER_KEYS.test(verdict.sentence.key)
        ? cause("unschedulable", verdict.sentence.key)
        : cause("system-failure", verdict.sentence.key),
    );
  if (verdict.kind === "image-pull-failed" || verdict.sentence.key === "waiting-image.failing")
    causes.push(cause("image-pull", imageOf(job, verdict)));
  if (verdict.kind === "evicted" || verdict.kind === "node-lost") causes.push(cause("evicted", `${verdict.kind} ${job.node}`));
  // One whose pod is gone costs nobody anything any more.
  if (verdict.kind === "orphaned" && job.deletionRequestedAt === null) causes.push(cause("orphaned", ""));
  if (verdict.kind === "runner-system-failure") causes.push(cause("system-failure", verdict.sentence.key));
  const kill = verdict.kind === "oom-killed" ? verdict : job.findings.find((finding) => finding.kind === "oom-kill");
  if (kill !== undefined)
    causes.push({
      ...cause("oom-killed", `${nameOf(job)} ${kill.container}`, kill),
      confirmed: verdict.kind === "oom-killed" && verdict.certainty === "confirmed",
    });
  // The worst of the job comes first; its other containers stand on its page.
  const throttled = job.findings.find((finding) => finding.kind === "cpu-throttling");
  if (throttled !== undefined) causes.push(cause("cpu-throttled", `${nameOf(job)} ${throttled.container}`, throttled));
  if (job.ending === "live" && job.deletionRequestedAt !== null)
    causes.push({
      ...cause("stuck-terminating", job.node ?? "none", verdict, job.deletionRequestedAt),
      fromMs: Date.parse(job.deletionRequestedAt) + STUCK_AFTER_MS + 1,
    });
  return causes.length === 0 ? NO_CAUSES : causes;
}

function imageOf(job: Job, { container }: Verdict): string {
  return job.containers.find((one) => one.name === container)?.image ?? "none";
}

/** A job by what repeats: its project and its name. */
export function nameOf(job: Pick<JobRow, "pod"> & { gitlab: Pick<JobRow["gitlab"], "project" | "name"> }): string {
  return [valueOf(job.gitlab.project), valueOf(job.gitlab.name)].filter((part) => part !== null).join(", ") || job.pod;
}
