import { expect, it } from "vitest";
import { known, unknown } from "@/lib/base/known.ts";
import type { JobRow } from "@/lib/fleet/schema.ts";
import { buildJobRow } from "@/lib/testing/build-job-row.ts";
import { ageOfUse, cpuShareOf, memoryShareOf, throttledShareOf } from "./job-use.ts";
import { rankJob } from "./rank-jobs.ts";
import { sortJobs } from "./sort-jobs.ts";

const row = buildJobRow();
const NOW = Date.parse(row.createdAt);
const withMemory = (uid: string, change: { used?: number | null; limit?: number | null; peak?: number | null }): JobRow =>
  buildJobRow({
    uid,
    use: {
      ...row.use,
      memory: known({ container: "build", used: 10, limit: 100, peak: null, at: row.createdAt, ...change }, row.createdAt, "test"),
    },
  });

it("takes shares of the limit, memory's by its peak", () => {
  expect([cpuShareOf(row), memoryShareOf(row), throttledShareOf(row)]).toEqual([0.6, 0.5, 0.08]);
  expect(memoryShareOf(withMemory("a", { peak: null }))).toBe(0.1);
});

it("has no share of no limit, and none of what is not known; a measured zero is one", () => {
  expect(memoryShareOf(withMemory("a", { limit: null }))).toBeNull();
  expect(memoryShareOf(withMemory("a", { used: null }))).toBeNull();
  expect(memoryShareOf(withMemory("a", { used: 0 }))).toBe(0);
  const blind = { ...row, use: { cpu: unknown("stale"), memory: unknown("stale") } };
  expect([cpuShareOf(blind), memoryShareOf(blind), throttledShareOf(blind)]).toEqual([null, null, null]);
});

it("sorts by share, what is not known last in both directions", () => {
  const rows = [withMemory("b", { used: 90 }), withMemory("c", { limit: null }), withMemory("d", { used: 5 })].map(rankJob);
  const order = (descending: boolean) => sortJobs(rows, { key: "memory", descending }, NOW).map(({ job }) => job.uid);
  expect(order(true)).toEqual(["b", "d", "c"]);
  expect(order(false)).toEqual(["d", "b", "c"]);
});

it("tells the present use from the last one and from an old one", () => {
  expect(ageOfUse(row, row.createdAt, NOW + 20_000)).toBeNull();
  expect(ageOfUse(row, row.createdAt, NOW + 90_000)).toEqual({ how: "old", ms: 90_000 });
  expect(ageOfUse({ ending: "watched" }, row.createdAt, NOW + 20_000)).toEqual({ how: "last", ms: 20_000 });
});
