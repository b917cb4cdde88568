import type { Timestamp } from "../base/known.ts";
import type { ClusterRecord } from "../kubernetes/schema.ts";
import { deriveOverview } from "./derive-overview.ts";
import { foldCluster, type ClusterFold, type ClusterInput } from "./fold-cluster.ts";
import type { Job, JobRow, Manager, NodeView, Overview } from "./schema.ts";

export type { ClusterInput } from "./fold-cluster.ts";

export interface FleetInput {
  clusters: readonly ClusterInput[];
  /** The time of the fold, RFC 3339. */
  at: Timestamp;
  /** Bounds of what is kept after deletion, for the reader to know. */
  keep: { maxJobs: number; maxAgeMs: number };
}

/** All that is known now. Maps are by key (`<cluster>/<uid>`; clusters by their own key) and keep live and kept ended jobs alike. */
export interface Fleet {
  readonly at: Timestamp;
  readonly clusters: ReadonlyMap<string, ClusterRecord>;
  readonly jobs: ReadonlyMap<string, Job>;
  readonly rows: ReadonlyMap<string, JobRow>;
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
    folds.set(cluster.cluster.key, foldCluster(previous?.folds.get(cluster.cluster.key) ?? null, cluster, input.at));
  const same =
    previous !== null && previous.folds.size === folds.size && [...folds].every(([key, fold]) => previous.folds.get(key) === fold);
  const parts = same ? previous : assemble(previous, folds);
  const clusters = keepEqual(previous?.clusters, new Map(input.clusters.map(({ cluster }) => [cluster.key, cluster])));
  const overview = deriveOverview({ ...parts, inputs: input.clusters, at: input.at, keep: input.keep });
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

function assemble(previous: Fleet | null, folds: ReadonlyMap<string, ClusterFold>): Pick<Fleet, "jobs" | "rows" | "managers" | "nodes"> {
  const jobs = new Map<string, Job>();
  const rows = new Map<string, JobRow>();
  const managers = new Map<string, Manager>();
  const nodes = new Map<string, NodeView>();
  for (const fold of folds.values()) {
    for (const [key, memo] of fold.jobs) {
      jobs.set(key, memo.job);
      rows.set(key, memo.row);
    }
    for (const manager of fold.managers) managers.set(manager.key, manager);
    for (const { view } of fold.nodes.values()) nodes.set(view.key, view);
  }
  return { jobs, rows, managers: keepEqual(previous?.managers, managers), nodes: keepEqual(previous?.nodes, nodes) };
}

/** The map before, where every entry is the same object. */
function keepEqual<T>(before: ReadonlyMap<string, T> | undefined, now: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  if (before === undefined || before.size !== now.size) return now;
  for (const [key, value] of now) if (before.get(key) !== value) return now;
  return before;
}
