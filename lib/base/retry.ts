import type { Clock } from "./clock.ts";

export interface BackoffOptions {
  /** The first wait is up to this long. */
  baseMs: number;
  /** No wait is longer. */
  maxMs: number;
  /** No wait is shorter, so that a lucky draw cannot become a busy loop. */
  minMs: number;
  /** Uniform in [0, 1), like Math.random. */
  random: () => number;
}

/**
 * Exponential back-off with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"): a uniform draw up to base · 2ⁿ, bounded.
 * It never gives up, it only stops growing.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempts = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Failures in a row. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Milliseconds to wait after one more failure. */
  next(): number {
    const { baseMs, maxMs, minMs, random } = this.#options;
    // 2 ** 30 is beyond every bound; without the limit the power would become Infinity.
    const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(this.#attempts, 30));
    this.#attempts += 1;
    return Math.max(minMs, Math.round(random() * ceiling));
  }

  /** It worked: the next failure waits as the first. */
  reset(): void {
    this.#attempts = 0;
  }
}

/** Resolves after `ms`, or as soon as `signal` aborts; never rejects. Holds no timer and no listener afterwards. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener("abort", done);
  });
}
