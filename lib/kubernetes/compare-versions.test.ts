import { expect, it } from "vitest";
import { compareVersions } from "./compare-versions.ts";

it("orders decimal versions of any length, and nothing else", () => {
  expect(compareVersions("9", "10")).toBeLessThan(0);
  expect(compareVersions("18446744073709551615", "18446744073709551614")).toBeGreaterThan(0);
  expect(compareVersions("1000", "1000")).toBe(0);
  expect(compareVersions("abc", "abc")).toBe(0);
  for (const [a, b] of [
    ["abc", "10"],
    ["010", "9"],
    ["", "1"],
    ["1.5", "2"],
    ["-1", "1"],
  ] as const)
    expect(compareVersions(a, b)).toBeNull();
});
