import "server-only";
import { Backoff } from "../../base/retry.ts";
import type { Clock } from "../../base/clock.ts";
import type { RequestBudgetState } from "../../base/source-state.ts";

const WINDOW_MS = 60_000;
/** A wait longer than this is a clock that is wrong, not a limit of GitLab. */
const MAX_PAUSE_MS = 3_600_000;

/** What an answer says of GitLab's own limit; null: nothing. `resetMs`: until its window begins anew. */
interface ToldLimits {
  limit: number | null;
  remaining: number | null;
  resetMs: number | null;
}

/** How many requests may go out: our own bound over any 60 s, and what GitLab says when it has enough. */
export class RequestBudget {
  readonly perMinute: number;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  #times: number[] = [];
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #limit: number | null = null;
  #remaining: number | null = null;
  /** By the monotonic clock; null: not told. */
  #resetAt: number | null = null;

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
  throttled(askedMs: number | null, told: ToldLimits): number {
    this.#note(told);
    return this.#pause(askedMs === null ? this.#backoff.next() : askedMs);
  }

  /** An answer that was not 429. `remaining` 0: wait until GitLab's window is over, before it has to say so. */
  answered(told: ToldLimits): void {
    this.#backoff.reset();
    this.#note(told);
    if (told.remaining === 0 && told.resetMs !== null) this.#pause(told.resetMs);
  }

  /** The figure of a window that is over says nothing about the next. */
  state(waiting: number): RequestBudgetState {
    const now = this.#clock.monotonic();
    this.#prune(now);
    const at = (time: number | null) => (time !== null && time > now ? new Date(this.#clock.now() + time - now).toISOString() : null);
    const over = this.#resetAt !== null && this.#resetAt <= now;
    return {
      perMinute: this.perMinute,
      usedLastMinute: this.#times.length,
      limit: this.#limit,
      remaining: over ? null : this.#remaining,
      resetAt: at(this.#resetAt),
      pausedUntil: at(this.#pausedUntil),
      waiting,
    };
  }

  /** A server behind the same address may leave the headers out: then the last word holds, until its window is over. */
  #note({ limit, remaining, resetMs }: ToldLimits): void {
    if (limit !== null) this.#limit = limit;
    if (remaining === null) return;
    this.#remaining = remaining;
    this.#resetAt = resetMs === null ? null : this.#clock.monotonic() + resetMs;
  }

  #pause(ms: number): number {
    const waitMs = Math.min(MAX_PAUSE_MS, Math.max(1_000, ms));
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.monotonic() + waitMs);
    return waitMs;
  }

  #prune(now: number): void {
    const first = this.#times.findIndex((time) => time > now - WINDOW_MS);
    if (first !== 0) this.#times = first < 0 ? [] : this.#times.slice(first);
  }
}
