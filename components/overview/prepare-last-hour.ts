import { prepareAxis, shareOf, type TimeAxis } from "@/components/charts/prepare-axis.ts";
import type { LastHour } from "@/lib/fleet/schema.ts";

export type HourMark = LastHour["marks"][number];

export interface HourView {
  /** Ticks are milliseconds since the epoch. */
  axis: TimeAxis;
  /** One lane a kind; `share` is the mark's place, 0 to 1. */
  lanes: { kind: HourMark["kind"]; marks: (HourMark & { share: number })[] }[];
  /** Something is known and it is none: no kill and no throttling. */
  quiet: boolean;
}

const KINDS: readonly HourMark["kind"][] = ["oom-kill", "cpu-throttling"];

/** Puts what happened since `since` on one axis that ends now. */
export function prepareLastHour(hour: LastHour, nowMs: number): HourView {
  const axis = prepareAxis(Date.parse(hour.since), nowMs, 0, 5);
  const lanes = KINDS.map((kind) => ({
    kind,
    marks: hour.marks.filter((mark) => mark.kind === kind).map((mark) => ({ ...mark, share: shareOf(axis, Date.parse(mark.at)) })),
  }));
  const counts = [hour.oomKills, hour.throttledJobs];
  return {
    axis,
    lanes,
    quiet: counts.every((count) => count.state === "unknown" || count.value === 0) && counts.some((count) => count.state === "known"),
  };
}
