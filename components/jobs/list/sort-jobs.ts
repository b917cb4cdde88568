import { valueOf } from "@/lib/base/known.ts";
import type { Known } from "@/lib/base/known.ts";
import { JOB_PHASES } from "@/lib/fleet/kinds.ts";
import type { JobRow } from "@/lib/fleet/schema.ts";
import { restartsOf } from "./match-jobs.ts";
import { cpuShareOf, memoryShareOf, throttledShareOf } from "./job-use.ts";
import { ageMs } from "./rank-jobs.ts";
import type { Ranked } from "./rank-jobs.ts";

/** `harm` sorts by verdict, worst first, and by age; all others are the columns' own values. */
export const SORT_KEYS = [
  "harm",
  "job",
  "project",
  "ref",
  "runner",
  "node",
  "stage",
  "age",
  "cpu",
  "throttled",
  "memory",
  "containers",
  "namespace",
  "pod",
  "cluster",
  "id",
  "restarts",
  "created",
] as const;
export type SortKey = (typeof SORT_KEYS)[number];
export interface JobSort {
  key: SortKey;
  descending: boolean;
}
/** Worst first, oldest first. */
export const DEFAULT_SORT: JobSort = { key: "harm", descending: true };

const DESCENDING: ReadonlySet<SortKey> = new Set<SortKey>(["harm", "age", "cpu", "throttled", "memory"]);

/** The direction a newly chosen key starts with: the worst, the oldest and the fullest come first, everything else upwards. */
export function startsDescending(key: SortKey): boolean {
  return DESCENDING.has(key);
}

type Value = string | number | null;
const PHASE_ORDER = new Map(JOB_PHASES.map((phase, index) => [phase, index]));

const VALUES: Readonly<Record<SortKey, (ranked: Ranked, now: number) => Value>> = {
  harm: (ranked) => -ranked.harm,
  job: ({ job }) => text(job.gitlab.name),
  project: ({ job }) => text(job.gitlab.project),
  ref: ({ job }) => text(job.gitlab.ref),
  runner: ({ job }) => text(job.runner.name) ?? text(job.runner.shortToken),
  node: ({ job }) => job.node,
  stage: ({ job }) => PHASE_ORDER.get(job.phase) ?? null,
  age: (ranked, now) => ageMs(ranked, now),
  cpu: ({ job }) => cpuShareOf(job),
  throttled: ({ job }) => throttledShareOf(job),
  memory: ({ job }) => memoryShareOf(job),
  containers: ({ job }) => job.containers.length,
  namespace: ({ job }) => job.namespace,
  pod: ({ job }) => job.pod,
  cluster: ({ job }) => job.cluster,
  id: ({ job }) => idOf(job),
  restarts: ({ job }) => restartsOf(job),
  created: (ranked) => ranked.createdMs,
};

function text(fact: Known<string>): string | null {
  return valueOf(fact);
}

function idOf(job: JobRow): number | null {
  const id = valueOf(job.gitlab.id);
  return id === null || !/^\d+$/.test(id) ? null : Number(id);
}

/** One order for all languages: what a shared link shows must not depend on who opens it. */
const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/**
 * Sorts jobs. What is not known comes last in both directions; equal jobs stand oldest first, then by key, so that the order
 * is the same whatever the order of arrival.
 * `previous` is an earlier result of the same sort: jobs that did not change keep their place in it, so that the sort has
 * little left to do (it is a merge sort that takes sorted runs as they are).
 */
export function sortJobs(jobs: readonly Ranked[], { key, descending }: JobSort, now: number, previous: readonly Ranked[] = []): Ranked[] {
  const read = VALUES[key];
  const values = new Map<Ranked, Value>();
  for (const ranked of jobs) values.set(ranked, read(ranked, now));
  const sign = descending ? -1 : 1;
  return seed(jobs, previous).sort(
    (a, b) =>
      compareValues(values.get(a) ?? null, values.get(b) ?? null, sign) || a.createdMs - b.createdMs || compareText(a.job.key, b.job.key),
  );
}

function compareValues(a: Value, b: Value, sign: number): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return sign * (typeof a === "string" && typeof b === "string" ? words.compare(a, b) : Number(a) - Number(b));
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function seed(jobs: readonly Ranked[], previous: readonly Ranked[]): Ranked[] {
  if (previous.length === 0) return [...jobs];
  const left = new Map(jobs.map((ranked) => [ranked.job.key, ranked]));
  const seeded: Ranked[] = [];
  for (const { job } of previous) {
    const ranked = left.get(job.key);
    if (ranked === undefined) continue;
    seeded.push(ranked);
    left.delete(job.key);
  }
  return [...seeded, ...left.values()];
}
