import type { Timestamp } from "../../base/known.ts";
import type { PodRecord } from "../../kubernetes/schema.ts";
import type { ClusterInput } from "../fold-cluster.ts";
import type { PodEntry, PodScan } from "../scan-pods.ts";
import { findLost, type Holdable, type Lost } from "./find-lost.ts";
import { findManagerEnds, NO_ENDS, type ManagerEnds } from "./manager-end.ts";
import { findUnheld, NO_UNHELDS, type Unhelds } from "./find-unheld.ts";
import { linkWindows, NO_WINDOWS, type Windows } from "./link-windows.ts";

/** What is known of jobs only by looking at all of them: who left a list together, and who is on none. */
export interface Followed {
  readonly windows: Windows;
  readonly unhelds: Unhelds;
  readonly managers: ManagerEnds;
  /** By pod uid. */
  readonly lost: ReadonlyMap<string, Lost>;
  /** Pods of a job by its GitLab id, in the order in which they were made. */
  readonly byJob: ReadonlyMap<string, readonly string[]>;
  /** When jobs left that failed as a system failure and never had a pod. */
  readonly podless: readonly Timestamp[];
}

export const NOTHING_FOLLOWED: Followed = {
  windows: NO_WINDOWS,
  unhelds: NO_UNHELDS,
  managers: NO_ENDS,
  lost: new Map(),
  byJob: new Map(),
  podless: [],
};

/** Looks at the scanned pods together, and has those derived anew about which that tells something. */
export function followJobs(previous: Followed, scan: PodScan, input: ClusterInput, atMs: number): Followed {
  const byJob = scan.jobsChanged ? podsByJob(scan.entries) : previous.byJob;
  const windows = followWindows(previous.windows, scan, input, byJob);
  const unhelds = followUnhelds(previous.unhelds, scan, input, atMs);
  const managers = followManagers(previous.managers, scan, input, atMs);
  const lost =
    managers.ends.size === 0 && previous.lost.size === 0 ? previous.lost : findLost(previous.lost, heldJobs(scan), managers.ends);
  const touched = new Map<string, PodEntry>();
  // Once the pod is asked to go, that nobody held it until then stays true.
  const unheldOf = (uid: string, { pod, memo }: PodEntry) =>
    (pod.deletionRequestedAt !== null || input.ended.has(uid) ? memo?.input.links.unheld : null) ?? unhelds.unheld.get(uid) ?? null;
  for (const [jobId, outcome] of windows.outcomes) {
    // A pull that is tried with another policy makes a second pod of the same job; the outcome is the last one's.
    const uid = byJob.get(jobId)?.at(-1);
    const entry = uid === undefined ? undefined : scan.entries.get(uid);
    if (uid !== undefined && entry?.memo != null && entry.memo.input.links.outcome !== outcome) touched.set(uid, entry);
  }
  for (const uid of new Set([...unhelds.unheld.keys(), ...previous.unhelds.unheld.keys()])) {
    const entry = scan.entries.get(uid);
    if (entry?.memo != null && entry.memo.input.links.unheld !== unheldOf(uid, entry)) touched.set(uid, entry);
  }
  for (const [uid, one] of lost) {
    const entry = scan.entries.get(uid);
    if (entry?.memo != null && entry.memo.input.links.lost !== one) touched.set(uid, entry);
  }
  for (const [uid, entry] of touched) {
    const { jobId } = entry;
    scan.again(uid, {
      outcome: (jobId === null || byJob.get(jobId)?.at(-1) !== uid ? null : windows.outcomes.get(jobId)) ?? null,
      unheld: unheldOf(uid, entry),
      lost: lost.get(uid) ?? null,
    });
  }
  return {
    windows,
    unhelds,
    managers,
    lost,
    byJob,
    podless: windows === previous.windows && byJob === previous.byJob ? previous.podless : podlessOf(windows, byJob),
  };
}

function podlessOf({ outcomes }: Windows, byJob: Followed["byJob"]): readonly Timestamp[] {
  return [...outcomes].flatMap(([jobId, { reason, at }]) =>
    reason === "runner_system_failure" && at !== null && !byJob.has(jobId) ? [at] : [],
  );
}

function podsByJob(entries: ReadonlyMap<string, PodEntry>): ReadonlyMap<string, readonly string[]> {
  const byJob = new Map<string, string[]>();
  const madeAt = (uid: string) => Date.parse(entries.get(uid)?.pod.createdAt ?? "");
  for (const [uid, { jobId }] of entries) {
    if (jobId === null) continue;
    const uids = byJob.get(jobId);
    if (uids === undefined) byJob.set(jobId, [uid]);
    else uids.push(uid);
  }
  for (const uids of byJob.values()) if (uids.length > 1) uids.sort((a, b) => madeAt(a) - madeAt(b));
  return byJob;
}

function followWindows(previous: Windows, scan: PodScan, { managed, pods }: ClusterInput, byJob: Followed["byJob"]): Windows {
  if (managed.size === 0 && previous.windows.size === 0) return previous;
  return linkWindows(
    previous,
    managed,
    (track) => {
      const uid = byJob.get(track.jobId)?.at(-1);
      const memo = uid === undefined ? null : (scan.entries.get(uid)?.memo ?? null);
      const own = memo?.input.links.track?.manager === track.manager ? memo : null;
      return { track, fits: own?.fits ?? null, record: own?.input.links.record ?? null };
    },
    (uid) => pods.get(uid)?.name ?? uid,
  );
}

function followUnhelds(previous: Unhelds, scan: PodScan, { readings, pods, ended, sources }: ClusterInput, atMs: number): Unhelds {
  if (readings.size === 0 && previous.missing.size === 0 && ![...scan.entries.values()].some(({ memo }) => memo?.input.links.track != null))
    return previous;
  const candidates = [...scan.entries].flatMap(([uid, { pod, jobId, memo }]) =>
    jobId === null || memo === null || ended.has(uid) ? [] : [{ pod, jobId, track: memo.input.links.track }],
  );
  return findUnheld(previous, candidates, { readings, pods, watchedSinceMs: watchedSince(sources), atMs });
}

function followManagers(previous: ManagerEnds, { entries }: PodScan, { pods, readings, sources }: ClusterInput, atMs: number): ManagerEnds {
  const managers = new Map<string, PodRecord>();
  for (const [uid, { manager, pod }] of entries) if (manager) managers.set(uid, pod);
  if (managers.size === 0 && previous.seen.size === 0) return previous;
  return findManagerEnds(previous, { managers, pods, readings, watched: watchedSince(sources) !== null, atMs });
}

function* heldJobs({ entries }: PodScan): Generator<Holdable> {
  for (const [uid, { memo }] of entries)
    if (memo !== null) yield { uid, track: memo.input.links.track, deletionRequestedAt: memo.job.deletionRequestedAt };
}

/** The latest beginning of all watches on pods; null while one of them is not live. */
function watchedSince(sources: ClusterInput["sources"]): number | null {
  const states = sources.flatMap(({ source, state }) => (source === "kubernetes-pods" ? [state] : []));
  return states.reduce<number | null>(
    (latest, state) => (latest === null || state.state !== "live" ? null : Math.max(latest, Date.parse(state.since))),
    Number.NEGATIVE_INFINITY,
  );
}
