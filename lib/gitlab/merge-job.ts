import type { JobRecord } from "./schema.ts";

/** No state comes after these for the same job id: GitLab's retry makes a new one. */
const FINAL = new Set(["success", "failed", "canceled", "skipped"]);
/** How far a job is. A webhook that comes late must not take a job back. */
const RANK: Readonly<Record<string, number>> = {
  created: 0,
  waiting_for_resource: 0,
  preparing: 0,
  scheduled: 0,
  manual: 0,
  pending: 1,
  running: 2,
  canceling: 3,
};

export function isFinal(job: JobRecord): boolean {
  return FINAL.has(job.status);
}

/** REST tells how long a job has waited, not since when: the time made of it moves with each answer's way through the network. */
const JITTER_MS = 5_000;

/**
 * Two readings of one job as one: what the newer one tells wins, what it leaves out stays. A delayed webhook, or an answer that was under way
 * while a webhook came, does not take a job back; a manual job that is played again does go from `manual` on.
 */
export function mergeJob(before: JobRecord | undefined, next: JobRecord): JobRecord {
  if (before === undefined) return next;
  const [first, second] = isBehind(next, before) ? [next, before] : [before, next];
  const merged = { ...first };
  for (const [key, value] of Object.entries(second)) if (value !== null) Object.assign(merged, { [key]: value });
  merged.readAt = before.readAt > next.readAt ? before.readAt : next.readAt;
  // While a job waits, this grows; once it runs, the older figure is wrong.
  if (second.queuedMs === null && second.status !== first.status) merged.queuedMs = null;
  if (
    first.queuedAt !== null &&
    second.queuedAt !== null &&
    Math.abs(Date.parse(first.queuedAt) - Date.parse(second.queuedAt)) < JITTER_MS
  ) {
    merged.queuedAt = first.queuedAt;
  }
  // GraphQL has the short form only.
  if (first.sha !== null && second.sha !== null && first.sha.startsWith(second.sha)) merged.sha = first.sha;
  if (merged.pipeline !== null && first.pipeline?.id === merged.pipeline.id) merged.pipeline = fill(merged.pipeline, first.pipeline);
  if (merged.runner !== null && first.runner?.id === merged.runner.id) merged.runner = fill(merged.runner, first.runner);
  return merged;
}

function isBehind(one: JobRecord, other: JobRecord): boolean {
  if (isFinal(other)) return !isFinal(one);
  return !isFinal(one) && (RANK[one.status] ?? 0) < (RANK[other.status] ?? 0) && one.status !== "manual";
}

function fill<T extends object>(part: T, older: T): T {
  const filled = { ...older };
  for (const [key, value] of Object.entries(part)) if (value !== null) Object.assign(filled, { [key]: value });
  return filled;
}
