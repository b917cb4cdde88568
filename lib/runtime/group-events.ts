import { changedKeys, patchGroups, type PersistentMap } from "../base/persistent-map.ts";
import type { EventRecord } from "../kubernetes/schema.ts";

/** Events by the uid of the object they are about, oldest first. */
export type EventGroups = PersistentMap<readonly EventRecord[]>;

/** The groups with what changed in the events; a group whose events did not change keeps its identity, and so does the whole map. */
export function groupEvents(
  groups: EventGroups,
  before: ReadonlyMap<string, EventRecord>,
  events: ReadonlyMap<string, EventRecord>,
): EventGroups {
  const open = (kept: readonly EventRecord[] = []) => new Map(kept.map((event) => [event.uid, event]));
  const close = (group: ReadonlyMap<string, EventRecord>) => [...group.values()].sort(oldestFirst);
  return patchGroups(groups, { open, close }, (groupOf) => {
    for (const uid of changedKeys(before, events)) {
      const [old, now] = [before.get(uid), events.get(uid)];
      if (old !== undefined) groupOf(old.regarding.uid).delete(uid);
      if (now !== undefined) groupOf(now.regarding.uid).set(uid, now);
    }
  });
}

/** Events of the same moment by their uid, so that the order of arrival plays no part. */
function oldestFirst(a: EventRecord, b: EventRecord): number {
  return a.at < b.at ? -1 : a.at > b.at ? 1 : a.uid < b.uid ? -1 : 1;
}
