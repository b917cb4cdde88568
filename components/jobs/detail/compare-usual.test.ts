import { describe, expect, it } from "vitest";
import { compareUsual } from "./compare-usual.ts";

describe("compareUsual", () => {
  const usual = [
    { phase: "starting" as const, ms: 5_000, runs: 20 },
    { phase: "script" as const, ms: 60_000, runs: 20 },
    { phase: "cleanup" as const, ms: 1_000, runs: 3 },
  ];

  it("names the phase that lost the most", () => {
    const rows = [
      { phase: "starting" as const, tookMs: 40_000 },
      { phase: "script" as const, tookMs: 200_000 },
      { phase: "cleanup" as const, tookMs: 9_000 },
    ];
    const { byPhase, worst } = compareUsual(rows, usual);
    expect(worst).toEqual({ phase: "script", tookMs: 200_000, usualMs: 60_000, runs: 20 });
    expect([...byPhase.values()].map(({ long }) => long)).toEqual([true, true, false]);
  });

  it("calls nothing long that is not known, or not much", () => {
    const rows = [
      { phase: "starting" as const, tookMs: null },
      { phase: "script" as const, tookMs: 110_000 },
    ];
    expect(compareUsual(rows, usual).worst).toBeNull();
    expect(compareUsual(rows, []).byPhase.size).toBe(0);
  });
});
