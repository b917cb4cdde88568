import { describe, expect, it } from "vitest";
import { readBytes, readMillicores, readQuantity } from "./read-quantity.ts";

describe("readQuantity", () => {
  it.each([
    ["0", 0],
    ["2", 2],
    ["100m", 0.1],
    ["1.5", 1.5],
    [".5", 0.5],
    ["5.", 5],
    ["+3", 3],
    ["-3", -3],
    ["250u", 0.00025],
    ["12345678n", 0.012345678],
    ["1k", 1e3],
    ["1M", 1e6],
    ["1G", 1e9],
    ["1T", 1e12],
    ["1P", 1e15],
    ["1E", 1e18],
    ["1Ki", 1024],
    ["1Mi", 1024 ** 2],
    ["1.5Gi", 1.5 * 1024 ** 3],
    ["1Ti", 1024 ** 4],
    ["1Pi", 1024 ** 5],
    ["1Ei", 1024 ** 6],
    ["1e3", 1000],
    ["12E2", 1200],
    ["1E-3", 0.001],
    ["24581692Ki", 24_581_692 * 1024],
  ])("reads %s", (text, value) => {
    expect(readQuantity(text)).toBeCloseTo(value, 12);
  });

  it.each([
    "",
    " ",
    "1 Gi",
    "1gi",
    "1KI",
    "1K",
    "Mi",
    "1e",
    "e3",
    "1e3Ki",
    "0x10",
    "1_000",
    "NaN",
    "Infinity",
    "--1",
    "1e999",
    "1".repeat(80),
    null,
    undefined,
    {},
    Number.NaN,
  ])("is null for %j", (raw) => {
    expect(readQuantity(raw)).toBeNull();
  });
});

describe("readMillicores and readBytes", () => {
  it("gives millicores without binary noise", () => {
    expect(readMillicores("1.1")).toBe(1100);
    expect(readMillicores("200m")).toBe(200);
    expect(readMillicores("12345678n")).toBe(12.345678);
    expect(readMillicores(2)).toBe(2000);
  });

  it("rounds bytes up, as Kubernetes does", () => {
    expect(readBytes("128974848000m")).toBe(128_974_848);
    expect(readBytes("1m")).toBe(1);
    expect(readBytes("512Mi")).toBe(536_870_912);
    expect(readBytes("1.1Ki")).toBe(1127);
  });

  it("keeps unknown unknown: garbage and negative amounts are null, never 0", () => {
    expect([readMillicores("-1"), readBytes("-1Gi"), readMillicores("lots"), readBytes(undefined)]).toEqual([null, null, null, null]);
  });
});
