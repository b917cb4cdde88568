import { sumUp } from "../base/persistent-map.ts";
import type { ClusterRoom } from "./capacity/schema.ts";
import type { JobMemo } from "./fold-job.ts";
import type { JobPhase } from "./schema.ts";
import { addGroup, groupOf, type CauseGroup } from "./sum-causes.ts";
import { NO_HARMS, sumHarms, type HarmSum } from "./use/sum-harms.ts";

/** What the overview counts over all jobs. */
export interface JobTotals {
  /** Live job pods by cluster. */
  readonly live: ReadonlyMap<string, number>;
  readonly byPhase: ReadonlyMap<JobPhase, number>;
  /** Pods that are gone and still kept. */
  readonly ended: number;
  /** When the last pod went that a list missed, ms since the epoch; -Infinity: none. */
  readonly missedAtMs: number;
  /** Live jobs that no node takes, and how many of them say so in which words (keys of sentences). */
  readonly unschedulable: number;
  readonly lacking: ReadonlyMap<string, number>;
  /** Mean request of the live jobs that are not being deleted, else of those that are kept. */
  readonly mix: ClusterRoom["mix"];
  /** Live jobs that are part of a problem, by cause. */
  readonly causes: ReadonlyMap<string, CauseGroup>;
  /** Jobs that become part of one with time, or cease to be. */
  readonly timed: readonly JobMemo[];
  /** In parts, so that what is too old can be left out of each. */
  readonly harms: readonly HarmSum[];
}

/** Requests of some jobs. */
interface Requests {
  jobs: number;
  cpuMillicores: number;
  memoryBytes: number;
}

/** The same of one bucket of jobs; what 10,000 jobs have in common is added up from the buckets that did not change. */
interface JobSum extends Omit<JobTotals, "mix" | "harms"> {
  readonly harms: HarmSum;
  readonly running: Requests;
  readonly kept: Requests;
}

const sums = new WeakMap<object, JobSum>();

/** Adds up all jobs, from the sums of what did not change and from the jobs of what did. */
export function sumJobs(memos: ReadonlyMap<string, JobMemo>): JobTotals {
  const parts = sumUp(memos, sums, sumBucket);
  const [live, byPhase] = [new Map<string, number>(), new Map<JobPhase, number>()];
  const [running, kept] = [noRequests(), noRequests()];
  let [ended, unschedulable, missedAtMs] = [0, 0, Number.NEGATIVE_INFINITY];
  const lacking = new Map<string, number>();
  const causes = new Map<string, CauseGroup>();
  const timed: JobMemo[] = [];
  for (const part of parts) {
    for (const [cluster, count] of part.live) add(live, cluster, count);
    for (const [phase, count] of part.byPhase) add(byPhase, phase, count);
    ended += part.ended;
    unschedulable += part.unschedulable;
    for (const [key, count] of part.lacking) add(lacking, key, count);
    missedAtMs = Math.max(missedAtMs, part.missedAtMs);
    addRequests(running, part.running);
    addRequests(kept, part.kept);
    for (const group of part.causes.values()) addGroup(causes, group);
    timed.push(...part.timed);
  }
  const harms = parts.flatMap((part) => (part.harms === NO_HARMS ? [] : [part.harms]));
  return { live, byPhase, ended, missedAtMs, unschedulable, lacking, mix: meanOf(running) ?? meanOf(kept), causes, timed, harms };
}

function sumBucket(memos: Iterable<JobMemo>): JobSum {
  const [live, byPhase] = [new Map<string, number>(), new Map<JobPhase, number>()];
  const [running, kept] = [noRequests(), noRequests()];
  let [ended, unschedulable, missedAtMs] = [0, 0, Number.NEGATIVE_INFINITY];
  const lacking = new Map<string, number>();
  const causes = new Map<string, CauseGroup>();
  const timed: JobMemo[] = [];
  const harmed: JobMemo[] = [];
  for (const memo of memos) {
    const { row, causes: own, harms } = memo;
    if (row.ending !== "live" ? own.length > 0 : own.some(({ fromMs }) => fromMs !== null)) timed.push(memo);
    else for (const cause of own) addGroup(causes, groupOf(row, cause));
    if (harms.length > 0) harmed.push(memo);
    if (row.ending === "live") {
      add(live, row.cluster, 1);
      add(byPhase, row.phase, 1);
      if (row.deletionRequestedAt !== null) continue;
      addRequests(running, { jobs: 1, ...requestsOf(row) });
      if (row.node !== null || row.verdict.kind !== "waiting-cluster") continue;
      unschedulable += 1;
      add(lacking, row.verdict.sentence.key, 1);
      continue;
    }
    ended += 1;
    addRequests(kept, { jobs: 1, ...requestsOf(row) });
    if (row.ending === "missed" && row.deletedAt !== null) missedAtMs = Math.max(missedAtMs, Date.parse(row.deletedAt));
  }
  const harms = harmed.length === 0 ? NO_HARMS : sumHarms(harmed.flatMap((memo) => memo.harms));
  return { live, byPhase, ended, unschedulable, lacking, missedAtMs, running, kept, causes, timed, harms };
}

function requestsOf({ requests }: JobMemo["row"]): Omit<Requests, "jobs"> {
  return { cpuMillicores: requests.cpuMillicores ?? 0, memoryBytes: requests.memoryBytes ?? 0 };
}

function noRequests(): Requests {
  return { jobs: 0, cpuMillicores: 0, memoryBytes: 0 };
}

function addRequests(sum: Requests, more: Requests): void {
  sum.jobs += more.jobs;
  sum.cpuMillicores += more.cpuMillicores;
  sum.memoryBytes += more.memoryBytes;
}

function meanOf({ jobs, cpuMillicores, memoryBytes }: Requests): ClusterRoom["mix"] {
  return jobs === 0 ? null : { jobs, cpuMillicores: cpuMillicores / jobs, memoryBytes: memoryBytes / jobs };
}

function add<K>(counts: Map<K, number>, key: K, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
