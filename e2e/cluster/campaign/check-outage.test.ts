import { describe, expect, test } from "vitest";
import { checkOutages, unseenEndings, type AfterAll } from "./check-outage.ts";
import type { Outage } from "./disturbance.ts";

const iso = (ms: number) => new Date(ms).toISOString();
const restart: Outage = { kind: "restart", fromMs: 100_000, toMs: 130_000, endedBefore: new Set(["old"]) };
const gap = { cluster: "bed", from: iso(99_000), to: iso(127_000) };

function after(deletedAtMs: number, ending: string | null, change: Partial<AfterAll> = {}): AfterAll {
  const truth = { draw: { index: 0, name: "normal" }, pod: { uid: "u", name: "p", deletedAtMs } };
  return {
    truths: [truth],
    jobs: new Map([[0, ending === null ? null : { ending }]]),
    rows: new Map(["old", "u"].map((uid) => [uid, {}])),
    gaps: [gap],
    ...change,
  } as unknown as AfterAll;
}

describe("after an outage", () => {
  test("a gap that is said, and all that ended before: no complaint", () => {
    expect(checkOutages([restart], after(50_000, "watched"))).toEqual([]);
    expect(checkOutages([restart], after(110_000, null))).toEqual([]);
  });
  test("no gap, a wrong gap, a lost job, an end that was watched and is said to be missed", () => {
    expect(checkOutages([restart], after(50_000, "watched", { gaps: [] }))[0]).toMatch(/no gap/);
    expect(checkOutages([restart], after(50_000, "watched", { gaps: [{ ...gap, from: iso(60_000) }] }))[0]).toMatch(/no gap/);
    const rows = new Map([["u", {}]]) as unknown as AfterAll["rows"];
    expect(checkOutages([restart], after(50_000, "watched", { rows }))[0]).toMatch(/1 of 1 jobs/);
    expect(checkOutages([restart], after(50_000, "missed"))[0]).toMatch(/missed, though it was watched/);
  });
  test("an end while the product was dead may be missed or unknown, never watched; a cut watch may tell it late", () => {
    expect(unseenEndings([restart], after(110_000, "watched")).claimed).toHaveLength(1);
    expect(unseenEndings([restart], after(110_000, "missed"))).toMatchObject({ said: 1, claimed: [] });
    expect([...unseenEndings([restart], after(110_000, null)).absent]).toEqual([0]);
    const cut: Outage = { ...restart, kind: "cut", toMs: 180_000 };
    expect(unseenEndings([cut], after(110_000, "watched"))).toMatchObject({ late: 1, claimed: [] });
    expect(unseenEndings([restart], after(50_000, "watched"))).toMatchObject({ said: 0, late: 0, claimed: [] });
  });
});
