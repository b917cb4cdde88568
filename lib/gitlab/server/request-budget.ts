import "server-only";
import { Backoff } from "../../base/retry.ts";
import type { Clock } from "../../base/clock.ts";
import type { RequestBudgetState } from "../schema.ts";

const WINDOW_MS = 60_000;
/** A wait longer than this is a clock that is wrong, not a limit of GitLab. */
const MAX_PAUSE_MS = 3_600_000;

/** How many requests may go out: our own bound over any 60 s, and what GitLab says when it has enough. */
export class RequestBudget {
  readonly perMinute: number;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  #times: number[] = [];
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #remaining: number | null = null;

  constructor(clock: Clock, perMinute: number, random: () => number) {
    this.perMinute = perMinute;
    this.#clock = clock;
    this.#backoff = new Backoff({ baseMs: 10_000, maxMs: 300_000, minMs: 5_000, random });
  }

  /** Milliseconds until a request may go; 0: now. */
  waitMs(): number {
    const now = this.#clock.monotonic();
    this.#prune(now);
    const oldest = this.#times[this.#times.length - this.perMinute];
    return Math.max(0, this.#pausedUntil - now, oldest === undefined ? 0 : oldest + WINDOW_MS - now);
  }

  /** True while GitLab itself asked to wait. */
  get paused(): boolean {
    return this.#pausedUntil > this.#clock.monotonic();
  }

  take(): void {
    this.#times.push(this.#clock.monotonic());
  }

  /** GitLab had enough. `askedMs`: how long it asked to wait; null: it did not say, so longer each time. Returns the wait. */
  throttled(askedMs: number | null): number {
    const waitMs = askedMs === null ? this.#backoff.next() : Math.min(MAX_PAUSE_MS, Math.max(1_000, askedMs));
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.monotonic() + waitMs);
    return waitMs;
  }

  /** An answer that was not 429. `remaining` 0: wait until GitLab's window is over, before it has to say so. */
  answered(remaining: number | null, resetMs: number | null): void {
    this.#backoff.reset();
    this.#remaining = remaining;
    if (remaining === 0 && resetMs !== null) this.throttled(resetMs);
  }

  state(waiting: number): RequestBudgetState {
    const now = this.#clock.monotonic();
    this.#prune(now);
    const pausedUntil = this.#pausedUntil > now ? new Date(this.#clock.now() + this.#pausedUntil - now).toISOString() : null;
    return { perMinute: this.perMinute, usedLastMinute: this.#times.length, remaining: this.#remaining, pausedUntil, waiting };
  }

  #prune(now: number): void {
    const first = this.#times.findIndex((time) => time > now - WINDOW_MS);
    if (first !== 0) this.#times = first < 0 ? [] : this.#times.slice(first);
  }
}
