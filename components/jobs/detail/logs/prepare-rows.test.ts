import { describe, expect, it } from "vitest";
import type { LogSection } from "@/lib/logs/schema.ts";
import { prepareRows } from "./prepare-rows.ts";

const section = (from: number, to: number | null, depth = 0): LogSection => ({
  name: "s",
  header: "s",
  from,
  to,
  startMs: 0,
  endMs: null,
  depth,
  collapsed: false,
});

/** The plain way: every line, one by one. */
function plainRows(first: number, last: number, sections: readonly LogSection[], folded: ReadonlySet<number>): number[] {
  const lines = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  return lines.filter((line) => !sections.some(({ from, to }) => folded.has(from) && line > from && line <= (to ?? last)));
}

describe("prepareRows", () => {
  it("folds sections behind their headers, also nested ones and one that is open", () => {
    const sections = [section(2, 9), section(4, 6, 1), section(12, null)];
    for (const folded of [[], [4], [2], [2, 4], [12], [4, 12]]) {
      const rows = prepareRows(1, 15, sections, new Set(folded));
      const plain = plainRows(1, 15, sections, new Set(folded));
      expect(rows.count).toBe(plain.length);
      expect(plain.map((_, row) => rows.lineOf(row))).toEqual(plain);
      for (const [row, line] of plain.entries()) expect(rows.rowOf(line)).toBe(row);
    }
    expect(prepareRows(1, 15, sections, new Set([2])).rowOf(5)).toBe(1);
  });

  it("begins where the log still begins", () => {
    const rows = prepareRows(5, 15, [section(2, 9)], new Set([2]));
    expect(rows.count).toBe(6);
    expect(rows.lineOf(0)).toBe(10);
  });

  it("has no rows for a log without lines", () => {
    expect(prepareRows(1, 0, [], new Set()).count).toBe(0);
  });
});
