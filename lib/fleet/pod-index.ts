import { PersistentMap } from "../base/persistent-map.ts";
import type { PodEntry } from "./scan-pods.ts";
import type { PlacedPod } from "./view-nodes.ts";

/** The pods of a cluster, and where to find them. Every part follows what changed; none is made anew. */
export interface PodIndex {
  /** Every pod, live or kept, by uid. */
  readonly entries: PersistentMap<PodEntry>;
  /** Pods of a job by its GitLab id, in the order in which they were made. */
  readonly byJob: PersistentMap<readonly string[]>;
  /** Pods of managers, by uid. */
  readonly managerPods: PersistentMap<PodEntry>;
  /** What stands on a node, by its name and the pod's uid. */
  readonly onNode: PersistentMap<ReadonlyMap<string, PlacedPod>>;
  /** When time alone may change a job, ms since the epoch, by uid. */
  readonly rechecks: PersistentMap<number>;
  /** Pods whose job is on a list, but whose manager could not be told from it yet. */
  readonly unlinked: ReadonlySet<string>;
  /** Job pods by the manager (its pod's uid) whose list shows or showed them. */
  readonly byManager: PersistentMap<ReadonlySet<string>>;
}

export const NO_PODS: PodIndex = {
  entries: PersistentMap.from(),
  byJob: PersistentMap.from(),
  managerPods: PersistentMap.from(),
  onNode: PersistentMap.from(),
  rechecks: PersistentMap.from(),
  unlinked: new Set(),
  byManager: PersistentMap.from(),
};

type Changed = ReadonlyMap<string, PodEntry | null>;

/** The index with what changed. `groups`: see `indexJobs` and `indexManaged`. */
export function indexPods(
  before: PodIndex,
  { changed, unlinked }: { changed: Changed; unlinked: ReadonlySet<string> },
  groups: Pick<PodIndex, "byJob" | "byManager">,
): PodIndex {
  const old = before.entries;
  return {
    entries: patchWith(old, changed, (entry) => entry),
    ...groups,
    managerPods: patchWith(before.managerPods, changed, (entry) => (entry.manager ? entry : undefined)),
    onNode: indexPlaces(before.onNode, old, changed),
    rechecks: patchWith(before.rechecks, changed, ({ memo }) => memo?.recheckAtMs ?? undefined),
    unlinked,
  };
}

function patchWith<T>(map: PersistentMap<T>, changed: Changed, read: (entry: PodEntry) => T | undefined): PersistentMap<T> {
  const set: [string, T][] = [];
  const remove: string[] = [];
  for (const [uid, entry] of changed) {
    const value = entry === null ? undefined : read(entry);
    if (value === undefined) remove.push(uid);
    else set.push([uid, value]);
  }
  return map.patch(set, remove);
}

/** Two pods of one job: a pull that was tried with another policy. */
export function indexJobs(before: PodIndex["byJob"], old: PodIndex["entries"], changed: Changed): PodIndex["byJob"] {
  const lists = new Map<string, Set<string>>();
  const listOf = (jobId: string) => {
    const list = lists.get(jobId) ?? new Set(before.get(jobId));
    lists.set(jobId, list);
    return list;
  };
  for (const [uid, entry] of changed) {
    const was = old.get(uid)?.jobId ?? null;
    const is = entry?.jobId ?? null;
    if (was === is) continue;
    if (was !== null) listOf(was).delete(uid);
    if (is !== null) listOf(is).add(uid);
  }
  if (lists.size === 0) return before;
  const madeAt = (uid: string) => Date.parse((changed.get(uid) ?? old.get(uid))?.pod.createdAt ?? "");
  const inOrder = (uids: Set<string>) => [...uids].sort((a, b) => madeAt(a) - madeAt(b) || (a < b ? -1 : 1));
  const all = [...lists].map(([jobId, uids]): [string, readonly string[]] => [jobId, inOrder(uids)]);
  return before.patch(
    all.filter(([, uids]) => uids.length > 0),
    all.flatMap(([jobId, uids]) => (uids.length === 0 ? [jobId] : [])),
  );
}

export function indexManaged(before: PodIndex["byManager"], old: PodIndex["entries"], changed: Changed): PodIndex["byManager"] {
  const groups = new Map<string, Set<string>>();
  const groupOf = (manager: string) => {
    const group = groups.get(manager) ?? new Set(before.get(manager));
    groups.set(manager, group);
    return group;
  };
  for (const [uid, entry] of changed) {
    const was = old.get(uid)?.memo?.input.links.track?.manager;
    const is = entry?.memo?.input.links.track?.manager;
    if (was === is) continue;
    if (was !== undefined) groupOf(was).delete(uid);
    if (is !== undefined) groupOf(is).add(uid);
  }
  const all = [...groups];
  return before.patch(
    all.filter(([, uids]) => uids.size > 0),
    all.flatMap(([manager, uids]) => (uids.size === 0 ? [manager] : [])),
  );
}

function indexPlaces(before: PodIndex["onNode"], old: PodIndex["entries"], changed: Changed): PodIndex["onNode"] {
  const nodes = new Map<string, Map<string, PlacedPod>>();
  const nodeOf = (name: string) => {
    const pods = nodes.get(name) ?? new Map(before.get(name));
    nodes.set(name, pods);
    return pods;
  };
  for (const [uid, entry] of changed) {
    const was = old.get(uid)?.place ?? null;
    const is = entry?.place ?? null;
    if (was === is) continue;
    if (was !== null) nodeOf(was.node).delete(uid);
    if (is !== null) nodeOf(is.node).set(uid, is);
  }
  const all = [...nodes];
  return before.patch(
    all.filter(([, pods]) => pods.size > 0),
    all.flatMap(([name, pods]) => (pods.size === 0 ? [name] : [])),
  );
}
