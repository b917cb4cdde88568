import { describe, expect, it } from "vitest";
import { keepReflectors } from "../../testing/live-reflector.ts";
import { rawThing, settle } from "../../testing/scripted-api.ts";

const { live } = keepReflectors();

describe("the stream of a watch", () => {
  it("finds a half-open connection by its silence; a slow one is not silent", async () => {
    const { api, clock, state } = await live({ times: { silenceMs: 1_000 } });
    api.last.bookmark(11);
    await settle();
    for (const byte of Buffer.from(`${JSON.stringify({ type: "ADDED", object: rawThing("slow", 12) })}\n`)) {
      clock.advance(900);
      api.last.push(Uint8Array.of(byte));
      await settle();
    }
    expect([api.streams.length, state().state]).toEqual([1, "live"]);
    clock.advance(1_101);
    await settle();
    expect(state()).toMatchObject({ state: "stale", lastError: { code: "timeout" } });
    clock.advance(400);
    await settle();
    expect([api.streams.length, api.last.version, state().state]).toEqual([2, "12", "stale"]);
    expect(api.streams[0]!.signal.aborted).toBe(true);
    // Only what comes through proves that something does.
    clock.advance(900);
    expect(state().state).toBe("stale");
    api.last.bookmark(13);
    await settle();
    expect(state().state).toBe("live");
  });

  it("resumes quietly when a watch without bookmarks is silent", async () => {
    const { api, clock, state } = await live({ times: { silenceMs: 90_000 } });
    const before = state();
    clock.advance(90_100);
    await settle();
    expect(api.streams).toHaveLength(2);
    expect(state()).toEqual(before);
    clock.advance(90_100);
    await settle();
    expect(state()).toMatchObject({ state: "stale", lastError: { code: "timeout" } });
  });

  it("resumes quietly for ever where bookmarks are not sure to come", async () => {
    const { api, clock, state } = await live({ bookmarksExpected: false });
    const before = state();
    for (let i = 0; i < 10; i++) {
      clock.advance(90_100);
      await settle();
    }
    expect(api.streams).toHaveLength(11);
    expect(state()).toEqual(before);
  });

  it("looks once more when this process was too busy to read", async () => {
    const { api, clock, state } = await live({ times: { silenceMs: 1_000 } });
    api.last.bookmark(11);
    await settle();
    clock.advance(1_050);
    api.last.bookmark(12);
    await settle();
    clock.advance(900);
    await settle();
    expect([api.streams.length, state().state]).toEqual([1, "live"]);
  });

  it("reads a garbled line once more from the last good version, then lists", async () => {
    const { api, clock, state, uids } = await live();
    api.objects = [rawThing("a", 1), rawThing("g", 19)];
    api.last.push(`${JSON.stringify({ type: "ADDED", object: rawThing("b", 11) })}\n{"type":"ADD\u0000\n`);
    await settle();
    expect(uids()).toEqual(["a", "b"]);
    expect(state()).toMatchObject({ state: "stale", lastError: { code: "protocol" } });
    clock.advance(400);
    await settle();
    expect([api.last.version, api.lists]).toEqual(["11", 1]);
    api.last.push("<html>\n");
    await settle();
    clock.advance(clock.nextIn!);
    await settle();
    expect(api.lists).toBe(2);
    expect(uids()).toEqual(["a", "g"]);
    api.last.bookmark(50);
    await settle();
    expect(state().state).toBe("live");
  });
});
