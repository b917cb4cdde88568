import type { ManagedTrack } from "../../manager/schema.ts";
import { linkOutcomes, outcomeOfState, windowOf, type Leaver, type Outcome } from "./link-outcome.ts";

interface Window {
  readonly leavers: readonly Leaver[];
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

/** Outcomes of the jobs that left lately. An outcome keeps its identity until something about its window changes. */
export interface Windows {
  readonly windows: ReadonlyMap<string, Window>;
  /** By GitLab job id. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

export const NO_WINDOWS: Windows = { windows: new Map(), outcomes: new Map() };

/** Looks at all jobs that left a list or are over on it; a window in which nothing changed is not judged anew. */
export function linkWindows(
  previous: Windows,
  managed: ReadonlyMap<string, ManagedTrack>,
  leaverOf: (track: ManagedTrack) => Leaver,
  managerPod: (uid: string) => string,
): Windows {
  const groups = new Map<string, ManagedTrack[]>();
  for (const track of managed.values()) {
    const key = windowOf(track);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [track]);
    else group.push(track);
  }
  const windows = new Map<string, Window>();
  const outcomes = new Map<string, Outcome>();
  let same = groups.size === previous.windows.size;
  for (const [key, tracks] of groups) {
    const before = previous.windows.get(key);
    const leavers = tracks.map(leaverOf);
    const kept = before !== undefined && sameLeavers(before.leavers, leavers);
    const window = kept
      ? before
      : { leavers, outcomes: keepEqual(before?.outcomes, outcomesOf(leavers, managerPod(tracks[0]?.manager ?? ""))) };
    same &&= kept;
    windows.set(key, window);
    for (const [jobId, outcome] of window.outcomes) outcomes.set(jobId, outcome);
  }
  return same ? previous : { windows, outcomes };
}

function outcomesOf(leavers: readonly Leaver[], managerPod: string): ReadonlyMap<string, Outcome> {
  const [first] = leavers;
  if (first === undefined || first.track.left !== null) return linkOutcomes(leavers, managerPod);
  const outcome = outcomeOfState(first.track, managerPod);
  return new Map(outcome === null ? [] : [[first.track.jobId, outcome]]);
}

function sameLeavers(a: readonly Leaver[], b: readonly Leaver[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ track, fits, record }, index) => {
      const other = b[index];
      return other !== undefined && track === other.track && fits === other.fits && record === other.record;
    })
  );
}

function keepEqual(before: ReadonlyMap<string, Outcome> | undefined, now: ReadonlyMap<string, Outcome>): ReadonlyMap<string, Outcome> {
  if (before === undefined) return now;
  return new Map(
    [...now].map(([jobId, outcome]) => {
      const old = before.get(jobId);
      return [jobId, old !== undefined && JSON.stringify(old) === JSON.stringify(outcome) ? old : outcome];
    }),
  );
}
