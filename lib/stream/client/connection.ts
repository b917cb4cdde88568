import type { Frame } from "../frame.ts";
import { readFrame } from "../envelope.ts";
import { readEvents } from "./read-events.ts";

/** A stream that says nothing for this long is dead: the server pings every 5 s. */
export const SILENCE_MS = 15_000;
/** Between two short answers, where something on the way holds the stream back. */
export const POLL_MS = 2_000;
/** After so many short answers the stream itself is tried again, and given up when nothing comes over it for PROBE_MS: the server speaks at once. */
const POLLS_BEFORE_PROBE = 15;
export const PROBE_MS = 3_000;
const BACKOFF_BASE_MS = 500;
/** Below SILENCE_MS, so that tabs which listen to this one hear of every failed try in time. */
const BACKOFF_MAX_MS = 10_000;

export type LinkState = "connecting" | "live" | "disconnected";

export interface ConnectionOptions {
  /** Address of the stream with its topic; the position is added as `epoch` and `after`. */
  url: string;
  /** What is held, so that the stream resumes after it; null asks for a snapshot. */
  position(): { epoch: string; revision: number } | null;
  /** Takes one frame; "gap" makes the connection ask for a snapshot. */
  onFrame(frame: Frame): "applied" | "ignored" | "gap";
  /** `retryAt` in milliseconds since the epoch of this machine, only while disconnected. `polled`: live by short answers, not by the stream. */
  onState(state: LinkState, retryAt: number | null, polled: boolean): void;
  fetch?: typeof fetch;
  random?: () => number;
}

/**
 * One stream, reopened for as long as it is started. Back-off with full jitter, from 0.5 s doubling to 10 s. Where an open stream brings nothing at all,
 * a proxy may be collecting it: then answers that end at once (`once=1`) are asked for every 2 s; the stream is tried again now and then, and when an answer fails.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  #abort: AbortController | null = null;
  #retry: ReturnType<typeof setTimeout> | null = null;
  #watchdog: ReturnType<typeof setTimeout> | null = null;
  #attempt = 0;
  #lastHeard = 0;
  #wantsSnapshot = false;
  /** Asks for short answers. */
  #polls = false;
  /** Short answers since the stream was tried last. */
  #polled = 0;
  /** Something came over the request that is open. */
  #spoke = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.#abort !== null || this.#retry !== null;
  }

  start(): void {
    if (!this.running) this.#open();
  }

  stop(): void {
    this.#close();
    this.#polls = false;
    this.#attempt = 0;
  }

  /** Connects now instead of at the end of the back-off; a living stream is left alone. */
  retryNow(): void {
    if (this.#retry === null) return;
    this.#attempt = 0;
    this.#close();
    this.#open();
  }

  /** After sleep, on a change of network or when the tab comes back: reopens at once if the stream was silent too long. */
  check(): void {
    if (this.#retry !== null) this.retryNow();
    else if (this.#abort !== null && Date.now() - this.#lastHeard > SILENCE_MS) this.#fail(this.#abort);
  }

  #close(): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    if (this.#watchdog !== null) clearTimeout(this.#watchdog);
    this.#retry = this.#watchdog = null;
    const abort = this.#abort;
    this.#abort = null;
    abort?.abort();
  }

  /** The request that is open, or comes next, tries whether the stream comes through again. */
  get #probes(): boolean {
    return this.#polls && this.#polled >= POLLS_BEFORE_PROBE;
  }

  #open(): void {
    const abort = new AbortController();
    this.#abort = abort;
    this.#spoke = false;
    this.#listen(abort);
    if (!this.#polls) this.#options.onState("connecting", null, false);
    this.#read(abort).then(
      () => this.#over(abort),
      () => this.#fail(abort),
    );
  }

  async #read(abort: AbortController): Promise<void> {
    const response = await (this.#options.fetch ?? fetch)(this.#address(), {
      signal: abort.signal,
      cache: "no-store",
      headers: { accept: "text/event-stream" },
    });
    if (!response.ok || response.body === null) return;
    for await (const data of readEvents(response.body)) {
      if (this.#abort !== abort) return;
      this.#spoke = true;
      if (this.#probes) this.#polls = false;
      this.#listen(abort);
      const frame = readFrame(data);
      if (frame === null) return;
      this.#wantsSnapshot = this.#options.onFrame(frame) === "gap";
      if (this.#wantsSnapshot) return this.#reopen(abort);
      this.#attempt = 0;
      this.#options.onState("live", null, this.#polls);
    }
  }

  /** The answer has ended: as it should when it was to be a short one. */
  #over(abort: AbortController): void {
    if (this.#abort !== abort) return;
    if (!this.#polls || !this.#spoke) return this.#fail(abort);
    this.#close();
    this.#polled += 1;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#open();
    }, POLL_MS);
  }

  /** Nothing came for too long. If nothing came at all, the other way of asking is tried. */
  #silent(abort: AbortController): void {
    if (this.#abort !== abort) return;
    if (this.#probes) {
      this.#polled = 0;
      this.#close();
      return this.#open();
    }
    const polls = this.#spoke ? this.#polls : !this.#polls;
    this.#fail(abort);
    this.#polls = polls;
    this.#polled = 0;
  }

  #reopen(abort: AbortController): void {
    if (this.#abort !== abort) return;
    // A server that answers every request with something that does not fit must not be asked in a tight loop.
    if (this.#attempt > 0) return this.#fail(abort);
    this.#attempt = 1;
    this.#close();
    this.#open();
  }

  #address(): string {
    const position = this.#wantsSnapshot ? null : this.#options.position();
    const query = new URLSearchParams(position === null ? {} : { epoch: position.epoch, after: String(position.revision) });
    if (this.#polls && !this.#probes) query.set("once", "1");
    if (query.size === 0) return this.#options.url;
    return `${this.#options.url}${this.#options.url.includes("?") ? "&" : "?"}${query.toString()}`;
  }

  #listen(abort: AbortController): void {
    this.#lastHeard = Date.now();
    if (this.#watchdog !== null) clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#silent(abort), this.#probes ? PROBE_MS : SILENCE_MS);
  }

  #fail(abort: AbortController): void {
    if (this.#abort !== abort) return;
    this.#close();
    this.#polls = false;
    const delay = Math.ceil((this.#options.random ?? Math.random)() * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** this.#attempt));
    this.#attempt += 1;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#open();
    }, delay);
    this.#options.onState("disconnected", Date.now() + delay, false);
  }
}
