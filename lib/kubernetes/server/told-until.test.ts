import { describe, expect, it } from "vitest";
import { FakeClock } from "../../testing/fake-clock.ts";
import { keepReflectors } from "../../testing/live-reflector.ts";
import { rawThing, settle } from "../../testing/scripted-api.ts";
import { ApiError, errorOfStatus } from "./api-error.ts";
import { ToldUntil } from "./told-until.ts";

const { live } = keepReflectors();
const START = "2026-03-01T12:00:00.000Z";
const after = (seconds: number) => new Date(Date.parse(START) + seconds * 1_000).toISOString();

/** A reflector whose deletions come with their bounds. */
async function watching() {
  const told: [uid: string, at: string, after: string | null][] = [];
  const all = await live({ onGone: ({ record }, at, since) => void told.push([record.uid, at, since]) });
  return { ...all, told };
}

describe("what goes", () => {
  it("has no bound while the watch runs, however long it was quiet", async () => {
    const { api, clock, told } = await watching();
    clock.advance(50_000);
    api.last.send("DELETED", rawThing("a", 12));
    await settle();
    expect(told).toEqual([["a", after(50), null]]);
  });

  it("went between the last word of the watch and the new list, when that no longer has it", async () => {
    const { api, clock, told } = await watching();
    clock.advance(20_000);
    api.last.bookmark(11);
    await settle();
    clock.advance(15_000);
    api.objects = [];
    api.version = 30;
    api.openErrors = [errorOfStatus(410, null)];
    api.last.push(new ApiError("timeout", "no answer"));
    await settle();
    clock.advance(clock.nextIn ?? 0);
    await settle();
    expect(told).toHaveLength(1);
    expect(told[0]?.[2]).toBe(after(20));
    expect(Date.parse(told[0]?.[1] ?? "")).toBeGreaterThanOrEqual(Date.parse(after(35)));
  });

  it("is told late by a watch that resumes after silence, and at once by one that was reset just now", async () => {
    for (const [error, bound] of [
      [new ApiError("timeout", "no answer"), after(20)],
      [new ApiError("unreachable", "ECONNRESET"), null],
    ] as const) {
      const { api, clock, told } = await watching();
      clock.advance(20_000);
      api.last.bookmark(11);
      await settle();
      clock.advance(15_000);
      api.last.push(error);
      await settle();
      clock.advance(clock.nextIn ?? 0);
      await settle();
      api.last.send("DELETED", rawThing("a", 12));
      await settle();
      expect(told.map(([uid, , since]) => [uid, since])).toEqual([["a", bound]]);
    }
  });
});

describe("the bound of what is told late", () => {
  it("holds for the first seconds of a watch that resumed, and no longer", () => {
    const clock = new FakeClock();
    const told = new ToldUntil(clock);
    expect([told.after, told.afterList]).toEqual([null, null]);
    told.listed(new Date(clock.now()).toISOString());
    const listed = told.afterList;
    told.opened();
    expect(told.after).toBeNull();
    told.ended(true);
    clock.advance(60_000);
    told.opened();
    told.heard();
    expect([told.after, told.afterList]).toEqual([listed, listed]);
    clock.advance(3_001);
    told.heard();
    expect([told.after, told.afterList]).toEqual([null, new Date(clock.now()).toISOString()]);
  });
});
