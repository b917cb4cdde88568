import { expect, it } from "vitest";
import { known, unknown } from "../base/known.ts";
import type { Overview } from "../fleet/schema.ts";
import { trendChunkSchema } from "../fleet/trend/schema.ts";
import { buildReport } from "../testing/build-pod-record.ts";
import { FleetTrend } from "./fleet-trend.ts";

const START = Date.parse("2026-03-01T12:00:00Z");
const at = "2026-03-01T12:00:00Z";
const SOURCES = [buildReport("kubernetes-pods"), buildReport("gitlab")];
const silent = (name: "kubernetes-pods" | "gitlab") => [
  ...SOURCES.filter(({ source }) => source !== name),
  buildReport(name, { state: { state: "stale", since: at, lastError: { code: "timeout", detail: "" }, retryAt: at } }),
];

function overview(live: number | null, waiting: number, problems: Record<string, number> = {}): Overview {
  return {
    live: live === null ? unknown("not-reached") : known(live, at, "test"),
    waiting: known(waiting, at, "test"),
    slots: known({ managers: 3, unknownManagers: 0, total: 30, used: 1, free: 29 }, at, "test"),
    problems: Object.entries(problems).map(([key, jobs]) => ({ key, jobs })),
  } as unknown as Overview;
}

it("keeps one value a step, an hour of them, and sends only the newest chunk again", () => {
  const trend = new FleetTrend();
  for (let second = 0; second < 4_500; second += 5) trend.observe(overview(second, 2), SOURCES, START + second * 1_000);
  const chunks = [...trend.chunks().values()];
  for (const chunk of chunks) expect(trendChunkSchema.safeParse(chunk).error).toBeUndefined();
  expect(chunks.map(({ live }) => live.length)).toEqual(Array.from({ length: 13 }, () => 20));
  expect(chunks[0]?.from).toBe("2026-03-01T12:10:00.000Z");
  expect(chunks.at(-1)?.live.at(-1)).toBe(4_485);
  const before = trend.chunks();
  trend.observe(overview(1, 2), SOURCES, START + 4_499_000);
  expect(trend.chunks()).toBe(before);
  trend.observe(overview(1, 2), SOURCES, START + 4_500_000);
  expect(trend.chunks().size).toBe(13);
  expect([...trend.chunks().values()].slice(0, 12)).toEqual(chunks.slice(1));
});

it("what is not known is a gap: a source that does not answer, a server that slept, the time before the first list", () => {
  const trend = new FleetTrend();
  trend.observe(overview(null, 2), SOURCES, START);
  // Known within the same step: the gap was only the start.
  trend.observe(overview(7, 2), SOURCES, START + 5_000);
  trend.observe(overview(8, 3), silent("gitlab"), START + 15_000);
  trend.observe(overview(8, 3), silent("kubernetes-pods"), START + 30_000);
  trend.observe(overview(9, 4), SOURCES, START + 75_000);
  const [chunk] = trend.chunks().values();
  expect(chunk).toMatchObject({ live: [7, 8, null, null, null, 9], waiting: [2, null, 3, null, null, 4] });
  trend.observe(overview(5, 5), SOURCES, START + 7_200_000);
  expect([...trend.chunks().values()]).toMatchObject([{ live: [5] }]);
});

it("follows what each problem harms: 0 before it came and after it went", () => {
  const trend = new FleetTrend();
  const steps: Record<string, number>[] = [{}, { a: 2 }, { a: 3, b: 1 }, { b: 4 }];
  for (const [index, problems] of steps.entries()) trend.observe(overview(1, 0, problems), SOURCES, START + index * 15_000);
  expect([...trend.chunks().values()][0]?.problems).toEqual({ a: [0, 2, 3, 0], b: [0, 0, 1, 4] });
});
