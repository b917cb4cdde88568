import type { LiveStore } from "./live-store.ts";

/** The one second-hand of a page. Runs only while somebody reads it. */
export class NowTicker {
  /** Time of the first snapshot, for the server's render and for hydration. */
  readonly first: number;
  now: number;
  readonly #store: LiveStore;
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(store: LiveStore) {
    this.#store = store;
    this.first = this.now = Date.parse(store.first.at);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => this.#tick(), 1_000);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
    };
  };

  #tick(): void {
    if (document.hidden) return;
    // Never backwards: the correction of the clock may shrink.
    this.now = Math.max(this.now, this.#store.now());
    for (const listener of this.#listeners) listener();
  }
}
