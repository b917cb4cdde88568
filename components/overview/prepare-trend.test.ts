import { describe, expect, it } from "vitest";
import type { TrendChunk } from "@/lib/fleet/trend/schema.ts";
import { HOUR_MS, prepareCourse, prepareTrend } from "./prepare-trend.ts";

const STEP = 15_000;
const START = Date.parse("2026-03-01T12:00:00Z");
const chunk = (index: number, live: (number | null)[], problems: TrendChunk["problems"] = {}): TrendChunk => ({
  key: String(index),
  from: new Date(START + index * 20 * STEP).toISOString(),
  stepMs: STEP,
  live,
  waiting: live.map((value) => (value === null ? null : value + 1)),
  slots: live.map(() => 30),
  problems,
});
const full = (value: number) => Array.from({ length: 20 }, () => value);

describe("the last hour", () => {
  it("ends with the newest step and begins an hour before; what nobody kept is a gap", () => {
    const trend = prepareTrend([chunk(0, full(3)), chunk(2, [5, null])]);
    expect(trend).toMatchObject({ toMs: START + 42 * STEP, fromMs: START + 42 * STEP - HOUR_MS });
    expect(trend?.live).toHaveLength(240);
    expect(trend?.live.slice(-44)).toEqual([null, null, ...full(3), ...Array.from({ length: 20 }, () => null), 5, null]);
    expect(trend?.waiting.at(-2)).toBe(6);
    expect(trend?.live.slice(0, 198).every((value) => value === null)).toBe(true);
  });

  it("is nothing before anything was kept", () => {
    expect(prepareTrend([])).toBeNull();
  });
});

describe("what a problem harmed", () => {
  it("is 0 while somebody looked and it was not there, and the highest of each pair of steps", () => {
    const chunks = [chunk(0, full(1)), chunk(1, [1, 1, 1, 1], { a: [0, 2, 4, 1] })];
    expect(prepareCourse(chunks, "a", 8 * STEP, 4)).toEqual([0, 0, 2, 4]);
    expect(prepareCourse(chunks, "b", 8 * STEP, 4)).toBeNull();
  });

  it("is no course in its first minute, and unknown where pods were not known", () => {
    expect(prepareCourse([chunk(0, [1, 1], { a: [0, 2] })], "a", 8 * STEP, 4)).toBeNull();
    const values = prepareCourse([chunk(0, [1, null, null, 1, 1, 1]), chunk(1, [1], { a: [3] })], "a", 20 * STEP, 20);
    expect(values?.slice(0, 6)).toEqual([null, null, 0, 0, 0, null]);
    expect(values?.at(-1)).toBe(3);
  });
});
