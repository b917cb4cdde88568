import type { Clock } from "../../base/clock.ts";
import { pause } from "../../base/retry.ts";
import type { LogUpstream } from "./log-feed.ts";

/** GitLab's own page asks every 3 s; a trace is always sent whole, so a long one is asked for the more seldom. */
const LEAST_WAIT_MS = 3_000;
const LONGEST_WAIT_MS = 60_000;
/** At most this share of the time is spent reading again what is held already. */
const WAIT_PER_READ = 5;

export interface TraceAsk {
  /** The whole trace as GitLab has it now. */
  open: (signal: AbortSignal) => AsyncIterable<Uint8Array>;
  /** Whether the job is over, so that what comes now is whole. */
  isOver: () => boolean;
  clock: Clock;
}

/** GitLab's trace of a job, read again and again until the job is over; each byte is given on once. */
export function readTrace({ open, isOver, clock }: TraceAsk): LogUpstream {
  async function* read(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let held = 0;
    for (;;) {
      const over = isOver();
      const from = clock.monotonic();
      let position = 0;
      for await (const chunk of open(signal)) {
        const known = Math.min(chunk.byteLength, Math.max(0, held - position));
        position += chunk.byteLength;
        if (known < chunk.byteLength) yield chunk.subarray(known);
      }
      if (position < held) throw new Error("GitLab has less of this log now than before: it was erased there.");
      held = position;
      if (over) return;
      yield new Uint8Array();
      const tookMs = clock.monotonic() - from;
      await pause(clock, Math.min(LONGEST_WAIT_MS, Math.max(LEAST_WAIT_MS, tookMs * WAIT_PER_READ)), signal);
      signal.throwIfAborted();
    }
  }
  return { from: "gitlab", read };
}
