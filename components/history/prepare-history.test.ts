import { describe, expect, it } from "vitest";
import type { HistoryGap } from "@/lib/history/schema.ts";
import { buildHistoryRow } from "@/lib/testing/build-history.ts";
import { fromLocalInput, mergeGaps, sinceOf, toLocalInput } from "./prepare-history.ts";

const at = (minutes: number) => new Date(Date.parse("2026-03-01T12:00:00Z") + minutes * 60_000).toISOString();
const row = (minutes: number) => buildHistoryRow({ uid: `u-${minutes}`, endedAt: at(minutes) });
const gap = (from: number, to: number, cluster = "test"): HistoryGap => ({ cluster, from: at(from), to: at(to) });
const rows = [row(50), row(30), row(10)];
const keysOf = (lines: ReturnType<typeof mergeGaps>) => lines.map((line) => (line.type === "gap" ? "gap" : line.row.uid));

describe("mergeGaps", () => {
  it("puts a gap where it ended, between the jobs before and after it", () => {
    expect(keysOf(mergeGaps(rows, [gap(35, 40)], {}, false))).toEqual(["u-50", "gap", "u-30", "u-10"]);
    expect(keysOf(mergeGaps(rows, [gap(55, 60), gap(11, 20)], {}, false))).toEqual(["gap", "u-50", "u-30", "gap", "u-10"]);
  });

  it("shows a gap older than the last job only when nothing older comes", () => {
    expect(keysOf(mergeGaps(rows, [gap(1, 5)], {}, true))).toEqual(["u-50", "u-30", "u-10"]);
    expect(keysOf(mergeGaps(rows, [gap(1, 5)], {}, false))).toEqual(["u-50", "u-30", "u-10", "gap"]);
  });

  it("leaves out gaps of other times and clusters than asked for", () => {
    expect(keysOf(mergeGaps(rows, [gap(35, 40)], { since: at(45) }, false))).not.toContain("gap");
    expect(keysOf(mergeGaps(rows, [gap(35, 40)], { until: at(30) }, false))).not.toContain("gap");
    expect(keysOf(mergeGaps(rows, [gap(35, 40, "other")], { cluster: "test" }, false))).not.toContain("gap");
    expect(keysOf(mergeGaps(rows, [gap(35, 40, "other")], {}, false))).toContain("gap");
  });
});

describe("times of the form", () => {
  it("writes a moment in the reader's zone", () => {
    expect(toLocalInput("2026-03-01T23:30:00Z", "Asia/Shanghai")).toBe("2026-03-02T07:30");
    expect(toLocalInput(undefined, "UTC")).toBe("");
    expect(toLocalInput("no time", "UTC")).toBe("");
  });

  it("reads it back, and nothing out of nothing", () => {
    const text = "2026-03-01T12:00";
    expect(fromLocalInput(text)).toBe(new Date(text).toISOString());
    expect(fromLocalInput("")).toBeNull();
  });

  it("begins a range at a whole minute", () => {
    expect(sinceOf(1, Date.parse("2026-03-01T12:00:59Z"))).toBe("2026-03-01T11:00:00.000Z");
  });
});
