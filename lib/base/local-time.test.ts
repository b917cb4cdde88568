import { describe, expect, it } from "vitest";
import { fullMoment, isTimeZone, localDay, localMoment, localTime, zoneName } from "./local-time.ts";

const noon = Date.parse("2026-11-24T13:26:08.500Z");
const where = { timeZone: "Europe/Berlin", locale: "en", today: "2026-11-24" };

describe("local time", () => {
  it("writes the time of day alone on the same day", () => expect(localMoment(noon, where)).toBe("14:26:08"));
  it("adds the date on another day, the year in another year", () => {
    expect(localMoment(noon, { ...where, today: "2026-11-25" })).toBe("Nov 24 14:26:08");
    expect(localMoment(noon, { ...where, today: "2026-11-25", locale: "zh-CN" })).toBe("11月24日 14:26:08");
    expect(localMoment(noon, { ...where, today: "2027-01-01" })).toBe("Nov 24, 2026 14:26:08");
  });
  it("midnight is 00, not 24", () => expect(localTime(Date.parse("2026-11-24T00:00:01Z"), "UTC")).toBe("00:00:01"));
  it("the day is the zone's day", () => {
    const late = Date.parse("2026-11-24T23:30:00Z");
    expect([localDay(late, "UTC"), localDay(late, "Asia/Shanghai")]).toEqual(["2026-11-24", "2026-11-25"]);
    expect(fullMoment(late, "Asia/Shanghai")).toBe("2026-11-25 07:30:00 GMT+8 · 2026-11-24 23:30:00 UTC");
  });
  it("says zone and UTC", () => {
    expect(fullMoment(noon, "Europe/Berlin")).toBe("2026-11-24 14:26:08 CET · 13:26:08 UTC");
    expect(fullMoment(noon, "UTC")).toBe("2026-11-24 13:26:08 UTC");
    expect(zoneName(Date.parse("2026-07-01T00:00:00Z"), "Europe/Berlin")).toBe("CEST");
  });
  it("has no time for what could not be read", () => {
    expect(localMoment(Number.NaN, where)).toBe("–");
    expect(fullMoment(Number.NaN, "UTC")).toBe("–");
  });
  it("knows zones from other text", () => {
    expect([isTimeZone("Asia/Shanghai"), isTimeZone("UTC"), isTimeZone("Mars/Base"), isTimeZone(""), isTimeZone("<script>")]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
