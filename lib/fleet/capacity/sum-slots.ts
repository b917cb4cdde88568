import { known, unknown, type Known, type Timestamp } from "../../base/known.ts";
import type { SlotSum } from "../../manager/schema.ts";
import type { Manager } from "../schema.ts";

/** Slots of all managers that live, and since when the oldest of the figures holds; null: no manager tells. */
export interface SlotTotal {
  sum: SlotSum;
  at: Timestamp | null;
}

/** A manager of which total or used is not known counts as unknown and adds nothing. One that is going takes no more jobs, so its free slots do not count. */
export function sumSlots(managers: readonly Manager[]): SlotTotal {
  const sum: SlotSum = { managers: managers.length, unknownManagers: 0, total: 0, used: 0, free: 0 };
  let at: Timestamp | null = null;
  for (const { slots, terminating } of managers) {
    const { total, used, free } = slots;
    if (total.state === "unknown" || used.state === "unknown" || free.state === "unknown") {
      sum.unknownManagers += 1;
      continue;
    }
    sum.used += used.value;
    sum.total += terminating ? used.value : total.value;
    sum.free += terminating ? 0 : free.value;
    if (at === null || Date.parse(total.at) < Date.parse(at)) at = total.at;
  }
  return { sum, at };
}

/** Unknown, and never 0, while no manager tells. */
export function slotsOf({ sum, at }: SlotTotal, managers: readonly Manager[]): Known<SlotSum> {
  if (at !== null) return known(sum, at, "managers /metrics gitlab_runner_concurrent, gitlab_runner_limit, gitlab_runner_jobs");
  const asked = managers.find(({ port }) => port !== null);
  const why = asked?.slots.total;
  return unknown(why?.state === "unknown" ? why.reason : managers.length === 0 ? "not-seen" : "not-connected");
}
