import type { Clock } from "../base/clock.ts";

/** Time between two runs under churn: half of the 100 ms that an event may wait. */
const INTERVAL_MS = 50;
const MAX_MS = 250;

/**
 * Runs `work` at once when it was quiet, then at most once per 50 ms, and always once more after the last `mark()`.
 * Slow work stretches the interval to twice its duration, up to 250 ms, so that it cannot fill the event loop: at 10,000 pods a fold takes
 * tens of milliseconds, and an event may take 300 ms to the page.
 */
export class Tick {
  readonly #clock: Clock;
  readonly #work: () => void;
  #cancel: (() => void) | null = null;
  #lastEnd = Number.NEGATIVE_INFINITY;
  #interval = INTERVAL_MS;
  #stopped = false;

  constructor(clock: Clock, work: () => void) {
    this.#clock = clock;
    this.#work = work;
  }

  /** Something changed. */
  mark(): void {
    if (this.#stopped || this.#cancel !== null) return;
    const wait = this.#lastEnd + this.#interval - this.#clock.monotonic();
    // Also when quiet the work waits for the end of the current turn: what one network packet changed is one tick.
    this.#cancel = this.#clock.after(Math.max(0, wait), () => this.#run());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#cancel = null;
  }

  #run(): void {
    this.#cancel = null;
    const start = this.#clock.monotonic();
    try {
      this.#work();
    } finally {
      this.#lastEnd = this.#clock.monotonic();
      this.#interval = Math.min(MAX_MS, Math.max(INTERVAL_MS, 2 * (this.#lastEnd - start)));
    }
  }
}
