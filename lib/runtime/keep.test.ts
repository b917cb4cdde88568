import { PersistentMap } from "../base/persistent-map.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../base/clock.ts";
import type { EventRecord, PodRecord } from "../kubernetes/schema.ts";
import { groupEvents } from "./group-events.ts";
import { KeepEnded } from "./keep-ended.ts";
import { createLog } from "./log.ts";
import { Tick } from "./tick.ts";

const T0 = Date.parse("2026-03-01T12:00:00Z");
const ended = (uid: string, ms = 0) => ({
  record: { uid } as PodRecord,
  deletedAt: new Date(T0 + ms).toISOString(),
  ending: "watched" as const,
});

describe("pods that are gone", () => {
  it("are bounded by number, the oldest go first", () => {
    const keep = new KeepEnded({ maxJobs: 3, maxAgeMs: 1_000 });
    for (let i = 0; i < 10; i++) keep.add(ended(`u${i}`, i));
    expect([...keep.pods.keys()]).toEqual(["u7", "u8", "u9"]);
    const none = new KeepEnded({ maxJobs: 0, maxAgeMs: 1_000 });
    none.add(ended("a"));
    expect(none.pods.size).toBe(0);
  });

  it("are bounded by age, and given back when they turn out to be alive; the map is the same until then", () => {
    const keep = new KeepEnded({ maxJobs: 10, maxAgeMs: 1_000 });
    keep.add(ended("old", 0));
    keep.add(ended("new", 900));
    keep.add(ended("alive", 900));
    const before = keep.pods;
    keep.sweep(T0 + 1_000, new Map());
    expect(keep.pods).toBe(before);
    keep.sweep(T0 + 1_001, new Map([["alive", {}]]));
    expect([...keep.pods.keys()]).toEqual(["new"]);
  });
});

describe("events by object", () => {
  const event = (uid: string, about: string, at: string) => ({ uid, at, regarding: { uid: about } }) as EventRecord;

  it("keep the identity of groups that did not change", () => {
    const store = new Map([
      ["1", event("1", "p", "2026-01-01T00:00:02Z")],
      ["2", event("2", "p", "2026-01-01T00:00:01Z")],
      ["3", event("3", "q", "2026-01-01T00:00:01Z")],
    ]);
    const first = groupEvents(PersistentMap.from(), new Map(), store);
    expect(first.get("p")?.map((one) => one.uid)).toEqual(["2", "1"]);
    expect(groupEvents(first, store, new Map(store))).toBe(first);
    const more = groupEvents(first, store, new Map(store).set("4", event("4", "q", "2026-01-01T00:00:05Z")));
    expect(more.get("p")).toBe(first.get("p"));
    expect(more.get("q")).not.toBe(first.get("q"));
    const fewer = groupEvents(more, new Map(store).set("4", event("4", "q", "2026-01-01T00:00:05Z")), new Map([["1", store.get("1")!]]));
    expect([...fewer.keys()]).toEqual(["p"]);
  });
});

describe("one tick for many changes", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("runs at once when quiet, then within 100 ms of every change, and not more often than every 50 ms", () => {
    const runs: number[] = [];
    let last = -1;
    const tick = new Tick(systemClock, () => void runs.push(performance.now()));
    const start = performance.now();
    tick.mark();
    vi.advanceTimersByTime(1);
    expect(runs).toHaveLength(1);
    for (let i = 0; i < 1_000; i++) {
      tick.mark();
      last = performance.now();
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(100);
    expect(runs.length).toBeGreaterThan(10);
    expect(runs.length).toBeLessThanOrEqual(22);
    for (let i = 1; i < runs.length; i++) {
      expect(runs[i]! - runs[i - 1]!).toBeLessThanOrEqual(100);
      expect(runs[i]! - runs[i - 1]!).toBeGreaterThanOrEqual(49);
    }
    expect(runs.at(-1)).toBeGreaterThanOrEqual(last);
    expect(runs[0]! - start).toBeLessThanOrEqual(1);
    vi.advanceTimersByTime(10_000);
    const quiet = runs.length;
    tick.mark();
    vi.advanceTimersByTime(1);
    expect(runs.length).toBe(quiet + 1);
  });

  it("goes on after work that failed, and stops when told", () => {
    let runs = 0;
    const tick = new Tick(systemClock, () => {
      runs += 1;
      if (runs === 1) throw new Error("once");
    });
    tick.mark();
    expect(() => vi.advanceTimersByTime(1)).toThrow("once");
    tick.mark();
    vi.advanceTimersByTime(100);
    expect(runs).toBe(2);
    tick.stop();
    tick.mark();
    vi.advanceTimersByTime(100);
    expect(runs).toBe(2);
  });
});

describe("the log", () => {
  it("removes the values of secret keys", () => {
    const lines: string[] = [];
    const log = createLog("info", { write: (line) => void lines.push(line) });
    log.info(
      { token: "planted-1", request: { headers: { authorization: "planted-2" } }, access: { password: "planted-3" }, cluster: "kept" },
      "message",
    );
    expect(lines.join("")).not.toContain("planted");
    expect(lines.join("")).toContain("kept");
  });
});
