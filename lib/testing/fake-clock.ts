import type { Clock } from "../base/clock.ts";

/** A clock that moves only when the test says so. Timers fire in the order of their time, then of their making. */
export class FakeClock implements Clock {
  #now: number;
  #monotonic = 0;
  #nextId = 0;
  readonly #timers = new Map<number, { at: number; callback: () => void }>();

  constructor(now = "2026-03-01T12:00:00.000Z") {
    this.#now = Date.parse(now);
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, callback: () => void): () => void {
    const id = this.#nextId++;
    this.#timers.set(id, { at: this.#monotonic + Math.max(0, ms), callback });
    return () => void this.#timers.delete(id);
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer, or null. */
  get nextIn(): number | null {
    const next = this.#next();
    return next === null ? null : next.at - this.#monotonic;
  }

  /** Time passes: wall clock and monotonic together; timers that come due run, also those made on the way. */
  advance(ms: number): void {
    const end = this.#monotonic + ms;
    for (let next = this.#next(); next !== null && next.at <= end; next = this.#next()) {
      this.#move(next.at);
      this.#timers.delete(next.id);
      next.callback();
    }
    this.#move(end);
  }

  /** The wall clock is set, as by NTP or a person; no time passes. */
  jump(ms: number): void {
    this.#now += ms;
  }

  #move(to: number): void {
    if (to <= this.#monotonic) return;
    this.#now += to - this.#monotonic;
    this.#monotonic = to;
  }

  #next(): { id: number; at: number; callback: () => void } | null {
    let found: { id: number; at: number; callback: () => void } | null = null;
    for (const [id, timer] of this.#timers) if (found === null || timer.at < found.at) found = { id, ...timer };
    return found;
  }
}
