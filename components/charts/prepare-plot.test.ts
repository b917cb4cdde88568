import { describe, expect, it } from "vitest";
import { prepareAxis } from "./prepare-axis.ts";
import { pointAt, prepareBands, preparePlot } from "./prepare-plot.ts";

const NONE = { limit: null, request: null };
const axis = prepareAxis(0, 100_000, 0);
/** Points 15 s apart from second 0 on; `at` replaces the seconds. */
const points = (values: readonly (number | null)[], at = values.map((_, index) => index * 15)) =>
  values.map((value, index) => ({ fromMs: (at[index - 1] ?? at[0] ?? 0) * 1_000, toMs: (at[index] ?? 0) * 1_000, value }));

describe("preparePlot", () => {
  it("begins at 0 and leaves the limit a fifth of room", () => {
    const plot = preparePlot(points([0, 100]), axis, { limit: 100, request: 50 });
    expect(plot.top).toBe(125);
    expect(plot.lines).toEqual(["M0 100L150 20"]);
    expect(plot.areas).toEqual(["M0 100L150 20L150 100L0 100Z"]);
  });

  it("makes room for what passes the limit, and needs no limit", () => {
    expect(preparePlot(points([0, 300]), axis, { limit: 100, request: null }).top).toBeGreaterThan(300);
    expect(preparePlot(points([0, 40]), axis, NONE).top).toBe(50);
    expect(preparePlot(points([0, 0]), axis, NONE).top).toBe(1);
  });

  it("ends the line where a value was not measured, and never draws it as 0", () => {
    const plot = preparePlot(points([10, 20, null, 30, 40]), axis, NONE);
    expect(plot.lines).toHaveLength(2);
    expect(plot.dots.split("M")).toHaveLength(5);
    expect(plot.lines.join("")).not.toContain(" 100");
  });

  it("never reaches across missing samples, and says where they miss", () => {
    const plot = preparePlot(points([10, 20, 30, 40], [0, 15, 80, 95]), axis, NONE);
    expect(plot.gaps).toEqual([{ fromMs: 15_000, toMs: 80_000 }]);
    expect(plot.lines).toHaveLength(2);
  });

  it("takes old points that were joined in pairs for what they are", () => {
    const at = [0, 60, 120, 180, 210, 240, 255, 270];
    expect(preparePlot(points([1, 1, 1, 1, 1, 1, 1, 1], at), prepareAxis(0, 300_000, 0), NONE).gaps).toEqual([]);
    const torn = [0, 60, 120, 420, 450, 480];
    expect(preparePlot(points([1, 1, 1, 1, 1, 1], torn), prepareAxis(0, 500_000, 0), NONE).gaps).toEqual([
      { fromMs: 120_000, toMs: 420_000 },
    ]);
  });

  it("shows a lone sample as a dot without a line", () => {
    const plot = preparePlot(points([10]), axis, NONE);
    expect(plot.lines).toEqual([]);
    expect(plot.dots).toContain("h0");
  });
});

describe("prepareBands", () => {
  const step = (from: number, to: number, throttledShare: number | null) => ({ fromMs: from * 1_000, toMs: to * 1_000, throttledShare });

  it("joins throttled steps in a row and weighs their shares by time", () => {
    expect(prepareBands([step(0, 10, 0.2), step(10, 40, 0.6), step(40, 50, 0.01), step(50, 60, 0.3)])).toEqual([
      { fromMs: 0, toMs: 40_000, share: 0.5 },
      { fromMs: 50_000, toMs: 60_000, share: 0.3 },
    ]);
  });

  it("has none without a quota", () => {
    expect(prepareBands([step(0, 10, null), step(10, 20, null)])).toEqual([]);
  });
});

it("reads the point whose step holds the time, and nothing beyond", () => {
  const list = points([1, 2, 3]);
  expect(pointAt(list, 20_000)?.value).toBe(3);
  expect(pointAt(list, 15_000)?.value).toBe(2);
  expect(pointAt(list, 50_000)).toBeNull();
  expect(pointAt(list, 33_000, 5_000)?.value).toBe(3);
});
