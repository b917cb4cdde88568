import { describe, expect, it } from "vitest";
import { placeRows, ROW_PX, scrollTopFor } from "./place-rows.ts";

describe("placeRows", () => {
  it("draws what is in sight and a little around it", () => {
    expect(placeRows(1_000, 0, 240)).toMatchObject({ from: 0, to: 23, topPx: 0, totalPx: 24_000 });
    expect(placeRows(1_000, 12_000, 240)).toMatchObject({ from: 488, to: 523, topPx: 488 * ROW_PX });
    expect(placeRows(3, 0, 180)).toMatchObject({ from: 0, to: 3 });
  });

  it.each([1_000, 700_000, 3_000_000])("reaches the first and the last of %i rows, and any row between", (count) => {
    const { totalPx } = placeRows(count, 0, 540);
    expect(totalPx).toBeLessThanOrEqual(12_000_000);
    expect(placeRows(count, 0, 540).from).toBe(0);
    const end = placeRows(count, totalPx - 540, 540);
    expect(end.to).toBe(count);
    expect(end.topPx + (end.to - end.from) * ROW_PX).toBeCloseTo(totalPx, 3);
    for (const row of [0, 1, Math.floor(count / 3), count - 1]) {
      const top = scrollTopFor(row, count, 540);
      const { from, to, topPx } = placeRows(count, top, 540);
      expect(row).toBeGreaterThanOrEqual(from);
      expect(row).toBeLessThan(to);
      const y = topPx + (row - from) * ROW_PX - top;
      expect(y).toBeGreaterThanOrEqual(-ROW_PX);
      expect(y).toBeLessThanOrEqual(540);
    }
  });
});
