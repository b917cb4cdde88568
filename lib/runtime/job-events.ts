import type { JobEvent } from "../fleet/schema.ts";
import type { EventRecord } from "../kubernetes/schema.ts";

const made = new WeakMap<EventRecord, JobEvent>();

/** The events as the job page shows them. The same record gives the same object, so that a diff sees only what changed. */
export function jobEvents(records: readonly EventRecord[] | undefined): JobEvent[] {
  return (records ?? []).map((record) => {
    const event = made.get(record) ?? { ...record, key: record.uid };
    made.set(record, event);
    return event;
  });
}
