import { expect, it } from "vitest";
import { known, unknown } from "@/lib/base/known.ts";
import type { LastHour } from "@/lib/fleet/schema.ts";
import { prepareLastHour } from "./prepare-last-hour.ts";

const since = "2026-03-01T12:00:00.000Z";
const NOW = Date.parse(since) + 3_600_000;
const count = (value: number) => known(value, since, "test");
const mark = (minutes: number, kind: LastHour["marks"][number]["kind"]) => ({
  at: new Date(Date.parse(since) + minutes * 60_000).toISOString(),
  kind,
  job: `test/${minutes}`,
  container: "build",
  project: null,
  name: null,
});
const hour = (change: Partial<LastHour>): LastHour => ({
  since,
  oomKills: count(0),
  oomJobs: count(0),
  throttledJobs: count(0),
  partial: false,
  worst: null,
  marks: [],
  ...change,
});

it("puts each kind in its lane, at its time", () => {
  const { lanes, axis } = prepareLastHour(hour({ marks: [mark(30, "oom-kill"), mark(45, "cpu-throttling"), mark(0, "oom-kill")] }), NOW);
  expect(lanes.map(({ kind, marks }) => [kind, marks.map(({ share }) => share)])).toEqual([
    ["oom-kill", [0.5, 0]],
    ["cpu-throttling", [0.75]],
  ]);
  expect(axis.ticks.map(({ ms }) => new Date(ms).toISOString().slice(11, 16))).toEqual(["12:00", "12:15", "12:30", "12:45", "13:00"]);
});

it("is quiet only where something is known, and it is none", () => {
  expect(prepareLastHour(hour({}), NOW).quiet).toBe(true);
  expect(prepareLastHour(hour({ throttledJobs: unknown("not-connected") }), NOW).quiet).toBe(true);
  expect(prepareLastHour(hour({ oomKills: count(1) }), NOW).quiet).toBe(false);
  const none = unknown("forbidden");
  expect(prepareLastHour(hour({ oomKills: none, oomJobs: none, throttledJobs: none }), NOW).quiet).toBe(false);
});
