import type { Harm } from "./find-harms.ts";

const MAX_MARKS = 50;

/** The same harm in all runs of one job. */
export interface HarmGroup {
  readonly kind: Harm["kind"];
  readonly runs: number;
  /** Time lost to throttling, s. */
  readonly lost: number;
  readonly newest: Harm;
}

/** What harms come to. `all`: for a sum that must leave the oldest out; empty in a sum of sums. */
export interface HarmSum {
  readonly kills: number;
  readonly killedJobs: number;
  readonly throttledJobs: number;
  readonly groups: ReadonlyMap<string, HarmGroup>;
  /** Newest first, at most 50. */
  readonly newest: readonly Harm[];
  readonly oldestMs: number;
  readonly all: readonly Harm[];
}

export const NO_HARMS: HarmSum = {
  kills: 0,
  killedJobs: 0,
  throttledJobs: 0,
  groups: new Map(),
  newest: [],
  oldestMs: Number.POSITIVE_INFINITY,
  all: [],
};

export function sumHarms(harms: readonly Harm[]): HarmSum {
  if (harms.length === 0) return NO_HARMS;
  const kills = harms.filter(({ kind }) => kind === "oom-kill");
  const groups = new Map<string, HarmGroup>();
  for (const harm of harms) addGroup(groups, harm.group, { kind: harm.kind, runs: 1, lost: harm.seconds ?? 0, newest: harm });
  return {
    kills: kills.length,
    killedJobs: jobsOf(kills),
    throttledJobs: jobsOf(harms.filter(({ kind }) => kind === "cpu-throttling")),
    groups,
    newest: harms.toSorted(newestFirst).slice(0, MAX_MARKS),
    oldestMs: Math.min(...harms.map(({ atMs }) => atMs)),
    all: harms,
  };
}

/** Sums of different jobs as one, without what happened before `sinceMs`. */
export function addHarms(sums: readonly HarmSum[], sinceMs: number): HarmSum {
  const parts = sums.map((sum) => (sum.oldestMs >= sinceMs ? sum : sumHarms(sum.all.filter(({ atMs }) => atMs >= sinceMs))));
  const groups = new Map<string, HarmGroup>();
  for (const part of parts) for (const [key, group] of part.groups) addGroup(groups, key, group);
  const count = (read: (sum: HarmSum) => number) => parts.reduce((total, part) => total + read(part), 0);
  return {
    kills: count((part) => part.kills),
    killedJobs: count((part) => part.killedJobs),
    throttledJobs: count((part) => part.throttledJobs),
    groups,
    newest: newestOf(parts),
    oldestMs: parts.reduce((oldest, part) => Math.min(oldest, part.oldestMs), Number.POSITIVE_INFINITY),
    all: [],
  };
}

function addGroup(groups: Map<string, HarmGroup>, key: string, { kind, runs, lost, newest }: HarmGroup): void {
  const before = groups.get(key);
  groups.set(
    key,
    before === undefined
      ? { kind, runs, lost, newest }
      : {
          kind,
          runs: before.runs + runs,
          lost: before.lost + lost,
          newest: newestFirst(before.newest, newest) <= 0 ? before.newest : newest,
        },
  );
}

/** With 10,000 jobs most fall out before anything is sorted. */
function newestOf(parts: readonly HarmSum[]): Harm[] {
  let newest: Harm[] = [];
  for (const part of parts) {
    const floor = newest.length < MAX_MARKS ? Number.NEGATIVE_INFINITY : (newest.at(-1)?.atMs ?? 0);
    if ((part.newest[0]?.atMs ?? 0) < floor) continue;
    newest = [...newest, ...part.newest].sort(newestFirst).slice(0, MAX_MARKS);
  }
  return newest;
}

function jobsOf(harms: readonly Harm[]): number {
  return new Set(harms.map(({ row }) => row.key)).size;
}

/** Of the same moment by the job's key and the container, so that the order is the same whatever the order of arrival. */
function newestFirst(a: Harm, b: Harm): number {
  return b.atMs - a.atMs || (a.row.key < b.row.key ? -1 : a.row.key > b.row.key ? 1 : a.container < b.container ? -1 : 1);
}
