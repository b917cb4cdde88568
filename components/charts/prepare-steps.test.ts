import { describe, expect, it } from "vitest";
import { prepareGaps, prepareScale, prepareSteps } from "./prepare-steps.ts";

describe("steps", () => {
  it("are drawn as stairs, closed to the ground as areas", () => {
    expect(prepareSteps([0, 5, 5, 10], 10)).toEqual({
      lines: ["M0 100H250V50H750V0H1000"],
      areas: ["M0 100H250V50H750V0H1000V100H0Z"],
      last: 10,
    });
  });

  it("end where nothing is known: no line across, none at 0", () => {
    const { lines, last } = prepareSteps([4, null, null, 2], 4);
    expect(lines).toEqual(["M0 0H250", "M750 50H1000"]);
    expect(last).toBe(2);
    expect(prepareSteps([4, null], 4).last).toBeNull();
    expect(prepareSteps([null, null], 4)).toEqual({ lines: [], areas: [], last: null });
  });

  it("tell the stretches in which nothing is known", () => {
    expect(prepareGaps([null, 1, null, null])).toEqual([
      { from: 0, to: 0.25 },
      { from: 0.5, to: 1 },
    ]);
    expect(prepareGaps([0, 0])).toEqual([]);
  });
});

it.each([
  [0, 4, [2]],
  [3, 4, [2]],
  [30, 33.6, [10, 20, 30]],
  [11_000, 12_320, [5_000, 10_000]],
])("a scale for up to %d", (highest, top, ticks) => {
  const scale = prepareScale(highest);
  expect(scale.top).toBeCloseTo(top);
  expect(scale.ticks).toEqual(ticks);
});
