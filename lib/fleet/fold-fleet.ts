import type { Timestamp } from "../base/known.ts";
import { PersistentMap } from "../base/persistent-map.ts";
import type { ClusterRecord } from "../kubernetes/schema.ts";
import { deriveOverview } from "./derive-overview.ts";
import { foldCluster, type ClusterFold, type ClusterInput } from "./fold-cluster.ts";
import type { JobMemo } from "./fold-job.ts";
import type { GitlabFacts } from "./gitlab-facts.ts";
import { JobViews } from "./job-views.ts";
import type { JobRow, Manager, NodeView, Overview } from "./schema.ts";
import { sumJobs } from "./sum-jobs.ts";

export type { ClusterInput } from "./fold-cluster.ts";
export type { GitlabFacts } from "./gitlab-facts.ts";

export interface FleetInput {
  clusters: readonly ClusterInput[];
  /** null: GitLab is not asked. */
  gitlab: GitlabFacts | null;
  /** The time of the fold, RFC 3339. */
  at: Timestamp;
  /** Bounds of what is kept after deletion, for the reader to know. */
  keep: { maxJobs: number; maxAgeMs: number };
}

/** All that is known now. Maps are by key (`<cluster>/<uid>`; clusters by their own key) and keep live and kept ended jobs alike. */
export interface Fleet {
  readonly at: Timestamp;
  readonly clusters: ReadonlyMap<string, ClusterRecord>;
  /** Whole jobs, derived one by one when asked for. */
  readonly jobs: JobViews;
  readonly rows: PersistentMap<JobRow>;
  readonly managers: ReadonlyMap<string, Manager>;
  readonly nodes: ReadonlyMap<string, NodeView>;
  readonly overview: Overview;
  /** What the next fold starts from, by cluster. */
  readonly folds: ReadonlyMap<string, ClusterFold>;
}

/**
 * The fleet out of what the sources hold. Pure: the same previous fleet and input give the same fleet. What did not change keeps its
 * identity, for a diff by reference. Three things are remembered from `previous`, because the cluster forgets them: when a pod was first
 * seen, events that expired (1 h), and an image refusal that deletion wiped from the status. All else is derived anew or equal to it.
 */
export function foldFleet(previous: Fleet | null, input: FleetInput): Fleet {
  const folds = new Map<string, ClusterFold>();
  for (const cluster of input.clusters)
    folds.set(cluster.cluster.key, foldCluster(previous?.folds.get(cluster.cluster.key) ?? null, cluster, input));
  const same =
    previous !== null && previous.folds.size === folds.size && [...folds].every(([key, fold]) => previous.folds.get(key) === fold);
  const parts = same ? previous : assemble(previous, folds);
  const clusters = keepEqual(previous?.clusters, new Map(input.clusters.map(({ cluster }) => [cluster.key, cluster])));
  const podless = [...folds.values()].flatMap((fold) => fold.followed.podless);
  const { gitlab, at, keep } = input;
  const overview = deriveOverview({ ...parts, jobs: sumJobs(parts.jobs.memos), inputs: input.clusters, podless, gitlab, at, keep });
  return {
    at: input.at,
    clusters,
    jobs: parts.jobs,
    rows: parts.rows,
    managers: parts.managers,
    nodes: parts.nodes,
    overview: previous !== null && JSON.stringify(previous.overview) === JSON.stringify(overview) ? previous.overview : overview,
    folds,
  };
}

type Parts = Pick<Fleet, "jobs" | "rows" | "managers" | "nodes">;

function assemble(previous: Fleet | null, folds: ReadonlyMap<string, ClusterFold>): Parts {
  const managers = new Map<string, Manager>();
  const nodes = new Map<string, NodeView>();
  for (const fold of folds.values()) {
    for (const { view } of fold.managers.values()) managers.set(view.key, view);
    for (const { view } of fold.nodes.values()) nodes.set(view.key, view);
  }
  return { ...assembleJobs(previous, folds), managers: keepEqual(previous?.managers, managers), nodes: keepEqual(previous?.nodes, nodes) };
}

/** The jobs before with what changed; all of them anew only when a cluster has gone. */
function assembleJobs(previous: Fleet | null, folds: ReadonlyMap<string, ClusterFold>): Pick<Parts, "jobs" | "rows"> {
  const follows = previous !== null && [...previous.folds.keys()].every((key) => folds.has(key));
  const changed: JobMemo[] = [];
  const removed: string[] = [];
  for (const fold of folds.values()) {
    changed.push(...(follows ? fold.changed : memosOf(fold)));
    if (follows) removed.push(...fold.removed);
  }
  const before = follows ? previous : NO_JOBS;
  const memos = before.jobs.memos.patch(
    changed.map((memo): [string, JobMemo] => [memo.row.key, memo]),
    removed,
  );
  const rows = before.rows.patch(
    changed.map(({ row }): [string, JobRow] => [row.key, row]),
    removed,
  );
  return { jobs: memos === before.jobs.memos ? before.jobs : new JobViews(memos), rows };
}

const NO_JOBS: Pick<Parts, "jobs" | "rows"> = { jobs: new JobViews(PersistentMap.from()), rows: PersistentMap.from() };

function memosOf({ entries }: ClusterFold): JobMemo[] {
  return [...entries.values()].flatMap(({ memo }) => memo ?? []);
}

/** The map before, where every entry is the same object. */
function keepEqual<T>(before: ReadonlyMap<string, T> | undefined, now: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  if (before === undefined || before.size !== now.size) return now;
  for (const [key, value] of now) if (before.get(key) !== value) return now;
  return before;
}
