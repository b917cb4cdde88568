import { describe, expect, it } from "vitest";
import { keepReflectors } from "../../testing/live-reflector.ts";
import { RULE, rawThing, settle } from "../../testing/scripted-api.ts";
import { ApiError, errorOfStatus } from "./api-error.ts";

const { open, live } = keepReflectors();

describe("the reflector", () => {
  it("lists, watches from there with bookmarks and a bounded time, and is live", async () => {
    const { api, clock, reflector, uids, state } = open();
    expect(reflector.report()).toMatchObject({ objects: null, lastHeardAt: null, openWatches: 0 });
    reflector.start();
    await settle();
    const query = new URLSearchParams(api.last.path.split("?")[1]);
    expect(Object.fromEntries(query)).toEqual({ watch: "true", allowWatchBookmarks: "true", resourceVersion: "10", timeoutSeconds: "390" });
    api.last.send("ADDED", rawThing("b", 11));
    await settle();
    expect(uids()).toEqual(["a", "b"]);
    expect(reflector.report()).toMatchObject({ objects: 2, openWatches: 1, relists: 0, reconnects: 0, requestsPerMinute: 2 });
    const since = state();
    clock.advance(61_000);
    expect(reflector.report().requestsPerMinute).toBe(0);
    expect(state()).toBe(since);
  });

  it("resumes after an orderly end from the last version that a bookmark told, without alarm", async () => {
    const { api, clock, reflector, state } = await live();
    const { since } = state() as { since: string };
    api.last.bookmark(40);
    await settle();
    clock.advance(10_000);
    api.last.push(null);
    await settle();
    expect(api.streams.map((stream) => stream.version)).toEqual(["10", "40"]);
    expect(state()).toEqual({ state: "live", since });
    expect(reflector.report()).toMatchObject({ reconnects: 1, relists: 0, openWatches: 1 });
  });

  it("is stale while a reset watch waits, holds what it has, and heals", async () => {
    const { api, clock, state, uids } = await live();
    api.last.send("MODIFIED", rawThing("a", 12));
    await settle();
    api.last.push('{"type":"ADDED","object":{"meta');
    api.last.push(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
    await settle();
    expect(state()).toMatchObject({ state: "stale", lastError: { code: "unreachable" }, retryAt: "2026-03-01T12:00:00.400Z" });
    expect(uids()).toEqual(["a"]);
    clock.advance(400);
    await settle();
    expect(state().state).toBe("live");
    expect(api.last.version).toBe("12");
    expect(api.lists).toBe(1);
  });

  it("has failed while nothing is held, waits longer and longer, and never gives up", async () => {
    const { api, clock, reflector, state } = open();
    api.listErrors = Array.from({ length: 40 }, () => new ApiError("tls", "CERT_HAS_EXPIRED: certificate has expired"));
    reflector.start();
    await settle();
    const waits: number[] = [];
    for (let i = 0; i < 40; i++) {
      const failed = state();
      expect(failed).toMatchObject({ state: "failed", since: "2026-03-01T12:00:00.000Z", error: { code: "tls" } });
      waits.push(clock.nextIn!);
      clock.advance(clock.nextIn!);
      await settle();
    }
    expect(waits.slice(0, 7)).toEqual([400, 800, 1_600, 3_200, 6_400, 12_800, 15_000]);
    expect(waits.at(-1)).toBe(15_000);
    expect(state().state).toBe("live");
    expect(api.lists).toBe(41);
  });

  it("waits as long as the server asks for", async () => {
    const { api, clock, state } = await live();
    api.openErrors = [errorOfStatus(429, null, 7_000)];
    api.last.push(new ApiError("unreachable", "reset"));
    await settle();
    clock.advance(400);
    await settle();
    expect(state()).toMatchObject({ state: "stale", lastError: { code: "throttled" } });
    clock.advance(6_999);
    await settle();
    expect(state().state).toBe("stale");
    clock.advance(1);
    await settle();
    expect(state().state).toBe("live");
  });

  it("lists again after 410, as a status and as an event, and reports what was missed", async () => {
    const { api, clock, reflector, gone, uids, state } = await live();
    api.objects = [rawThing("b", 21)];
    api.version = 30;
    api.last.send("ERROR", { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" });
    await settle();
    expect([gone, uids(), state().state]).toEqual([[["a", "missed"]], ["b"], "live"]);
    expect(api.last.version).toBe("30");
    api.last.bookmark(31);
    await settle();
    api.openErrors = [errorOfStatus(410, null)];
    clock.advance(10_000);
    api.last.push(null);
    await settle();
    expect(reflector.report()).toMatchObject({ relists: 2, state: { state: "live" } });
  });

  it("does not list in a loop when each new version is too old at once", async () => {
    const { api, clock, state } = await live();
    api.openErrors = Array.from({ length: 50 }, () => errorOfStatus(410, null));
    clock.advance(10_000);
    api.last.push(null);
    await settle();
    expect(api.lists).toBe(2);
    expect(state()).toMatchObject({ state: "stale", lastError: { code: "server" } });
    const from = clock.monotonic();
    for (let i = 0; i < 12; i++) {
      clock.advance(clock.nextIn!);
      await settle();
    }
    expect(clock.monotonic() - from).toBeGreaterThan(60_000);
  });

  it("counts a watch that is closed at once as a failure, and shows no live flicker", async () => {
    const { api, clock, state } = await live();
    api.closes = true;
    clock.advance(10_000);
    api.last.push(null);
    await settle();
    for (let i = 0; i < 10; i++) {
      expect(state()).toMatchObject({ state: "stale", lastError: { code: "protocol" } });
      clock.advance(clock.nextIn!);
      await settle();
    }
    expect(api.streams.length).toBeLessThan(13);
    api.closes = false;
    clock.advance(clock.nextIn!);
    await settle();
    expect(state().state).toBe("stale");
    clock.advance(5_000);
    expect(state().state).toBe("live");
  });

  it("says which rule is missing, waits, and heals without a restart", async () => {
    let told = 0;
    const { api, clock, reflector, state } = open({ onForbidden: () => (told += 1) });
    api.listErrors = [errorOfStatus(403, { message: "things is forbidden" }), errorOfStatus(403, null)];
    reflector.start();
    await settle();
    expect(state()).toEqual({ state: "forbidden", since: "2026-03-01T12:00:00.000Z", rule: RULE });
    expect(reflector.report().objects).toBeNull();
    clock.advance(5_000);
    await settle();
    expect([state().state, told, clock.nextIn]).toEqual(["forbidden", 1, 10_000]);
    reflector.retryNow();
    await settle();
    expect(state().state).toBe("live");
    api.openErrors = [errorOfStatus(403, null)];
    clock.advance(6_000);
    api.last.push(null);
    await settle();
    expect(state()).toMatchObject({ state: "forbidden", rule: { verbs: ["watch"] } });
  });

  it("waits when the right is known to be missing, and then tries by itself", async () => {
    const { api, clock, reflector, state } = open({ refused: true });
    reflector.start();
    await settle();
    expect([state().state, api.lists]).toEqual(["forbidden", 0]);
    clock.advance(5_000);
    await settle();
    expect(state().state).toBe("live");
  });

  it("skips what cannot be read and goes on; a listener that throws stops nothing", async () => {
    const { api, reflector, uids, logged } = await live({
      onChange() {
        throw new Error("listener");
      },
    });
    api.last.send("ADDED", { metadata: { resourceVersion: "11" } });
    api.last.send("ADDED", rawThing("b", 12));
    await settle();
    expect([uids(), reflector.unreadable, reflector.report().state.state]).toEqual([["a", "b"], 1, "live"]);
    expect(logged).toContain("an object could not be read and is skipped");
    api.last.send("DELETED", { metadata: { uid: "b", resourceVersion: "13" } });
    await settle();
    expect(uids()).toEqual(["a"]);
  });

  it("does not mind a wall clock that jumps", async () => {
    const { api, clock, state } = await live({ times: { silenceMs: 1_000 } });
    clock.jump(7_200_000);
    clock.advance(500);
    api.last.bookmark(11);
    await settle();
    clock.jump(-86_400_000);
    clock.advance(900);
    await settle();
    expect([api.streams.length, state().state]).toEqual([1, "live"]);
  });

  it("leaves no timer behind when it stops, whatever it was doing", async () => {
    for (const act of [
      async () => {},
      async ({ api }: Awaited<ReturnType<typeof live>>) => {
        api.last.push(new ApiError("unreachable", "reset"));
        await settle();
      },
    ]) {
      const all = await live();
      await act(all);
      expect(all.clock.pending).toBeGreaterThan(0);
      await all.reflector.stop();
      expect(all.clock.pending).toBe(0);
      expect(all.api.last.signal.aborted).toBe(true);
    }
  });
});
