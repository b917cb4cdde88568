import { unknown, type Timestamp } from "../base/known.ts";
import type { LastHour } from "./schema.ts";

const HOUR_MS = 3_600_000;

/** OOM kills and throttling of the last hour, and the worst of them. */
export function deriveLastHour({ at }: { at: Timestamp }): LastHour {
  const since = new Date(Math.floor((Date.parse(at) - HOUR_MS) / 60_000) * 60_000).toISOString();
  const none = unknown("not-connected");
  return { since, oomKills: none, oomJobs: none, throttledJobs: none, partial: true, worst: null, marks: [] };
}
