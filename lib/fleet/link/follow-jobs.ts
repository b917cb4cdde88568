import type { Timestamp } from "../../base/known.ts";
import { changedKeys, PersistentMap } from "../../base/persistent-map.ts";
import type { PodRecord } from "../../kubernetes/schema.ts";
import type { ManagedTrack } from "../../manager/schema.ts";
import type { ClusterFold, ClusterInput } from "../fold-cluster.ts";
import type { PodIndex } from "../pod-index.ts";
import type { PodEntry, PodScan } from "../scan-pods.ts";
import { findLost, type Holdable, type Lost } from "./find-lost.ts";
import { findManagerEnds, NO_ENDS, type ManagerEnds } from "./manager-end.ts";
import { findUnheld, NO_UNHELDS, type Unhelds } from "./find-unheld.ts";
import type { LinkContext } from "./relink.ts";
import { windowOf } from "./link-outcome.ts";
import { linkWindows, NO_WINDOWS, type Windows } from "./link-windows.ts";

/** What is known of jobs only by looking at all of them: who left a list together, and who is on none. */
export interface Followed {
  readonly windows: Windows;
  readonly unhelds: Unhelds;
  readonly managers: ManagerEnds;
  /** By pod uid. */
  readonly lost: ReadonlyMap<string, Lost>;
  /** Jobs that left a list lately, or are over on it, by GitLab job id. */
  readonly left: PersistentMap<ManagedTrack>;
  /** Live pods whose job is on no list, by uid. */
  readonly unlisted: PersistentMap<true>;
  /** When jobs left that failed as a system failure and never had a pod. */
  readonly podless: readonly Timestamp[];
}

export const NOTHING_FOLLOWED: Followed = {
  windows: NO_WINDOWS,
  unhelds: NO_UNHELDS,
  managers: NO_ENDS,
  lost: new Map(),
  left: PersistentMap.from(),
  unlisted: PersistentMap.from(),
  podless: [],
};

/** The pods of a cluster together. */
interface World {
  input: ClusterInput;
  context: LinkContext;
  /** As of the fold before. */
  before: ClusterFold | null;
  byJob: PodIndex["byJob"];
  byManager: PodIndex["byManager"];
  atMs: number;
}

/** Looks at the pods together, and has those derived anew about which that tells something. */
export function followJobs(scan: PodScan, world: World): Followed {
  const { input, byJob, before } = world;
  const previous = before?.followed ?? NOTHING_FOLLOWED;
  const left = followLeft(previous.left, before?.context.managed ?? NO_TRACKS, world.context.managed);
  const windows = left === previous.left && !touches(scan, left) ? previous.windows : followWindows(previous.windows, scan, left, world);
  const unlisted = followUnlisted(previous.unlisted, scan, world);
  const unhelds = followUnhelds(previous.unhelds, unlisted, scan, world);
  const managers = followManagers(previous.managers, scan, world);
  const lost = followLost(previous, managers, scan, world);
  const touched = new Map<string, PodEntry>();
  // Once the pod is asked to go, that nobody held it until then stays true.
  const unheldOf = (uid: string, { pod, memo }: PodEntry) =>
    (pod.deletionRequestedAt !== null || input.ended.has(uid) ? memo?.input.links.unheld : null) ?? unhelds.unheld.get(uid) ?? null;
  for (const [jobId, outcome] of windows === previous.windows && !touches(scan, left) ? [] : windows.outcomes) {
    // A pull that is tried with another policy makes a second pod of the same job; the outcome is the last one's.
    const uid = byJob.get(jobId)?.at(-1);
    const entry = uid === undefined ? undefined : scan.entry(uid);
    if (uid !== undefined && entry?.memo != null && entry.memo.input.links.outcome !== outcome) touched.set(uid, entry);
  }
  for (const uid of new Set([...unhelds.unheld.keys(), ...previous.unhelds.unheld.keys()])) {
    const entry = scan.entry(uid);
    if (entry?.memo != null && entry.memo.input.links.unheld !== unheldOf(uid, entry)) touched.set(uid, entry);
  }
  for (const [uid, one] of lost) {
    const entry = scan.entry(uid);
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
    left,
    unlisted,
    podless: windows === previous.windows && byJob === before?.byJob ? previous.podless : podlessOf(windows, byJob),
  };
}

function podlessOf({ outcomes }: Windows, byJob: PodIndex["byJob"]): readonly Timestamp[] {
  return [...outcomes].flatMap(([jobId, { reason, at }]) =>
    reason === "runner_system_failure" && at !== null && !byJob.has(jobId) ? [at] : [],
  );
}

const NO_TRACKS: ReadonlyMap<string, ManagedTrack> = new Map();

function followLeft(
  before: Followed["left"],
  old: ReadonlyMap<string, ManagedTrack>,
  managed: ReadonlyMap<string, ManagedTrack>,
): Followed["left"] {
  const ids = changedKeys(old, managed);
  const set = ids.flatMap((id): [string, ManagedTrack][] => {
    const track = managed.get(id);
    return track === undefined || windowOf(track) === null ? [] : [[id, track]];
  });
  const kept = new Set(set.map(([id]) => id));
  return before.patch(
    set,
    ids.filter((id) => !kept.has(id)),
  );
}

/** Whether a pod changed whose job left lately, or is over. */
function touches({ changed, before }: PodScan, left: Followed["left"]): boolean {
  for (const [uid, entry] of changed) {
    const jobId = entry?.jobId ?? before.get(uid)?.jobId ?? null;
    if (jobId !== null && left.has(jobId)) return true;
  }
  return false;
}

function followWindows(previous: Windows, scan: PodScan, left: Followed["left"], { input: { pods }, byJob }: World): Windows {
  return linkWindows(
    previous,
    left,
    (track) => {
      const uid = byJob.get(track.jobId)?.at(-1);
      const memo = uid === undefined ? null : (scan.entry(uid)?.memo ?? null);
      const own = memo?.input.links.track?.manager === track.manager ? memo : null;
      return { track, fits: own?.fits ?? null, record: own?.input.links.record ?? null };
    },
    (uid) => pods.get(uid)?.name ?? uid,
  );
}

function followUnlisted(previous: Followed["unlisted"], scan: PodScan, { input, context, before, byJob }: World): Followed["unlisted"] {
  const moved = changedKeys(before?.context.listed ?? NO_LINES, context.listed).flatMap((jobId) => byJob.get(jobId) ?? []);
  const set: [string, true][] = [];
  const remove: string[] = [];
  for (const uid of new Set([...scan.changed.keys(), ...moved])) {
    const entry = scan.entry(uid);
    const open = entry?.memo != null && entry.jobId !== null && input.pods.has(uid) && !context.listed.has(entry.jobId);
    if (open) set.push([uid, true]);
    else remove.push(uid);
  }
  return previous.patch(set, remove);
}

const NO_LINES: ReadonlyMap<string, number> = new Map();

function followUnhelds(previous: Unhelds, unlisted: Followed["unlisted"], scan: PodScan, world: World): Unhelds {
  const { input, byManager, atMs } = world;
  const { readings, pods, sources } = input;
  if (readings.size === 0 && previous.missing.size === 0 && byManager.size === 0) return previous;
  const candidates = [...unlisted.keys()].flatMap((uid) => {
    const { pod, memo } = scan.entry(uid) ?? {};
    return pod === undefined || memo == null ? [] : [{ pod, track: memo.input.links.track }];
  });
  return findUnheld(previous, candidates, { readings, pods, watchedSinceMs: watchedSince(sources), atMs });
}

function followManagers(previous: ManagerEnds, scan: PodScan, { input, before, atMs }: World): ManagerEnds {
  const managers = new Map<string, PodRecord>();
  for (const [uid, { pod }] of before?.managerPods ?? []) managers.set(uid, pod);
  for (const [uid, entry] of scan.changed) {
    if (entry?.manager === true) managers.set(uid, entry.pod);
    else managers.delete(uid);
  }
  if (managers.size === 0 && previous.seen.size === 0) return previous;
  const { pods, readings, sources } = input;
  return findManagerEnds(previous, { managers, pods, readings, watched: watchedSince(sources) !== null, atMs });
}

function followLost(previous: Followed, { ends }: ManagerEnds, scan: PodScan, { byManager }: World): Followed["lost"] {
  if (ends.size === 0 && previous.lost.size === 0) return previous.lost;
  const isHeld = (entry: PodEntry | null | undefined) => ends.has(entry?.memo?.input.links.track?.manager ?? "");
  const same = ends === previous.managers.ends && ![...scan.changed].some(([uid, entry]) => isHeld(entry) || isHeld(scan.before.get(uid)));
  return same ? previous.lost : findLost(previous.lost, heldJobs(scan, byManager, ends.keys()), ends);
}

function* heldJobs(scan: PodScan, byManager: PodIndex["byManager"], managers: Iterable<string>): Generator<Holdable> {
  for (const manager of managers)
    for (const uid of byManager.get(manager) ?? []) {
      const memo = scan.entry(uid)?.memo;
      if (memo != null) yield { uid, track: memo.input.links.track, deletionRequestedAt: memo.row.deletionRequestedAt };
    }
}

/** The latest beginning of all watches on pods; null while one of them is not live. */
function watchedSince(sources: ClusterInput["sources"]): number | null {
  const states = sources.flatMap(({ source, state }) => (source === "kubernetes-pods" ? [state] : []));
  return states.reduce<number | null>(
    (latest, state) => (latest === null || state.state !== "live" ? null : Math.max(latest, Date.parse(state.since))),
    Number.NEGATIVE_INFINITY,
  );
}
