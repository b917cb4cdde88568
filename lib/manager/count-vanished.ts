import type { ManagerMoment } from "./track-jobs.ts";
import type { ManagerMetrics } from "./schema.ts";

/** What the runner counts when it could not even make a job's pod (runner `executors/kubernetes`, every error of the API server). */
const REASON = "runner_system_failure";

/**
 * How many jobs a manager took and lost again by its own failure between two looks, so that no list ever showed them: the API server refuses their
 * pods within a second (quota, admission). 0 where the manager began anew, or figures are missing.
 */
export function countVanished(before: ManagerMoment | null, now: ManagerMoment): number {
  if (before === null || before.metrics.startedAt !== now.metrics.startedAt) return 0;
  const listed = idsOf(now);
  const known = idsOf(before);
  const appeared = [...listed].filter((id) => !known.has(id)).length;
  const gone = [...known].filter((id) => !listed.has(id)).length;
  const taken = takenOf(now.metrics) - takenOf(before.metrics) - appeared;
  // Those that left the list may be the ones that failed.
  const failed = failedOf(now.metrics) - failedOf(before.metrics) - gone;
  return Math.max(0, Math.min(taken, failed));
}

function idsOf({ jobs }: ManagerMoment): Set<string> {
  return new Set(jobs.flatMap(({ jobId }) => jobId ?? []));
}

function takenOf({ runners }: ManagerMetrics): number {
  return runners.reduce((sum, { jobsTotal }) => sum + (jobsTotal ?? 0), 0);
}

function failedOf({ runners }: ManagerMetrics): number {
  return runners.reduce((sum, { failures }) => sum + (failures.find(({ reason }) => reason === REASON)?.count ?? 0), 0);
}
