// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Frame, SnapshotFrame } from "../frame.ts";
import { Connection, SILENCE_MS } from "./connection.ts";
import { LiveStore } from "./live-store.ts";
import { readEvents } from "./read-events.ts";

const AT = "2026-03-01T12:00:00.000Z";
const encoder = new TextEncoder();

/** A server of which each test holds the ends of the streams. */
class FakeServer {
  readonly urls: string[] = [];
  /** The open ones. */
  readonly streams: ReadableStreamDefaultController<Uint8Array>[] = [];
  refuse = false;
  fetch = ((url: string, init: RequestInit) => {
    this.urls.push(url);
    if (this.refuse) return Promise.reject(new TypeError("refused"));
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.streams.push(controller);
        init.signal?.addEventListener("abort", () => {
          this.streams.splice(this.streams.indexOf(controller), 1);
          controller.error(new Error("aborted"));
        });
      },
    });
    return Promise.resolve(new Response(body));
  }) as unknown as typeof fetch;
  send(frame: Frame): void {
    this.streams.at(-1)?.enqueue(encoder.encode(`data: ${JSON.stringify(frame)}\n\n`));
  }
}

const ping = (revision: number): Frame => ({ type: "ping", epoch: "e1", at: AT, revision });
const snapshot = (revision: number, jobs: { key: string }[] = [], epoch = "e1"): SnapshotFrame => ({
  type: "snapshot",
  epoch,
  at: AT,
  topic: "fleet",
  revision,
  entities: { jobs },
  sources: [],
});
const patch = (from: number, key: string): Frame => ({
  type: "patch",
  epoch: "e1",
  at: AT,
  from,
  revision: from + 1,
  upsert: { jobs: [{ key }] },
  remove: {},
});
const settle = () => vi.advanceTimersByTimeAsync(1);

let server: FakeServer;
beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(AT) });
  server = new FakeServer();
  vi.stubGlobal("fetch", server.fetch);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("events of a stream", () => {
  it("are the same however the bytes are cut", async () => {
    const text = `id: e:1\ndata: {"a":"ä🚀"}\n\n: comment\n\ndata: b\n\ndata: ${"x".repeat(50)}\n\ndata: cut`;
    for (const size of [1, 2, 3, 7, 1_000]) {
      const bytes = encoder.encode(text);
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let i = 0; i < bytes.length; i += size) controller.enqueue(bytes.slice(i, i + size));
          controller.close();
        },
      });
      const got: string[] = [];
      for await (const data of readEvents(body)) got.push(data);
      expect(got).toEqual(['{"a":"ä🚀"}', "b", "x".repeat(50)]);
    }
  });
});

describe("a connection", () => {
  const open = (onFrame: (frame: Frame) => "applied" | "ignored" | "gap" = () => "applied") => {
    const states: string[] = [];
    const connection = new Connection({
      url: "/s?topic=fleet",
      position: () => ({ epoch: "e1", revision: 7 }),
      onFrame,
      onState: (state) => void states.push(state),
      fetch: server.fetch,
      random: () => 1,
    });
    connection.start();
    return { connection, states };
  };

  it("resumes after what is held, and is dead after 15 s of silence", async () => {
    const { connection, states } = open();
    await settle();
    expect(server.urls).toEqual(["/s?topic=fleet&epoch=e1&after=7"]);
    server.send(ping(7));
    await settle();
    expect(states.at(-1)).toBe("live");
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 10);
    expect(states.at(-1)).toBe("live");
    await vi.advanceTimersByTimeAsync(20);
    expect(states.at(-1)).toBe("disconnected");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.urls).toHaveLength(2);
    connection.stop();
  });

  it("asks for a snapshot after a gap, and does not do so in a tight loop", async () => {
    const { connection } = open(() => "gap");
    await settle();
    for (let i = 0; i < 20; i++) {
      server.send(ping(9));
      await settle();
    }
    expect(server.urls[1]).toBe("/s?topic=fleet");
    expect(server.urls.length).toBeLessThan(4);
    connection.stop();
  });

  it("backs off with growing delays that end at 10 s, and tries at once when asked", async () => {
    server.refuse = true;
    const { connection, states } = open();
    await vi.advanceTimersByTimeAsync(60_000);
    const tries = server.urls.length;
    expect(tries).toBeGreaterThan(6);
    expect(tries).toBeLessThan(14);
    connection.retryNow();
    expect(server.urls.length).toBe(tries + 1);
    server.refuse = false;
    connection.check();
    connection.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.urls.length).toBe(tries + 1);
    expect(states).toContain("disconnected");
  });
});

describe("the live store", () => {
  const shown = (store: LiveStore) => [...(store.state.collections.jobs?.keys() ?? [])];

  it("shows patches, holds them back while paused, and shows all on resume", async () => {
    const store = new LiveStore(snapshot(1, [{ key: "a" }]), "/s?topic=fleet");
    const listener = vi.fn<() => void>();
    store.subscribe(listener);
    const stop = store.start();
    await settle();
    server.send(patch(1, "b"));
    await settle();
    expect(shown(store)).toEqual(["a", "b"]);
    expect(store.connection.state).toBe("live");
    const jobs = store.state.collections.jobs;
    server.send(ping(2));
    await settle();
    expect(store.state.collections.jobs).toBe(jobs);
    await vi.advanceTimersByTimeAsync(2_000);
    store.pause();
    const pausedAt = store.now();
    expect(store.connection).toMatchObject({ state: "paused", since: pausedAt });
    server.send(patch(2, "c"));
    server.send(patch(3, "d"));
    await settle();
    expect(shown(store)).toEqual(["a", "b"]);
    expect(store.connection.pausedChanges).toBe(2);
    store.resume();
    expect(shown(store)).toEqual(["a", "b", "c", "d"]);
    expect(store.connection).toMatchObject({ state: "live", pausedChanges: 0 });
    stop();
  });

  it("asks for a snapshot when a patch is missing or the server is another one", async () => {
    const store = new LiveStore(snapshot(1, [{ key: "a" }]), "/s?topic=fleet");
    const stop = store.start();
    await settle();
    server.send(patch(5, "z"));
    await settle();
    expect(server.urls).toEqual(["/s?topic=fleet&epoch=e1&after=1", "/s?topic=fleet"]);
    server.send(snapshot(0, [{ key: "q" }], "e2"));
    await settle();
    expect(shown(store)).toEqual(["q"]);
    stop();
  });

  it("renders nothing while hidden, closes the stream after a minute and resumes when looked at", async () => {
    const store = new LiveStore(snapshot(1), "/s?topic=fleet");
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(false);
    const stop = store.start();
    await settle();
    server.send(ping(1));
    await settle();
    const listener = vi.fn<() => void>();
    store.subscribe(listener);
    hidden.mockReturnValue(true);
    document.dispatchEvent(new Event("visibilitychange"));
    server.send(patch(1, "b"));
    await settle();
    expect(listener).not.toHaveBeenCalled();
    for (let i = 0; i < 13; i++) {
      server.send(ping(2));
      await vi.advanceTimersByTimeAsync(5_000).catch(() => {});
      if (i >= 11) break;
    }
    hidden.mockReturnValue(false);
    document.dispatchEvent(new Event("visibilitychange"));
    await settle();
    expect(shown(store)).toEqual(["b"]);
    expect(server.urls.at(-1)).toBe("/s?topic=fleet&epoch=e1&after=2");
    expect(server.urls).toHaveLength(2);
    hidden.mockRestore();
    stop();
  });
});
