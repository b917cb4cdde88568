import type { Timestamp } from "../../base/known.ts";
import type { ManagedTrack } from "../../manager/schema.ts";
import type { ManagerEnd } from "./manager-end.ts";

/** A job that its manager held when the manager's process ended; how the job ended, the manager told nobody. */
export interface Lost {
  readonly end: ManagerEnd;
  /** Of the jobs that it held, how many pods were asked to go within the same seconds, this one counted. */
  readonly together: number;
}

/** Pods that a manager deletes because it stops are asked to go within this time. */
const TOGETHER_MS = 2_000;

/** A job pod that a manager may have held. */
export interface Holdable {
  readonly uid: string;
  readonly track: ManagedTrack | null;
  readonly deletionRequestedAt: Timestamp | null;
}

/** By pod uid. An entry keeps its identity while it says the same. */
export function findLost(
  previous: ReadonlyMap<string, Lost>,
  candidates: Iterable<Holdable>,
  ends: ReadonlyMap<string, ManagerEnd>,
): ReadonlyMap<string, Lost> {
  if (ends.size === 0) return previous.size === 0 ? previous : new Map();
  const held = new Map<string, Holdable[]>();
  for (const candidate of candidates) {
    const manager = candidate.track?.manager;
    const end = manager === undefined ? undefined : ends.get(manager);
    if (manager === undefined || end === undefined || !wasHeld(candidate.track, end)) continue;
    held.set(manager, [...(held.get(manager) ?? []), candidate]);
  }
  const lost = new Map<string, Lost>();
  for (const [manager, jobs] of held) {
    const end = ends.get(manager);
    if (end === undefined) continue;
    for (const { uid, deletionRequestedAt } of jobs) {
      const together = jobs.filter((other) => near(other.deletionRequestedAt, deletionRequestedAt)).length;
      const before = previous.get(uid);
      lost.set(uid, before?.end === end && before.together === together ? before : { end, together });
    }
  }
  const same = lost.size === previous.size && [...lost].every(([uid, one]) => previous.get(uid) === one);
  return same ? previous : lost;
}

/** It was on the list before the end, and did not leave it in order: a list that began anew shows nothing of what was. */
function wasHeld(track: ManagedTrack | null, { toldAt, overAt }: ManagerEnd): boolean {
  if (track === null || (track.left !== null && track.left.failures !== null)) return false;
  const endAt = toldAt ?? overAt;
  if (endAt === null || Date.parse(track.since) > Date.parse(endAt)) return false;
  // A list that began anew was emptied by this end and by no earlier one.
  return track.left === null || overAt === null || Date.parse(track.left.to) >= Date.parse(overAt);
}

function near(a: Timestamp | null, b: Timestamp | null): boolean {
  return a !== null && b !== null && Math.abs(Date.parse(a) - Date.parse(b)) <= TOGETHER_MS;
}
