import type { JobRow } from "@/lib/fleet/schema.ts";
import { groupJobs, groupKeyOf, toGroup } from "./group-jobs.ts";
import type { Grouping, JobGroup } from "./group-jobs.ts";
import type { JobMatcher } from "./match-jobs.ts";
import { isInView, rankJob } from "./rank-jobs.ts";
import type { JobView, Ranked } from "./rank-jobs.ts";
import { sortJobs } from "./sort-jobs.ts";
import type { JobSort } from "./sort-jobs.ts";

export interface ArrangeInput {
  jobs: ReadonlyMap<string, JobRow>;
  matcher: JobMatcher;
  view: JobView;
  sort: JobSort;
  grouping: Grouping;
  /** Milliseconds since the epoch. */
  now: number;
  /** Somebody reads: rows keep their place, new ones come last in their group. */
  hold: boolean;
}

export interface Arrangement {
  input: ArrangeInput;
  sorted: readonly Ranked[];
  groups: readonly JobGroup[];
  /** Jobs of each view, before the filter. */
  counts: Readonly<Record<JobView, number>>;
  /** Jobs shown. */
  shown: number;
  /** Sorting again would change something: rows are held out of place. */
  outOfPlace: boolean;
}

/**
 * What the table shows, in order. Takes the arrangement before it, so that unchanged jobs need no new answer and a held
 * table keeps its order. The same input gives the same arrangement.
 */
export function arrangeJobs(input: ArrangeInput, previous: Arrangement | null): Arrangement {
  const { counts, kept } = selectJobs(input);
  const sameSort = previous !== null && sameQuestion(previous.input, input, ["sort"]);
  const sorted = sortJobs(kept, input.sort, input.now, sameSort ? previous.sorted : []);
  const fresh = groupJobs(sorted, input.grouping, input.now);
  const base = { input, sorted, counts };
  if (!input.hold || previous === null || !sameQuestion(previous.input, input, ["sort", "view", "grouping", "matcher"])) {
    return { ...base, groups: fresh, shown: sorted.length, outOfPlace: false };
  }
  const groups = holdGroups(previous.groups, fresh, input);
  return { ...base, groups, shown: countJobs(groups), outOfPlace: !sameOrder(groups, fresh) };
}

function sameQuestion(a: ArrangeInput, b: ArrangeInput, keys: readonly ("sort" | "view" | "grouping" | "matcher")[]): boolean {
  return keys.every((key) => (key === "sort" ? a.sort.key === b.sort.key && a.sort.descending === b.sort.descending : a[key] === b[key]));
}

function selectJobs({ jobs, matcher, view, now }: ArrangeInput): { counts: Record<JobView, number>; kept: Ranked[] } {
  const counts: Record<JobView, number> = { live: 0, look: 0, ended: 0, all: jobs.size };
  const kept: Ranked[] = [];
  for (const job of jobs.values()) {
    const ranked = rankJob(job);
    if (ranked.endedMs === null && job.ending === "live") counts.live += 1;
    else counts.ended += 1;
    if (now >= ranked.lookFrom) counts.look += 1;
    if (isInView(ranked, view, now) && matcher.matches(ranked, now)) kept.push(ranked);
  }
  return { counts, kept };
}

/** Rows stay where they were even when they no longer match; only what is forgotten altogether leaves. */
function holdGroups(before: readonly JobGroup[], fresh: readonly JobGroup[], { jobs, grouping, now }: ArrangeInput): JobGroup[] {
  const members = new Map<string, Ranked[]>();
  const seen = new Set<string>();
  for (const group of before) {
    const list: Ranked[] = [];
    for (const { job } of group.jobs) {
      const current = jobs.get(job.key);
      if (current === undefined) continue;
      list.push(rankJob(current));
      seen.add(job.key);
    }
    members.set(group.key, list);
  }
  for (const group of fresh) {
    for (const ranked of group.jobs) {
      if (seen.has(ranked.job.key)) continue;
      const key = groupKeyOf(ranked, grouping, now);
      members.set(key, [...(members.get(key) ?? []), ranked]);
    }
  }
  return [...members].filter(([, list]) => list.length > 0).map(([key, list]) => toGroup(key, list, now));
}

function countJobs(groups: readonly JobGroup[]): number {
  return groups.reduce((sum, group) => sum + group.jobs.length, 0);
}

function sameOrder(a: readonly JobGroup[], b: readonly JobGroup[]): boolean {
  return (
    a.length === b.length &&
    a.every((group, index) => {
      const other = b[index];
      return (
        other !== undefined &&
        other.key === group.key &&
        other.jobs.length === group.jobs.length &&
        group.jobs.every((ranked, row) => other.jobs[row] === ranked)
      );
    })
  );
}

export type ListItem = { type: "group"; key: string; group: JobGroup; collapsed: boolean } | { type: "job"; key: string; job: JobRow };

/** The lines of the table: group rows and the jobs of groups that are open. */
export function listItems(groups: readonly JobGroup[], collapsed: ReadonlySet<string>): ListItem[] {
  const items: ListItem[] = [];
  for (const group of groups) {
    const closed = group.grouping !== "none" && collapsed.has(group.key);
    if (group.grouping !== "none") items.push({ type: "group", key: `group ${group.key}`, group, collapsed: closed });
    if (!closed) for (const { job } of group.jobs) items.push({ type: "job", key: job.key, job });
  }
  return items;
}
