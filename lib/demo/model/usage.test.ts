import { describe, expect, test } from "vitest";
import { addUsage, grantCpu, memoryAt, oomTime, stretch, type Activity } from "./usage.ts";

const activity = (change: Partial<Activity> = {}): Activity => ({
  cores: 2,
  busy: 1,
  fromBytes: 100,
  toBytes: 1100,
  fromCacheBytes: 0,
  toCacheBytes: 0,
  startedAt: 1000,
  endsAt: 11_000,
  share: 1,
  ...change,
});
const counters = () => ({ cpuSeconds: 0, periods: 0, throttledPeriods: 0, throttledSeconds: 0 });

describe("CPU under a quota", () => {
  test("without a quota nothing is throttled and no period is counted", () => {
    const own = counters();
    addUsage(own, activity(), 1000, 11_000, null);
    expect(own).toEqual({ cpuSeconds: 20, periods: 0, throttledPeriods: 0, throttledSeconds: 0 });
  });

  test("a limit far above the demand leaves all periods untouched", () => {
    const own = counters();
    addUsage(own, activity(), 1000, 11_000, 4);
    expect(own).toEqual({ cpuSeconds: 20, periods: 100, throttledPeriods: 0, throttledSeconds: 0 });
  });

  test("a limit far below throttles each period and gives exactly the limit, as a busy loop under 200 m showed", () => {
    const own = counters();
    addUsage(own, activity({ cores: 1 }), 0, 26_000, 0.2);
    expect(own.cpuSeconds).toBeCloseTo(26 * 0.2);
    expect(own.periods).toBeCloseTo(260);
    expect(own.throttledPeriods).toBeCloseTo(260);
    // Recorded: 20 s lost in 26 s.
    expect(own.throttledSeconds).toBeGreaterThan(18);
    expect(own.throttledSeconds).toBeLessThan(26);
  });

  test("near the limit a part of the periods is throttled, and never more is used than allowed", () => {
    const near = grantCpu(1, 1);
    expect(near.throttledShare).toBeCloseTo(0.5);
    expect(near.cores).toBeLessThan(1);
    for (const limit of [0.2, 0.5, 0.8, 1, 1.2, 1.4]) expect(grantCpu(1, limit).cores).toBeLessThanOrEqual(Math.min(1, limit));
  });

  test("periods count only while it runs", () => {
    const own = counters();
    addUsage(own, activity({ busy: 0.1 }), 0, 10_000, 1);
    expect(own.periods).toBeCloseTo(10);
  });

  test("work takes longer under a quota and on a crowded node", () => {
    expect(stretch(2, null, 1)).toBe(1);
    expect(stretch(2, 0.5, 1)).toBeCloseTo(4);
    expect(stretch(2, null, 0.5)).toBeCloseTo(2);
  });
});

describe("memory under a limit", () => {
  test("grows evenly and stops at the limit", () => {
    expect(memoryAt(activity(), 6000, null)).toBe(600);
    expect(memoryAt(activity(), 11_000, 500)).toBe(500);
  });

  test("the time of the kill is where the line meets the limit", () => {
    expect(oomTime(activity(), 600)).toBe(6000);
    expect(oomTime(activity(), 2000)).toBeNull();
    expect(oomTime(activity(), null)).toBeNull();
  });
});
