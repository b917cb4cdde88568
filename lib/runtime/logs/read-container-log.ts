import type { Clock } from "../../base/clock.ts";
import { Backoff, pause } from "../../base/retry.ts";
import type { LogUpstream } from "./log-feed.ts";

const NEWLINE = 0x0a;
/** A kubelet's stamp is shorter. */
const STAMP_LENGTH = 40;

export interface ContainerLogSource {
  /** Follows the container's output from a time on. Throws errors with an HTTP `status` (number or null). */
  open: (since: string | null, signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;
  /** Whether the container will write no more. */
  isOver: () => boolean;
  clock: Clock;
}

/** What a container writes. A stream that breaks is taken up where it broke: the lines of that moment that are held are left out. */
export function readContainerLog({ open, isOver, clock }: ContainerLogSource): LogUpstream {
  async function* read(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const backoff = new Backoff({ baseMs: 1_000, maxMs: 15_000, minMs: 500, random: Math.random });
    const last = new LastStamp();
    for (;;) {
      const over = isOver();
      try {
        const stream = await open(last.value, signal);
        // The line that broke off ends here; it comes again, whole.
        yield last.open ? new Uint8Array([NEWLINE]) : new Uint8Array();
        for await (const chunk of last.value === null ? stream : skipKnown(stream, last.value)) {
          last.see(chunk);
          backoff.reset();
          yield chunk;
        }
        if (over || isOver()) return;
      } catch (error) {
        signal.throwIfAborted();
        if (over || !isPassing(error)) throw error;
      }
      await pause(clock, backoff.next(), signal);
      signal.throwIfAborted();
    }
  }
  return { from: "kubelet", read };
}

/** 400: the container has not started. No status: the connection broke. 5xx: the node did not answer. Others stay as they are. */
function isPassing(error: unknown): boolean {
  const { status } = error as { status?: number | null };
  return status == null || status === 400 || status === 429 || status >= 500;
}

/** The stamp of the last line that came whole. */
class LastStamp {
  value: string | null = null;
  /** Something of a line whose end has not come. */
  open = false;
  #head = "";

  see(chunk: Uint8Array): void {
    const lastEnd = chunk.lastIndexOf(NEWLINE);
    if (lastEnd !== -1) {
      const begin = lastEnd === 0 ? -1 : chunk.lastIndexOf(NEWLINE, lastEnd - 1);
      this.#take(begin === -1 ? this.#head : "", chunk.subarray(begin + 1, lastEnd));
      const stamp = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) /.exec(this.#head);
      if (stamp?.[1] !== undefined) this.value = stamp[1];
      this.#head = "";
    }
    this.#take(this.#head, chunk.subarray(lastEnd + 1));
    this.open = this.#head !== "";
  }

  #take(head: string, bytes: Uint8Array): void {
    this.#head = (head + Buffer.from(bytes.subarray(0, STAMP_LENGTH)).toString("latin1")).slice(0, STAMP_LENGTH);
  }
}

/** Leaves out the lines whose stamp is not after `stamp`. */
async function* skipKnown(stream: AsyncIterable<Uint8Array>, stamp: string): AsyncGenerator<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0);
  let skipping = true;
  for await (const chunk of stream) {
    if (!skipping) {
      yield chunk;
      continue;
    }
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(NEWLINE); end !== -1 && skipping; end = rest.indexOf(NEWLINE)) {
      const at = rest.subarray(0, STAMP_LENGTH).toString("latin1").split(" ")[0] ?? "";
      if (isAfter(at, stamp)) skipping = false;
      else rest = rest.subarray(end + 1);
    }
    if (!skipping) yield rest;
  }
}

/** Nanoseconds do not fit a number: the same second is compared by its digits. */
function isAfter(a: string, b: string): boolean {
  const [msA, msB] = [Date.parse(a), Date.parse(b)];
  if (Number.isNaN(msA)) return false;
  return msA === msB ? fraction(a) > fraction(b) : msA > msB;
}

const fraction = (stamp: string) => (/\.(\d+)/.exec(stamp)?.[1] ?? "").padEnd(9, "0");
