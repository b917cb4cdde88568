import { changedKeys, type PersistentMap } from "../base/persistent-map.ts";
import type { EventRecord } from "../kubernetes/schema.ts";

/** Events by the uid of the object they are about, oldest first. */
export type EventGroups = PersistentMap<readonly EventRecord[]>;

/** The groups with what changed in the events; a group whose events did not change keeps its identity, and so does the whole map. */
export function groupEvents(
  groups: EventGroups,
  before: ReadonlyMap<string, EventRecord>,
  events: ReadonlyMap<string, EventRecord>,
): EventGroups {
  const touched = new Map<string, Map<string, EventRecord>>();
  const groupOf = ({ regarding: { uid } }: EventRecord) => {
    const group = touched.get(uid) ?? new Map((groups.get(uid) ?? []).map((event) => [event.uid, event]));
    touched.set(uid, group);
    return group;
  };
  for (const uid of changedKeys(before, events)) {
    const [old, now] = [before.get(uid), events.get(uid)];
    if (old !== undefined) groupOf(old).delete(uid);
    if (now !== undefined) groupOf(now).set(uid, now);
  }
  const all = [...touched];
  return groups.patch(
    all
      .filter(([, group]) => group.size > 0)
      .map(([uid, group]): [string, readonly EventRecord[]] => [uid, [...group.values()].sort(oldestFirst)]),
    all.flatMap(([uid, group]) => (group.size === 0 ? [uid] : [])),
  );
}

/** Events of the same moment by their uid, so that the order of arrival plays no part. */
function oldestFirst(a: EventRecord, b: EventRecord): number {
  return a.at < b.at ? -1 : a.at > b.at ? 1 : a.uid < b.uid ? -1 : 1;
}
