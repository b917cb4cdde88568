import { valueOf } from "../../base/known.ts";
import type { Job, LifecyclePhase } from "../schema.ts";
import { PHASE_NAMES } from "../kinds.ts";
import type { Run, UsualPhase } from "./schema.ts";

/** Medians are made of this many runs at most; older ones belong to another job, in effect. */
const MOST_RUNS = 20;
/** Of fewer runs there is no usual. */
const LEAST_RUNS = 3;

/** The other runs, newest first, as the job's page lists them. */
export function listRuns(job: Job, others: readonly Job[]): Run[] {
  return newestFirst(job, others).map((other) => ({
    key: other.key,
    gitlabId: valueOf(other.gitlab.id),
    ref: valueOf(other.gitlab.ref),
    at: other.createdAt,
    // When a pod went that nobody watched, nobody knows.
    tookMs:
      other.deletedAt === null || other.deletedAfter !== null
        ? null
        : Math.max(0, Date.parse(other.deletedAt) - Date.parse(other.createdAt)),
    verdict: { kind: other.verdict.kind, certainty: other.verdict.certainty },
    retry: isRetry(job, other),
  }));
}

/** The median of each phase over the last 20 earlier runs that did not fail; phases that fewer than three of them tell are left out. */
export function usualPhases(job: Job, others: readonly Job[]): UsualPhase[] {
  const earlier = newestFirst(job, others).filter(
    ({ verdict, deletedAt, createdAt }) =>
      (verdict.kind === "succeeded" || verdict.kind === "unknown") && deletedAt !== null && createdAt < job.createdAt,
  );
  const lasted = earlier.slice(0, MOST_RUNS).map(({ lifecycle }) => new Map(lifecycle.map((phase) => [phase.phase, tookOf(phase)])));
  return PHASE_NAMES.flatMap((phase) => {
    const known = lasted.flatMap((run) => run.get(phase) ?? []);
    return known.length < LEAST_RUNS ? [] : [{ phase, ms: median(known), runs: known.length }];
  });
}

function newestFirst(job: Job, others: readonly Job[]): Job[] {
  return others.filter(({ key }) => key !== job.key).toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}

/** GitLab's retry is a new job of the same name in the same pipeline; without the pipeline's number the commit tells. */
function isRetry({ gitlab: a }: Job, { gitlab: b }: Job): boolean {
  if (valueOf(a.id) === valueOf(b.id)) return true;
  if (a.pipeline.state === "known" && b.pipeline.state === "known") return a.pipeline.value === b.pipeline.value;
  return a.sha.state === "known" && b.sha.state === "known" && a.sha.value === b.sha.value && valueOf(a.ref) === valueOf(b.ref);
}

function tookOf({ start, end }: LifecyclePhase): number | null {
  if (start.state === "unknown" || end.state === "unknown") return null;
  return Math.max(0, Date.parse(end.value) - Date.parse(start.value));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? high) + high) / 2;
}
