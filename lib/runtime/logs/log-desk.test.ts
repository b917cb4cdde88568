import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { known, unknown } from "../../base/known.ts";
import { systemClock } from "../../base/clock.ts";
import { buildJob } from "../../testing/build-job.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { createLog } from "../log.ts";
import { isLogRefused, LogDesk, type Look } from "./log-desk.ts";
import type { LogUpstream } from "./log-feed.ts";
import { openProgress } from "./open-progress.ts";
import { openLog, type LogConnections } from "./open-logs.ts";
import { readContainerLog } from "./read-container-log.ts";
import { readTrace } from "./read-trace.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const look = (change: Partial<Look> = {}): Look => ({
  job: buildJob(),
  source: "gitlab",
  look: "viewer-one",
  from: { address: null, agent: "test" },
  ...change,
});

/** A log that is written by hand. */
class Pipe {
  opened = 0;
  #push: ((chunk: Uint8Array | null) => void) | null = null;
  readonly upstream: LogUpstream = {
    from: "gitlab",
    read: async function* (this: void, signal: AbortSignal) {
      yield* pipe.#read(signal);
    },
  };
  async *#read(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    this.opened += 1;
    const waiting: (Uint8Array | null)[] = [];
    let wake = () => {};
    this.#push = (chunk) => {
      waiting.push(chunk);
      wake();
    };
    signal.addEventListener("abort", () => this.#push?.(null));
    for (;;) {
      const chunk = waiting.shift();
      if (chunk === null) return;
      if (chunk !== undefined) yield chunk;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  write(text: string | null): void {
    this.#push?.(text === null ? null : bytes(text));
  }
}
let pipe = new Pipe();
const quiet = createLog("warn", { write: () => {} });

describe("LogDesk", () => {
  it("reads a log once for all who look, writes down each look once, and lets go of it when nobody looks", async () => {
    pipe = new Pipe();
    const written: string[] = [];
    const clock = new FakeClock();
    const desk = new LogDesk(() => pipe.upstream, clock, createLog("warn", { write: (line) => written.push(line) }));
    const one = desk.follow(look());
    const two = desk.follow(look({ look: "viewer-two" }));
    desk.read(look());
    expect(two.feed).toBe(one.feed);
    await wait(0);
    pipe.write("hello\n");
    await wait(0);
    expect(one.feed.state()).toMatchObject({ state: "live", lines: 1 });
    expect(written.map((line) => JSON.parse(line) as object)).toMatchObject([
      { audit: "log", job: "test/11111111-0000-4000-8000-000000000000", gitlabId: "4711", source: "gitlab", agent: "test" },
      { audit: "log" },
    ]);
    one.leave();
    one.leave();
    clock.advance(120_000);
    expect(desk.read(look())).toBe(one.feed);
    two.leave();
    clock.advance(61_000);
    expect(desk.read(look())).not.toBe(one.feed);
    expect(pipe.opened).toBe(2);
    await desk.stop();
  });

  it("refuses one log more than may be open, and gives up one at which nobody looks", async () => {
    const desk = new LogDesk(() => ({ from: "gitlab", read: async function* () {} }), new FakeClock(), quiet);
    const follow = (uid: string) => desk.follow(look({ job: buildJob({ uid }) }));
    const all = Array.from({ length: 8 }, (_, index) => follow(`job-${index}`));
    expect(() => follow("job-8")).toThrow(/busy/);
    all[3]?.leave();
    expect(() => follow("job-8")).not.toThrow();
    await desk.stop();
  });

  it("tells a viewer how far the log is, and ends with it", async () => {
    pipe = new Pipe();
    const desk = new LogDesk(() => pipe.upstream, systemClock, quiet);
    const reader = openProgress(desk.follow(look()), new AbortController().signal).getReader();
    const next = async () => {
      const { value, done } = await reader.read();
      return done
        ? null
        : (JSON.parse(new TextDecoder().decode(value).slice(6)) as {
            state: string;
            lines: number;
            sectionsFrom: number;
            sections: object[];
          });
    };
    expect(await next()).toMatchObject({ state: "connecting", lines: 0 });
    pipe.write("section_start:1:a\r\u001b[0KFirst\none\n");
    expect(await next()).toMatchObject({ state: "live", lines: 2, sectionsFrom: 0 });
    pipe.write("section_end:2:a\r\u001b[0K\ntwo\n");
    expect(await next()).toMatchObject({ lines: 3, sectionsFrom: 0, sections: [{ to: 2 }] });
    pipe.write(null);
    expect(await next()).toMatchObject({ state: "ended", sectionsFrom: 1 });
    expect(await next()).toBeNull();
    await desk.stop();
  });
});

describe("readTrace", () => {
  const collect = async (upstream: LogUpstream) => {
    let text = "";
    for await (const chunk of upstream.read(new AbortController().signal)) text += new TextDecoder().decode(chunk);
    return text;
  };

  it("reads a growing trace again and again, and gives each byte once", async () => {
    const versions = ["one\n", "one\ntwo\n", "one\ntwo\nthree\n"];
    let read = 0;
    const clock = { ...systemClock, after: (_ms: number, then: () => void) => systemClock.after(0, then) };
    const upstream = readTrace({
      // In chunks that do not end where the version before ended.
      open: async function* () {
        const text = versions[read++] ?? "";
        for (let at = 0; at < text.length; at += 3) yield bytes(text.slice(at, at + 3));
      },
      isOver: () => read === 2,
      clock,
    });
    expect(await collect(upstream)).toBe("one\ntwo\nthree\n");
    expect(read).toBe(3);
  });

  it("says that a trace was erased", async () => {
    let read = 0;
    const clock = { ...systemClock, after: (_ms: number, then: () => void) => systemClock.after(0, then) };
    const upstream = readTrace({
      open: async function* () {
        yield bytes(read++ === 0 ? "a long one\n" : "gone\n");
      },
      isOver: () => false,
      clock,
    });
    await expect(collect(upstream)).rejects.toThrow(/erased/);
  });
});

describe("readContainerLog", () => {
  it("takes a broken stream up where it broke, without the lines that are held", async () => {
    const stamp = (nano: number) => `2026-03-01T12:00:00.${String(nano).padStart(9, "0")}Z`;
    const line = (nano: number) => `${stamp(nano)} line ${nano}\n`;
    const asked: (string | null)[] = [];
    const streams = [
      [line(1), `${line(2)}${line(3).slice(0, 34)}`],
      [`${line(2)}${line(3)}`, line(4)],
    ];
    const upstream = readContainerLog({
      open: (since) => {
        asked.push(since);
        const chunks = streams[asked.length - 1] ?? [];
        return Promise.resolve(
          (async function* () {
            for (const chunk of chunks) yield bytes(chunk);
            if (asked.length === 1) throw Object.assign(new Error("broken"), { status: null });
          })(),
        );
      },
      isOver: () => asked.length === 2,
      clock: { ...systemClock, after: (_ms, then) => systemClock.after(0, then) },
    });
    let text = "";
    for await (const chunk of upstream.read(new AbortController().signal)) text += new TextDecoder().decode(chunk);
    expect(asked).toEqual([null, stamp(2)]);
    expect(text).toBe(`${line(1)}${line(2)}${line(3).slice(0, 34)}\n${line(3)}${line(4)}`);
  });

  it("does not go on when it may not read", async () => {
    const upstream = readContainerLog({
      open: () => Promise.reject(Object.assign(new Error("HTTP 403"), { status: 403 })),
      isOver: () => false,
      clock: systemClock,
    });
    await expect(upstream.read(new AbortController().signal)[Symbol.asyncIterator]().next()).rejects.toThrow(/403/);
  });
});

describe("openLog", () => {
  const traces: string[] = [];
  const connections = (change: Partial<LogConnections> = {}): LogConnections => ({
    allowed: { gitlab: true, pods: true },
    gitlab: {
      baseUrl: "https://gitlab.example",
      trace: async function* (project, id) {
        traces.push(`${project} ${id}`);
        yield bytes("one\n");
      },
    },
    pods: new Map([["test", { open: () => Promise.reject(new Error("not asked")) }]]),
    clock: systemClock,
    close: () => Promise.resolve(),
    ...change,
  });
  const refusal = (open: () => unknown) => {
    try {
      open();
      return null;
    } catch (error) {
      return isLogRefused(error) ? error.reason : "another error";
    }
  };

  it("refuses what is off, what is not connected, and what is not there any more", () => {
    const job = buildJob();
    expect(refusal(() => openLog(connections({ allowed: { gitlab: false, pods: true } }), () => job, "gitlab"))).toBe("off");
    expect(refusal(() => openLog(connections({ allowed: { gitlab: true, pods: false } }), () => job, "pod:build"))).toBe("off");
    expect(refusal(() => openLog(connections({ gitlab: null }), () => job, "gitlab"))).toBe("not-connected");
    expect(refusal(() => openLog(connections(), () => job, "pod:build"))).toBe("pod-gone");
    expect(refusal(() => openLog(connections(), () => buildJob({ deletedAt: null }), "pod:build"))).toBe("no-container");
    const unnamed = buildJob({ gitlab: { ...job.gitlab, id: unknown("not-set") } });
    expect(refusal(() => openLog(connections(), () => unnamed, "gitlab"))).toBe("no-job-number");
  });

  it("asks for the project that the runner's label names, not for the one in an address that a job's author may write", async () => {
    const job = buildJob();
    job.gitlab.url = known("https://gitlab.example/someone/else/-/jobs/4711", "2026-03-01T12:00:00Z", "test");
    for await (const chunk of openLog(connections(), () => job, "gitlab").read(new AbortController().signal)) void chunk;
    expect(traces).toEqual(["7 4711"]);
  });
});
