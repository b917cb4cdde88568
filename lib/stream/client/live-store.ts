import { applyFrame, openState, snapshotOf, type LiveState } from "../apply.ts";
import type { Frame, SnapshotFrame } from "../frame.ts";
import type { LinkState } from "./connection.ts";
import { SharedStream } from "./share-stream.ts";

/** All times in milliseconds since the epoch by the server's clock, so that they compare with `useNow()`. */
export interface ConnectionView {
  state: "connecting" | "live" | "disconnected" | "paused";
  since: number;
  /** Precise to a second. */
  lastFrameAt: number;
  retryAt: number | null;
  /** Live by a short answer every few seconds: something on the way holds the stream back. */
  polled: boolean;
  /** Entities that changed or went since the pause began, each change counted. */
  pausedChanges: number;
}

/** A hidden tab keeps its stream for this long, then closes it and resumes when it is looked at. */
const HIDDEN_MS = 60_000;

/**
 * What one topic's viewers hold and show. `shown` is what views read; `held` is the newest. They differ while paused or hidden,
 * so nothing piles up: frames are applied to `held` and shown in one step later.
 */
export class LiveStore {
  readonly first: LiveState;
  readonly firstConnection: ConnectionView;
  #held: LiveState;
  #shown: LiveState;
  #link: { state: LinkState; since: number; retryAt: number | null; polled: boolean };
  #connection: ConnectionView;
  /** When the reader paused, by the server's clock; null: not paused. */
  #pausedAt: number | null = null;
  #pausedChanges = 0;
  #lastFrameAt: number;
  #offsetMs: number | null = null;
  #hiddenTimer: ReturnType<typeof setTimeout> | null = null;
  readonly #listeners = new Set<() => void>();
  readonly #stream: SharedStream;

  constructor(initial: SnapshotFrame, url: string) {
    this.first = this.#held = this.#shown = openState(initial);
    this.#lastFrameAt = Date.parse(initial.at);
    this.#link = { state: "connecting", since: this.#lastFrameAt, retryAt: null, polled: false };
    this.firstConnection = this.#connection = this.#view();
    this.#stream = new SharedStream({
      url,
      position: () => this.#held,
      snapshot: () => (this.#link.state === "live" ? snapshotOf(this.#held) : null),
      onFrame: (frame) => this.#onFrame(frame),
      onState: (state, retryAt, polled) => this.#onLink(state, retryAt, polled),
    });
  }

  get state(): LiveState {
    return this.#shown;
  }

  get connection(): ConnectionView {
    return this.#connection;
  }

  /** The server's time by this machine's clock: the smallest delay seen corrects the difference of the clocks. */
  now(): number {
    return Date.now() + (this.#offsetMs ?? 0);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Opens the stream and listens to the page; the returned function ends both. For effects: may be started again. */
  start(): () => void {
    const check = () => this.#stream.check();
    const visibility = () => this.#onVisibility();
    const hide = () => this.#stream.stop();
    const show = () => {
      this.#stream.start();
      this.#stream.check();
    };
    document.addEventListener("visibilitychange", visibility);
    window.addEventListener("online", check);
    window.addEventListener("pageshow", show);
    window.addEventListener("pagehide", hide);
    this.#stream.start();
    if (document.hidden) visibility();
    return () => {
      document.removeEventListener("visibilitychange", visibility);
      window.removeEventListener("online", check);
      window.removeEventListener("pageshow", show);
      window.removeEventListener("pagehide", hide);
      if (this.#hiddenTimer !== null) clearTimeout(this.#hiddenTimer);
      this.#stream.stop();
    };
  }

  pause(): void {
    this.#pausedAt = this.now();
    this.#pausedChanges = 0;
    this.#publish();
  }

  resume(): void {
    this.#pausedAt = null;
    this.#pausedChanges = 0;
    this.#publish();
  }

  retryNow(): void {
    this.#stream.retryNow();
  }

  #onFrame(frame: Frame): "applied" | "ignored" | "gap" {
    const at = Date.parse(frame.at);
    const sample = at - Date.now();
    if (this.#offsetMs === null || frame.type === "snapshot" || sample > this.#offsetMs) this.#offsetMs = sample;
    const { state, outcome } = applyFrame(this.#held, frame);
    this.#held = state;
    this.#lastFrameAt = this.now();
    if (this.#pausedAt !== null && outcome === "applied") this.#pausedChanges += changesIn(frame);
    if (!document.hidden) this.#publish();
    return outcome;
  }

  #onLink(state: LinkState, retryAt: number | null, polled: boolean): void {
    const changed = state !== this.#link.state || polled !== this.#link.polled;
    // A retry that has not answered yet is still "disconnected" for the reader.
    if (state === "connecting" && this.#link.state === "disconnected") return;
    if (!changed && retryAt === null) return;
    this.#link = {
      state,
      since: changed ? this.now() : this.#link.since,
      retryAt: retryAt === null ? null : retryAt + (this.#offsetMs ?? 0),
      polled,
    };
    this.#publish();
  }

  #onVisibility(): void {
    if (this.#hiddenTimer !== null) clearTimeout(this.#hiddenTimer);
    this.#hiddenTimer = null;
    if (document.hidden) {
      this.#hiddenTimer = setTimeout(() => this.#stream.stop(), HIDDEN_MS);
      return;
    }
    this.#stream.start();
    this.#stream.check();
    this.#publish();
  }

  #publish(): void {
    const shown = this.#pausedAt !== null ? this.#shown : this.#held;
    const next = this.#view();
    const old = this.#connection;
    const quiet =
      next.state === old.state &&
      next.since === old.since &&
      next.retryAt === old.retryAt &&
      next.polled === old.polled &&
      next.pausedChanges === old.pausedChanges &&
      next.lastFrameAt - old.lastFrameAt < 1_000;
    if (!quiet) this.#connection = next;
    if (quiet && shown === this.#shown) return;
    this.#shown = shown;
    for (const listener of this.#listeners) listener();
  }

  #view(): ConnectionView {
    const { state, since, retryAt, polled } = this.#link;
    const paused = this.#pausedAt !== null && state === "live";
    return {
      state: paused ? "paused" : state,
      since: paused ? (this.#pausedAt ?? since) : since,
      lastFrameAt: this.#lastFrameAt,
      retryAt,
      polled,
      pausedChanges: this.#pausedChanges,
    };
  }
}

function changesIn(frame: Frame): number {
  if (frame.type !== "patch") return 1;
  return [...Object.values(frame.upsert), ...Object.values(frame.change ?? {}), ...Object.values(frame.remove)].reduce(
    (sum, list) => sum + (list?.length ?? 0),
    0,
  );
}
