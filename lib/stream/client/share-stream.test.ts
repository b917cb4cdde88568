import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { applyFrame, openState, snapshotOf, type LiveState } from "../apply.ts";
import type { Frame, SnapshotFrame } from "../frame.ts";
import { SharedStream } from "./share-stream.ts";

const AT = "2026-03-01T12:00:00.000Z";
const start: SnapshotFrame = { type: "snapshot", epoch: "e1", at: AT, topic: "fleet", revision: 1, entities: { jobs: [] }, sources: [] };
const patch = (from: number): Frame => ({
  type: "patch",
  epoch: "e1",
  at: AT,
  from,
  revision: from + 1,
  upsert: { jobs: [{ key: `k${from}` }] },
  remove: {},
});

/** Web Locks of one browser: one holder, the others wait in order. */
class FakeLocks {
  readonly #queue: (() => Promise<void>)[] = [];
  #busy = false;
  request(_name: string, { signal }: { signal: AbortSignal }, work: () => Promise<void> | void): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("AbortError")));
      this.#queue.push(async () => {
        if (!signal.aborted) await work();
        resolve();
      });
      void this.#next();
    });
  }
  async #next(): Promise<void> {
    if (this.#busy) return;
    const work = this.#queue.shift();
    if (work === undefined) return;
    this.#busy = true;
    await Promise.resolve();
    await work();
    this.#busy = false;
    void this.#next();
  }
}

const channels = new Set<FakeChannel>();
let deaf = false;
class FakeChannel {
  readonly #listeners: ((event: { data: unknown }) => void)[] = [];
  constructor() {
    channels.add(this);
  }
  addEventListener(_type: string, listener: (event: { data: unknown }) => void): void {
    this.#listeners.push(listener);
  }
  postMessage(data: unknown): void {
    const copy: unknown = structuredClone(data);
    if (!deaf)
      for (const other of channels)
        if (other !== this) queueMicrotask(() => other.#listeners.forEach((listener) => listener({ data: copy })));
  }
  close(): void {
    channels.delete(this);
  }
}

let streams: { url: string; controller: ReadableStreamDefaultController<Uint8Array> }[] = [];
const serve = ((url: string, init: RequestInit) => {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const stream = { url, controller };
      streams.push(stream);
      init.signal?.addEventListener("abort", () => {
        streams = streams.filter((one) => one !== stream);
        controller.error(new Error("aborted"));
      });
    },
  });
  return Promise.resolve(new Response(body));
}) as unknown as typeof fetch;

function send(frame: Frame): void {
  for (const { controller } of streams) controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(frame)}\n\n`));
}

function tab() {
  const states: string[] = [];
  const own = { state: openState(start) as LiveState, states, stream: null as unknown as SharedStream };
  own.stream = new SharedStream({
    url: "/s?topic=fleet",
    fetch: serve,
    random: () => 1,
    position: () => own.state,
    snapshot: () => snapshotOf(own.state),
    onFrame(frame) {
      const { state, outcome } = applyFrame(own.state, frame);
      own.state = state;
      return outcome;
    },
    onState: (state) => void states.push(state),
  });
  own.stream.start();
  return own;
}

const settle = () => vi.advanceTimersByTimeAsync(5);

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(AT) });
  streams = [];
  deaf = false;
  channels.clear();
  vi.stubGlobal("navigator", { locks: new FakeLocks() });
  vi.stubGlobal("BroadcastChannel", FakeChannel);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("tabs of one browser", () => {
  it("share one stream, and the next one goes on where the first stopped", async () => {
    const tabs = [tab(), tab(), tab()];
    await settle();
    expect(streams).toHaveLength(1);
    send(patch(1));
    await settle();
    for (const one of tabs) expect(one.state.revision).toBe(2);
    for (const one of tabs) expect(one.states.at(-1)).toBe("live");
    tabs[0]?.stream.stop();
    await settle();
    expect(streams.map((stream) => stream.url)).toEqual(["/s?topic=fleet&epoch=e1&after=2"]);
    send(patch(2));
    await settle();
    expect(tabs.map((one) => one.state.revision)).toEqual([2, 3, 3]);
    tabs.forEach((one) => one.stream.stop());
    expect(channels.size).toBe(0);
    await settle();
    expect(streams).toHaveLength(0);
  });

  it("a late tab gets what it missed from the tab that leads", async () => {
    const first = tab();
    await settle();
    send(patch(1));
    await settle();
    const late = tab();
    await settle();
    expect(late.state.revision).toBe(2);
    expect([...(late.state.collections.jobs?.keys() ?? [])]).toEqual(["k1"]);
    expect(streams).toHaveLength(1);
    first.stream.stop();
    late.stream.stop();
  });

  it("a tab that hears nothing opens its own stream, and closes it when the leader is back", async () => {
    const leader = tab();
    const other = tab();
    await settle();
    deaf = true;
    for (let i = 0; i < 4; i++) {
      send({ type: "ping", epoch: "e1", at: AT, revision: 1 });
      await vi.advanceTimersByTimeAsync(5_000);
    }
    expect(streams).toHaveLength(2);
    deaf = false;
    send(patch(1));
    await settle();
    expect(streams).toHaveLength(1);
    expect([leader.state.revision, other.state.revision]).toEqual([2, 2]);
    leader.stream.stop();
    other.stream.stop();
  });

  it("without Web Locks each has its own stream", async () => {
    vi.stubGlobal("navigator", {});
    const tabs = [tab(), tab()];
    await settle();
    expect(streams).toHaveLength(2);
    tabs.forEach((one) => one.stream.stop());
  });
});
