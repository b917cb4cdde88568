import "server-only";
import type { Clock } from "../../base/clock.ts";

const WINDOW_MS = 60_000;

/** Counts requests over the last 60 s. */
export class RequestMeter {
  readonly #clock: Clock;
  /** Monotonic times, oldest first; few, because every loop waits between requests. */
  #times: number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  count(): void {
    this.#times.push(this.#clock.monotonic());
    this.#prune();
  }

  get perMinute(): number {
    this.#prune();
    return this.#times.length;
  }

  #prune(): void {
    const from = this.#clock.monotonic() - WINDOW_MS;
    const first = this.#times.findIndex((time) => time > from);
    if (first !== 0) this.#times = first === -1 ? [] : this.#times.slice(first);
  }
}
