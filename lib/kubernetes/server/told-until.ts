import "server-only";
import { isoNow, type Clock } from "../../base/clock.ts";

/** A shorter break delays nobody's news by more than their own way takes. */
const BREAK_MS = 5_000;
/** A watch that resumes tells first, and at once, what happened in the break. */
const CATCH_UP_MS = 3_000;

/** Until when a watch has told all that went, so that what it tells late can be bounded: it went after that, and before it was told. */
export class ToldUntil {
  readonly #clock: Clock;
  #until: string | null = null;
  #open = false;
  #late: { readonly after: string; readonly endsMs: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Since when what is told now may have been so; null: it just happened. */
  get after(): string | null {
    if (this.#late !== null && this.#clock.monotonic() > this.#late.endsMs) this.#late = null;
    return this.#late?.after ?? null;
  }

  /** Since when what a list no longer has may be gone; null: there was no list before. */
  get afterList(): string | null {
    return this.#late?.after ?? this.#until;
  }

  /** A list was whole; `beganAt`: when it was asked for. */
  listed(beganAt: string): void {
    this.#until = beganAt;
    this.#late = null;
  }

  /** A watch is open: at first it may tell of the break before it. */
  opened(): void {
    this.#open = true;
    const sinceMs = this.#until === null ? 0 : this.#clock.now() - Date.parse(this.#until);
    if (this.#until !== null && sinceMs > BREAK_MS) this.#late = { after: this.#until, endsMs: this.#clock.monotonic() + CATCH_UP_MS };
  }

  /** The watch said something: what went before that it has told. */
  heard(): void {
    if (this.after === null) this.#until = isoNow(this.#clock);
  }

  /** The watch broke, or could not be opened. One whose end is noticed when it happens was whole until then; one that fell silent was not. */
  ended(silent: boolean): void {
    if (this.#open && !silent && this.after === null) this.#until = isoNow(this.#clock);
    this.#open = false;
  }
}
