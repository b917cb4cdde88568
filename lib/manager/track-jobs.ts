import { END_STATES, type EndState, type ManagedJob, type ManagerMetrics, type ManagedTrack } from "./schema.ts";

/** A job that left is remembered this long: its pod is deleted within seconds, and what was made of both stays with the pod. */
const REMEMBER_MS = 15 * 60_000;

/** One moment of one manager: its job list, and its metrics read right after it. */
export interface ManagerMoment {
  atMs: number;
  jobs: readonly ManagedJob[];
  metrics: ManagerMetrics;
}

/** What is remembered of one manager between moments. */
export interface JobTracks {
  readonly last: ManagerMoment | null;
  /** The latest moment at which no failure can have been counted of a job that was still listed, and how many jobs left since. */
  readonly settled: { readonly moment: ManagerMoment; readonly leftSince: number } | null;
  /** By GitLab job id. */
  readonly tracks: ReadonlyMap<string, ManagedTrack>;
}

export const NO_TRACKS: JobTracks = { last: null, settled: null, tracks: new Map() };

/** The state of a job that is over and still listed; null while it is not over. */
export function endStateOf(state: string): EndState | null {
  return END_STATES.find((one) => one === state) ?? null;
}

/**
 * Follows which jobs a manager holds, their stages, and with which of its failure counters they left. `key` names the manager. A job that is on the
 * list keeps its track object until something about it changes. A manager that restarted counts from 0, so what left then says nothing.
 */
export function trackJobs(before: JobTracks, key: string, now: ManagerMoment): JobTracks {
  const tracks = new Map(
    [...before.tracks].filter(([, track]) => track.left === null || now.atMs - Date.parse(track.left.to) < REMEMBER_MS),
  );
  const listed = new Set<string>();
  let appeared = 0;
  for (const job of now.jobs) {
    if (job.jobId === null) continue;
    listed.add(job.jobId);
    const known = tracks.get(job.jobId);
    if (known === undefined || known.left !== null) appeared += 1;
    tracks.set(job.jobId, seen(known, key, job, now.atMs));
  }
  const gone = [...tracks].filter(([id, track]) => track.left === null && !listed.has(id));
  // Ended, still listed, and perhaps counted: the runner counts a failure, tells GitLab, and only then takes the job off its list (runner
  // `network/trace.go` setFailure, `commands/multi.go` finishBuild). A success is never counted.
  const waiting = now.jobs.map(({ state }) => endStateOf(state)).filter((state) => state !== null && state !== "success");
  if (gone.length > 0) noteGone(tracks, gone, before, { now, appeared, waiting });
  const leftSince = gone.length + (before.settled?.leftSince ?? 0);
  const settled = waiting.length === 0 || before.settled === null ? { moment: now, leftSince: 0 } : { ...before.settled, leftSince };
  return { last: now, settled, tracks };
}

function seen(known: ManagedTrack | undefined, key: string, job: ManagedJob, atMs: number): ManagedTrack {
  const at = new Date(atMs).toISOString();
  const stage = job.stage ?? "";
  const state = endStateOf(job.state);
  const end = state === null ? null : { state, at };
  if (known === undefined || known.left !== null)
    return {
      manager: key,
      jobId: job.jobId ?? "",
      url: job.url,
      since: at,
      tookMs: job.durationMs === null ? null : atMs - job.durationMs,
      stages: [{ stage, at }],
      end,
      left: null,
    };
  const ended = known.end?.state === state ? known.end : (end ?? known.end);
  const stages = nextStages(known.stages, stage, at);
  return stages === known.stages && ended === known.end ? known : { ...known, stages, end: ended };
}

/** A job is in `prepare_executor` for a moment, unless its services' ports are asked there: then it is worth knowing until when. */
const LASTING = "prepare_executor";

function nextStages(stages: ManagedTrack["stages"], stage: string, at: string): ManagedTrack["stages"] {
  if (stages.at(-1)?.stage !== stage) return [...stages, { stage, at }];
  return stage === LASTING ? stages.map((one, index) => (index === stages.length - 1 ? { ...one, lastAt: at } : one)) : stages;
}

function noteGone(
  tracks: Map<string, ManagedTrack>,
  gone: readonly [string, ManagedTrack][],
  { last, settled }: JobTracks,
  { now, appeared, waiting }: { now: ManagerMoment; appeared: number; waiting: readonly (EndState | null)[] },
): void {
  const whole = last !== null && settled !== null && startOf(last) === startOf(now) && startOf(settled.moment) === startOf(now);
  const failures = whole ? failuresBetween(settled.moment.metrics, now.metrics) : null;
  const counted = new Set((failures ?? []).map(({ reason }) => reason));
  const sharing = waiting.filter((state) => mayBeAmong(counted, state)).length;
  const left = {
    from: new Date(last?.atMs ?? now.atMs).toISOString(),
    to: new Date(now.atMs).toISOString(),
    // Jobs that came and went between two looks left too, and others may share the counters: those that left since they are read, those that wait.
    jobs: gone.length + (whole ? Math.max(0, totalOf(now) - totalOf(last) - appeared) + settled.leftSince + sharing : 0),
    failures,
  };
  for (const [id, track] of gone) tracks.set(id, { ...track, left });
}

/** Whether one that is over and still listed may have been counted by one of these reasons: its state leaves only some open. */
function mayBeAmong(reasons: ReadonlySet<string>, state: EndState | null): boolean {
  if (state === "canceled") return reasons.has("job_canceled");
  if (state === "timedout") return reasons.has("job_execution_timeout");
  return state === "terminated" ? reasons.has("runner_interrupted") || reasons.has("runner_system_failure") : reasons.size > 0;
}

const startOf = ({ metrics }: ManagerMoment) => metrics.startedAt;
const totalOf = ({ metrics }: ManagerMoment) => metrics.runners.reduce((sum, runner) => sum + (runner.jobsTotal ?? 0), 0);

function failuresOf(metrics: ManagerMetrics): Map<string, number> {
  const counts = new Map<string, number>();
  for (const runner of metrics.runners)
    for (const { reason, count } of runner.failures) counts.set(reason, (counts.get(reason) ?? 0) + count);
  return counts;
}

function failuresBetween(before: ManagerMetrics, now: ManagerMetrics): { reason: string; count: number }[] {
  const counts = failuresOf(before);
  return [...failuresOf(now)]
    .map(([reason, count]) => ({ reason, count: count - (counts.get(reason) ?? 0) }))
    .filter(({ count }) => count > 0);
}
