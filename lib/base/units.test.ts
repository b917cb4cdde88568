import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatBytesIn,
  formatCount,
  formatCpu,
  formatDurationMs,
  formatShare,
  formatShortDurationMs,
  formatTPlus,
} from "./units.ts";

/** Tests are read with ordinary spaces. */
const plain = (text: string) => {
  expect(text).not.toMatch(/[ \u00a0]/);
  return text.replaceAll("\u202f", " ");
};
const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [1, "1 B"],
    [1023, "1 023 B"],
    [1024, "1 KiB"],
    [512 * MIB, "512 MiB"],
    [12.5 * MIB, "12.5 MiB"],
    [1.43 * GIB, "1.43 GiB"],
    [2 * GIB, "2 GiB"],
    [2 * GIB + MIB, "2.00 GiB"],
    [1024 * GIB, "1 TiB"],
    [-1.5 * GIB, "−1.50 GiB"],
    [1024 ** 6, "1 024 PiB"],
  ])("%d bytes are %s", (bytes, text) => expect(plain(formatBytes(bytes))).toBe(text));

  it("never writes 1 024 of a unit that has a next one", () => {
    expect(plain(formatBytes(1024 ** 2 - 1))).toBe("1.0 MiB");
    expect(plain(formatBytes(1024 ** 3 - 1))).toBe("1.00 GiB");
  });

  it("has no figure for what is no number", () => expect(formatBytes(Number.NaN)).toBe("–"));
});

describe("formatCpu", () => {
  it.each([
    [0, "0"],
    [500, "0.50"],
    [1_800, "1.80"],
    [1_999, "2.00"],
    [2_000, "2"],
    [16_000, "16"],
    [5, "0.005"],
    [10, "0.01"],
    [-250, "−0.25"],
  ])("%d millicores are %s", (millicores, text) => expect(plain(formatCpu(millicores))).toBe(text));
});

describe("formatShortDurationMs", () => {
  it.each([
    [0, "0s"],
    [-5_000, "0s"],
    [59_999, "59s"],
    [60_000, "1m"],
    [3_599_999, "59m"],
    [3_600_000, "1h"],
    [172_800_000, "2d"],
    [Number.NaN, "–"],
  ])("%d ms are %s", (ms, text) => expect(formatShortDurationMs(ms)).toBe(text));
});

describe("formatDurationMs", () => {
  it.each([
    [0, "0 s"],
    [40, "0 s"],
    [400, "0.4 s"],
    [1_000, "1 s"],
    [2_340, "2.3 s"],
    [9_949, "9.9 s"],
    [9_960, "9.9 s"],
    [10_000, "10 s"],
    [10_900, "10 s"],
    [59_999, "59 s"],
    [60_000, "1 m 00 s"],
    [124_000, "2 m 04 s"],
    [252_000, "4 m 12 s"],
    [3_600_000, "1 h 00 m"],
    [3_900_000, "1 h 05 m"],
    [86_399_000, "23 h 59 m"],
    [183_600_000, "2 d 03 h"],
    [-3_000, "−3 s"],
    [-10, "0 s"],
  ])("%d ms are %s", (ms, text) => expect(plain(formatDurationMs(ms))).toBe(text));

  it("has no figure for a time that could not be read", () => expect(formatDurationMs(Date.parse(""))).toBe("–"));
});

describe("formatTPlus, formatShare, formatCount", () => {
  it.each([
    [0, "T+0 s"],
    [171_400, "T+171 s"],
    [3_600_000, "T+3 600 s"],
    [-2_000, "T−2 s"],
  ])("%d ms are %s", (ms, text) => expect(plain(formatTPlus(ms))).toBe(text));

  it.each([
    [0, "0 %"],
    [0.31, "31 %"],
    [0.004, "< 1 %"],
    [0.999, "> 99 %"],
    [1, "100 %"],
    [12.5, "1 250 %"],
  ])("%d is %s", (share, text) => expect(plain(formatShare(share))).toBe(text));

  it.each([
    [37, "37"],
    [48_212, "48 212"],
    [-1_234_567, "−1 234 567"],
  ])("%d is %s", (count, text) => expect(plain(formatCount(count))).toBe(text));
});

describe("formatBytesIn", () => {
  const GIB = 2 ** 30;
  it.each([
    [1.43 * GIB, 2 * GIB, "1.43"],
    [300 * 2 ** 20, GIB, "0.29"],
    [3 * 2 ** 20, 256 * 2 ** 20, "3"],
    [3.25 * 2 ** 20, 256 * 2 ** 20, "3.3"],
    [130 * 2 ** 20, 256 * 2 ** 20, "130"],
    [2 * GIB, 2 * GIB, "2"],
    [0, 2 * GIB, "0"],
    [1_000, 256 * GIB, "<\u202f0.01"],
    [300, 512, "300"],
    [Number.NaN, GIB, "–"],
  ])("%d of %d → %s", (bytes, whole, text) => expect(formatBytesIn(bytes, whole)).toBe(text));
});
