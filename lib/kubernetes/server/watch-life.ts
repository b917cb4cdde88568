import "server-only";
import type { Clock } from "../../base/clock.ts";
import { Backoff } from "../../base/retry.ts";
import type { ApiError } from "./api-error.ts";
import { decideWatchError, MIN_LIFE_MS, type Doubt, type Recovery } from "./decide-watch-error.ts";

export interface BackoffTimes {
  baseMs: number;
  maxMs: number;
  minMs: number;
}

/** client-go's reflector (0.8 s doubling to 30 s), with full jitter. */
const BACKOFF: BackoffTimes = { baseMs: 800, maxMs: 30_000, minMs: 50 };
/** After a 403: rights change when people change them. */
const FORBIDDEN_BACKOFF: BackoffTimes = { baseMs: 10_000, maxMs: 600_000, minMs: 2_000 };

/** How the watches of one reflector live and die: what the next failure means, and how long to wait after it. */
export class WatchLife {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #forbidden: Backoff;
  /** The watch that is open or was the last one of this round. */
  #watch: { openedAt: number; delivered: boolean; bookmarked: boolean } | null = null;
  #last: { kind: string; version: string | null } | null = null;
  #doubt: Doubt | null = null;
  readonly #bookmarksExpected: boolean;

  constructor(
    clock: Clock,
    random: () => number,
    options: { bookmarksExpected: boolean; backoff?: BackoffTimes; forbiddenBackoff?: BackoffTimes },
  ) {
    this.#clock = clock;
    this.#bookmarksExpected = options.bookmarksExpected;
    this.#backoff = new Backoff({ ...(options.backoff ?? BACKOFF), random });
    this.#forbidden = new Backoff({ ...(options.forbiddenBackoff ?? FORBIDDEN_BACKOFF), random });
  }

  /** The server accepted watches before that did not work: an open one is no proof yet. */
  get doubted(): boolean {
    return this.#doubt !== null;
  }

  /** A new round of list and watch begins. */
  begin(): void {
    this.#watch = null;
  }

  opened(): void {
    this.#watch = { openedAt: this.#clock.monotonic(), delivered: false, bookmarked: false };
  }

  delivered(bookmark: boolean): void {
    if (this.#watch === null) return;
    this.#watch.delivered = true;
    this.#watch.bookmarked ||= bookmark;
    this.#doubt = null;
    this.#restart();
  }

  /** The watch has lived for MIN_LIFE_MS. */
  lived(): void {
    if (this.#doubt === "life") this.#doubt = null;
    this.#restart();
  }

  /** The next failure is a first one. */
  #restart(): void {
    this.#backoff.reset();
    this.#forbidden.reset();
  }

  /** The first wait of a reflector whose right is known to be missing, milliseconds. */
  waitForRight(): number {
    return this.#forbidden.next();
  }

  /** `version`: the resourceVersion held when it failed. */
  failed(error: ApiError, phase: "list" | "watch", version: string | null): { recovery: Recovery; waitMs: number } {
    const livedMs = this.#watch === null ? 0 : this.#clock.monotonic() - this.#watch.openedAt;
    const { delivered, bookmarked } = this.#watch ?? { delivered: false, bookmarked: false };
    const last = this.#last;
    const repeated = last !== null && last.kind === error.kind && (!delivered || last.version === version);
    this.#last = { kind: error.kind, version };
    if (livedMs >= MIN_LIFE_MS) this.lived();
    const recovery = decideWatchError({
      error,
      phase,
      delivered,
      bookmarked,
      bookmarksExpected: this.#bookmarksExpected,
      livedMs,
      repeated,
    });
    if (recovery.doubt === "delivery" || this.#doubt === null) this.#doubt = recovery.doubt;
    return { recovery, waitMs: this.#waitOf(recovery) };
  }

  #waitOf({ wait, atLeastMs }: Recovery): number {
    if (wait === "none") return atLeastMs;
    return Math.max(atLeastMs, (wait === "forbidden" ? this.#forbidden : this.#backoff).next());
  }
}
