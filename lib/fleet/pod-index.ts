import { patchGroups, PersistentMap } from "../base/persistent-map.ts";
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
  const madeAt = (uid: string) => Date.parse((changed.get(uid) ?? old.get(uid))?.pod.createdAt ?? "");
  const inOrder = (uids: Set<string>) => [...uids].sort((a, b) => madeAt(a) - madeAt(b) || (a < b ? -1 : 1));
  return patchGroups(before, { open: (uids) => new Set(uids), close: inOrder }, (groupOf) =>
    moveUids(groupOf, { old, changed }, (entry) => entry?.jobId ?? null),
  );
}

export function indexManaged(before: PodIndex["byManager"], old: PodIndex["entries"], changed: Changed): PodIndex["byManager"] {
  return patchGroups(before, { open: (uids) => new Set(uids), close: (uids) => uids }, (groupOf) =>
    moveUids(groupOf, { old, changed }, (entry) => entry?.memo?.input.links.track?.manager ?? null),
  );
}

/** Takes each pod that changed from the group where it was to the one where it is. `keyOf`: its group; null: in none. */
function moveUids(
  groupOf: (key: string) => Set<string>,
  { old, changed }: { old: PodIndex["entries"]; changed: Changed },
  keyOf: (entry: PodEntry | null | undefined) => string | null,
): void {
  for (const [uid, entry] of changed) {
    const was = keyOf(old.get(uid));
    const is = keyOf(entry);
    if (was === is) continue;
    if (was !== null) groupOf(was).delete(uid);
    if (is !== null) groupOf(is).add(uid);
  }
}

function indexPlaces(before: PodIndex["onNode"], old: PodIndex["entries"], changed: Changed): PodIndex["onNode"] {
  return patchGroups(before, { open: (pods) => new Map(pods), close: (pods) => pods }, (groupOf) => {
    for (const [uid, entry] of changed) {
      const was = old.get(uid)?.place ?? null;
      const is = entry?.place ?? null;
      if (was === is) continue;
      if (was !== null) groupOf(was.node).delete(uid);
      if (is !== null) groupOf(is.node).set(uid, is);
    }
  });
}
