import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { applyFrame, openState, type LiveState } from "../apply.ts";
import type { Collections } from "../diff.ts";
import { readFrame } from "../envelope.ts";
import type { Entity, Frame, Topic } from "../frame.ts";
import { Hub } from "./hub.ts";
import { openStream } from "./open-stream.ts";
import type { Sink } from "./viewer.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const AT = "2026-03-01T12:00:00Z";
const one = (key: string, value: unknown): Map<string, Entity> => new Map([[key, { key, value } as Entity]]);

function decode(bytes: Uint8Array): Frame {
  const text = new TextDecoder().decode(bytes);
  expect(text.endsWith("\n\n")).toBe(true);
  const frame = readFrame(/^data: (.*)$/m.exec(text)?.[1] ?? "");
  if (frame === null) throw new Error(`not a frame: ${text.slice(0, 80)}`);
  return frame;
}

class TestSink implements Sink {
  readonly got: Uint8Array[] = [];
  closed = false;
  space = 1;
  write(bytes: Uint8Array): void {
    this.got.push(bytes);
  }
  room(): number {
    return this.space;
  }
  close(): void {
    this.closed = true;
  }
  frames(): Frame[] {
    return this.got.map(decode);
  }
  /** What a viewer that applied everything holds. */
  state(start?: LiveState): LiveState {
    let state = start;
    for (const frame of this.frames()) {
      if (state === undefined) {
        if (frame.type === "snapshot") state = openState(frame);
        continue;
      }
      const applied = applyFrame(state, frame);
      if (applied.outcome === "gap") throw new Error(`a frame does not fit: ${JSON.stringify(frame).slice(0, 200)}`);
      state = applied.state;
    }
    if (state === undefined) throw new Error("no snapshot came");
    return state;
  }
}

function hubOf(jobs: Record<string, Collections> = {}) {
  return new Hub({ clock: systemClock, epoch: "e1", job: (key) => jobs[key] ?? null });
}

const content = (sink: TestSink) => sink.frames().filter((frame) => frame.type === "snapshot" || frame.type === "patch");

describe("the hub", () => {
  it("resumes after the snapshot of the first HTML with patches, and with a snapshot when it is too old or of another process", () => {
    const hub = hubOf();
    hub.publish({ jobs: one("a", 1) }, [], AT);
    const first = hub.snapshot("fleet")!;
    hub.publish({ jobs: one("a", 2) }, [], AT);
    hub.publish({ jobs: one("a", 3) }, [], AT);
    const resumed = new TestSink();
    hub.subscribe("fleet", { epoch: "e1", revision: first.revision }, resumed);
    expect(content(resumed).map((frame) => frame.type)).toEqual(["patch", "patch"]);
    expect(resumed.state(openState(first)).collections.jobs).toEqual(one("a", 3));
    for (const holds of [{ epoch: "e0", revision: first.revision }, { epoch: "e1", revision: 999 }, null]) {
      const sink = new TestSink();
      hub.subscribe("fleet", holds, sink);
      expect(content(sink)[0]?.type).toBe("snapshot");
      expect(sink.state().collections.jobs).toEqual(one("a", 3));
    }
    for (let i = 0; i < 1_000; i++) hub.publish({ jobs: one("a", i) }, [], AT);
    const late = new TestSink();
    hub.subscribe("fleet", { epoch: "e1", revision: first.revision }, late);
    expect(content(late)[0]?.type).toBe("snapshot");
    hub.stop();
  });

  it("encodes a frame once: all viewers get the same bytes", () => {
    const hub = hubOf();
    const sinks = Array.from({ length: 20 }, () => new TestSink());
    for (const sink of sinks) hub.subscribe("fleet", null, sink);
    hub.publish({ jobs: one("a", 1) }, [], AT);
    expect(hub.counts.framesEncoded).toBe(1);
    const last = sinks[0]!.got.at(-1);
    expect(sinks.every((sink) => sink.got.at(-1) === last)).toBe(true);
    expect(hub.counts.viewers).toBe(20);
    hub.stop();
  });

  it("lets a slow viewer's queue stay bounded and brings it up to date when it has drained", () => {
    const hub = hubOf();
    const sink = new TestSink();
    const subscription = hub.subscribe("fleet", null, sink)!;
    sink.space = 0;
    const before = sink.got.length;
    for (let i = 0; i < 500; i++) hub.publish({ jobs: one("a", i) }, [], AT);
    expect(sink.got.length).toBe(before);
    subscription.drained();
    expect(sink.got.length).toBe(before);
    sink.space = 1;
    subscription.drained();
    expect(
      sink
        .frames()
        .slice(before)
        .some((frame) => frame.type === "snapshot"),
    ).toBe(true);
    hub.publish({ jobs: one("a", "after") }, [], AT);
    expect(sink.state().collections.jobs).toEqual(one("a", "after"));
    hub.stop();
  });

  it("closes a viewer that reads nothing for more than a minute", () => {
    const hub = hubOf();
    const sink = new TestSink();
    hub.subscribe("fleet", null, sink);
    sink.space = 0;
    vi.advanceTimersByTime(60_000);
    expect(sink.closed).toBe(false);
    vi.advanceTimersByTime(20_000);
    expect(sink.closed).toBe(true);
    hub.stop();
  });

  it("pings every 5 s and tells a source's new state at once", () => {
    const hub = hubOf();
    const sink = new TestSink();
    hub.subscribe("fleet", null, sink);
    vi.advanceTimersByTime(15_000);
    expect(sink.frames().filter((frame) => frame.type === "ping")).toHaveLength(3);
    const report = {
      key: "c/pods",
      cluster: "c",
      source: "kubernetes-pods",
      part: null,
      state: { state: "live", since: AT },
      objects: 1,
      lastHeardAt: AT,
      requestsPerMinute: 1,
      openWatches: 1,
      relists: 0,
      reconnects: 0,
    } as const;
    hub.publish({}, [report], AT);
    expect(sink.frames().at(-1)).toMatchObject({ type: "source", sources: [{ key: "c/pods" }] });
    const count = sink.got.length;
    hub.publish({}, [{ ...report, requestsPerMinute: 2 }], AT);
    expect(sink.got.length).toBe(count);
    vi.advanceTimersByTime(5_000);
    expect(
      sink
        .frames()
        .slice(count)
        .map((frame) => frame.type),
    ).toEqual(["source", "ping"]);
    hub.stop();
  });

  it("holds a job topic only while somebody looks, and never gives one revision two contents", () => {
    const jobs: Record<string, Collections> = { "c/u": { job: one("c/u", 1) } };
    const hub = hubOf(jobs);
    expect(hub.snapshot("job:c/none")).toBeNull();
    expect(hub.subscribe("job:c/none", null, new TestSink())).toBeNull();
    const first = hub.snapshot("job:c/u")!;
    jobs["c/u"] = { job: one("c/u", 2) };
    hub.publish({}, [], AT);
    const sink = new TestSink();
    const subscription = hub.subscribe("job:c/u", { epoch: "e1", revision: first.revision }, sink)!;
    expect(hub.counts.topics).toBe(2);
    expect(sink.state().collections.job).toEqual(one("c/u", 2));
    jobs["c/u"] = { job: one("c/u", 3) };
    hub.publish({}, [], AT);
    expect(sink.state().collections.job).toEqual(one("c/u", 3));
    subscription.leave();
    subscription.leave();
    expect(hub.counts).toMatchObject({ topics: 1, viewers: 0 });
    hub.stop();
  });
});

describe("the stream's body", () => {
  it("leaves nothing behind after 1,000 viewers came and went", async () => {
    const hub = hubOf({ "c/u": { job: one("c/u", 1) } });
    const abort = new AbortController();
    const removed = vi.spyOn(abort.signal, "removeEventListener");
    const added = vi.spyOn(abort.signal, "addEventListener");
    for (let i = 0; i < 1_000; i++) {
      const topic: Topic = i % 2 === 0 ? "fleet" : "job:c/u";
      const body = openStream(hub, topic, null, abort.signal)!;
      const reader = body.getReader();
      await reader.read();
      await reader.cancel();
    }
    expect(hub.counts).toMatchObject({ viewers: 0, topics: 1 });
    expect(added.mock.calls.length).toBe(1_000);
    expect(new Set(removed.mock.calls.map(([, listener]) => listener)).size).toBe(1_000);
    hub.stop();
  });

  it("ends a short answer as soon as the viewer is up to date: a snapshot first, what is new after it, and never nothing", async () => {
    const hub = hubOf();
    hub.publish({ jobs: one("a", 1) }, [], AT);
    const read = async (after: number | null) => {
      const held = after === null ? null : { epoch: "e1", revision: after };
      const text = await new Response(openStream(hub, "fleet", held, new AbortController().signal, true)).text();
      return text
        .split("\n\n")
        .filter(Boolean)
        .map((event) => decode(new TextEncoder().encode(`${event}\n\n`)).type);
    };
    expect(await read(null)).toEqual(["snapshot", "source"]);
    hub.publish({ jobs: one("a", 2) }, [], AT);
    expect(await read(1)).toEqual(["patch", "source"]);
    expect(await read(2)).toEqual(["source"]);
    expect(hub.counts.viewers).toBe(0);
  });

  it("ends with the request and with the hub", async () => {
    const hub = hubOf();
    const abort = new AbortController();
    const gone = openStream(hub, "fleet", null, abort.signal)!.getReader();
    const stays = openStream(hub, "fleet", null, new AbortController().signal)!.getReader();
    abort.abort();
    expect(hub.counts.viewers).toBe(1);
    hub.stop();
    for (const reader of [gone, stays]) {
      let done = false;
      while (!done) ({ done } = await reader.read());
    }
    expect(hub.counts.viewers).toBe(0);
    expect(openStream(hub, "fleet", null, new AbortController().signal)).toBeNull();
  });

  it("gives a reader that stalls one snapshot instead of all it missed", async () => {
    const hub = hubOf();
    const reader = openStream(hub, "fleet", null, new AbortController().signal)!.getReader();
    const big = "x".repeat(100_000);
    for (let i = 0; i < 200; i++) hub.publish({ jobs: one("a", `${i}${big}`) }, [], AT);
    // Reading starts only now: what waits is bounded by the queue (256 KiB) and one frame.
    const frames: Frame[] = [];
    while (frames.at(-1)?.type !== "source" || frames.length < 4) {
      const { value } = await reader.read();
      frames.push(decode(value!));
    }
    expect(frames.filter((frame) => frame.type === "patch").length).toBeLessThan(5);
    expect(frames.at(-2)).toMatchObject({ type: "snapshot", revision: 200 });
    hub.stop();
  });
});
