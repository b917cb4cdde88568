import { expect, it } from "vitest";
import { prepareAxis, shareOf } from "./prepare-axis.ts";

it("puts ticks at round times since T+0, also when the axis begins later", () => {
  const axis = prepareAxis(58_000, 200_000, 0);
  expect(axis.ticks.map((tick) => tick.ms)).toEqual([60_000, 90_000, 120_000, 150_000, 180_000]);
  expect(axis.ticks[0]?.share).toBeCloseTo(2 / 142);
});

it("never has more ticks than asked for, whatever the length", () => {
  for (const seconds of [1, 7, 59, 61, 600, 3_601, 100_000, 4_000_000]) {
    const { ticks } = prepareAxis(0, seconds * 1_000, 0, 5);
    expect(ticks.length).toBeLessThanOrEqual(6);
    expect(ticks.length).toBeGreaterThan(0);
  }
});

it("is at least a second long and keeps places inside", () => {
  const axis = prepareAxis(1_000, 1_000, 1_000);
  expect(axis.toMs).toBe(2_000);
  expect([shareOf(axis, 0), shareOf(axis, 1_500), shareOf(axis, 9_000)]).toEqual([0, 0.5, 1]);
});
