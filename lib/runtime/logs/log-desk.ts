import type { Clock } from "../../base/clock.ts";
import { valueOf } from "../../base/known.ts";
import type { Job } from "../../fleet/schema.ts";
import type { LogSection, LogSource } from "../../logs/schema.ts";
import type { Log } from "../log.ts";
import { LogFeed, type LogUpstream } from "./log-feed.ts";

/** Logs that are open at the same time. Each holds at most MAX_PACKED_BYTES, about 100 MB of ordinary text. */
const MOST_FEEDS = 8;
const MAX_PACKED_BYTES = 16_000_000;
const MAX_BYTES = 1_000_000_000;
/** A log at which nobody looks any more is let go after this. */
const IDLE_MS = 60_000;

/** Why a log is not shown; the page and the API have words for each. */
export type LogRefusal = "off" | "not-connected" | "no-job-number" | "no-container" | "pod-gone" | "busy" | "recording";

export class LogRefused extends Error {
  override readonly name = "LogRefused";
  readonly reason: LogRefusal;

  constructor(reason: LogRefusal) {
    super(`The log is not shown: ${reason}.`);
    this.reason = reason;
  }
}

/** By name: Next evaluates a module several times. */
export function isLogRefused(error: unknown): error is LogRefused {
  return error instanceof Error && error.name === "LogRefused";
}

/** One look. `look` is the viewer's own random name for it: the same look is written down once. */
export interface Look {
  /** As it was found, in memory or in the history. */
  job: Job;
  source: LogSource;
  look: string | null;
  /** What the request says of its sender; a proxy may have written it. */
  from: { address: string | null; agent: string | null };
}

interface Held {
  feed: LogFeed;
  viewers: number;
  looks: Set<string>;
  cancelIdle: () => void;
}

/** Hands out logs: one upstream for all who look at the same, nothing kept when nobody does, and a line in our own log for each look. */
export class LogDesk {
  readonly #upstream: (job: Job, source: LogSource) => LogUpstream;
  readonly #clock: Clock;
  readonly #audit: Log;
  readonly #onSections: (job: Job, sections: readonly LogSection[]) => void;
  readonly #held = new Map<string, Held>();

  /** `upstream` throws LogRefused. `onSections`: told the sections of a trace whenever it grows. */
  constructor(
    upstream: (job: Job, source: LogSource) => LogUpstream,
    clock: Clock,
    log: Log,
    onSections: (job: Job, sections: readonly LogSection[]) => void = () => {},
  ) {
    this.#onSections = onSections;
    this.#upstream = upstream;
    this.#clock = clock;
    // Whatever RUNNERSCOPE_LOG_LEVEL is: who looked is not a detail.
    this.#audit = log.child({ audit: "log" }, { level: "info" });
  }

  /** The log for one answer. Throws LogRefused. */
  read(look: Look): LogFeed {
    const held = this.#open(look);
    if (held.viewers === 0) this.#idle(this.#nameOf(look), held);
    return held.feed;
  }

  /** The log for as long as somebody follows it. Throws LogRefused. */
  follow(look: Look): { feed: LogFeed; leave: () => void } {
    const held = this.#open(look);
    held.viewers += 1;
    held.cancelIdle();
    let gone = false;
    const leave = () => {
      if (gone) return;
      gone = true;
      held.viewers -= 1;
      if (held.viewers === 0) this.#idle(this.#nameOf(look), held);
    };
    return { feed: held.feed, leave };
  }

  async stop(): Promise<void> {
    const all = [...this.#held.values()];
    this.#held.clear();
    for (const held of all) held.cancelIdle();
    await Promise.allSettled(all.map(({ feed }) => feed.stop()));
  }

  readonly #nameOf = ({ job, source }: Look) => `${source} ${job.key}`;

  #open(look: Look): Held {
    const name = this.#nameOf(look);
    const held = this.#held.get(name) ?? this.#begin(name, look);
    this.#write(held, look);
    return held;
  }

  #begin(name: string, { job, source }: Look): Held {
    const upstream = this.#upstream(job, source);
    if (this.#held.size >= MOST_FEEDS) this.#makeRoom();
    const feed = new LogFeed(upstream, { maxPackedBytes: MAX_PACKED_BYTES, maxBytes: MAX_BYTES }, this.#clock);
    const held = { feed, viewers: 0, looks: new Set<string>(), cancelIdle: () => {} };
    this.#held.set(name, held);
    if (source === "gitlab") feed.onChange(() => this.#onSections(job, feed.text.sections));
    return held;
  }

  /** The log that was opened first among those at which nobody looks. */
  #makeRoom(): void {
    const idle = [...this.#held].find(([, { viewers }]) => viewers === 0);
    if (idle === undefined) throw new LogRefused("busy");
    this.#drop(idle[0], idle[1]);
  }

  #idle(name: string, held: Held): void {
    held.cancelIdle();
    held.cancelIdle = this.#clock.after(IDLE_MS, () => this.#drop(name, held));
  }

  #drop(name: string, held: Held): void {
    held.cancelIdle();
    if (this.#held.get(name) === held) this.#held.delete(name);
    void held.feed.stop();
  }

  #write(held: Held, { job, source, look, from }: Look): void {
    if (look !== null && held.looks.has(look)) return;
    if (look !== null) held.looks.add(look);
    this.#audit.info({ job: job.key, gitlabId: valueOf(job.gitlab.id), source, ...from }, "a log was looked at");
  }
}
