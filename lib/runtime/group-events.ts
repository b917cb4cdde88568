import type { EventRecord } from "../kubernetes/schema.ts";

/** Events by the uid of the object they are about, oldest first. */
export type EventGroups = ReadonlyMap<string, readonly EventRecord[]>;

/** Groups events; a group whose events did not change keeps its identity, and so does the whole map. */
export function groupEvents(previous: EventGroups, events: ReadonlyMap<string, EventRecord>): EventGroups {
  const groups = new Map<string, EventRecord[]>();
  for (const event of events.values()) {
    const group = groups.get(event.regarding.uid);
    if (group === undefined) groups.set(event.regarding.uid, [event]);
    else group.push(event);
  }
  let changed = groups.size !== previous.size;
  const next = new Map<string, readonly EventRecord[]>();
  for (const [uid, group] of groups) {
    group.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    const before = previous.get(uid);
    const kept =
      before !== undefined && before.length === group.length && before.every((event, index) => event === group[index]) ? before : group;
    changed ||= kept !== before;
    next.set(uid, kept);
  }
  return changed ? next : previous;
}
