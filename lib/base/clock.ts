/** Time as a dependency: loops take a Clock, tests give a fake one. */
export interface Clock {
  /** Milliseconds since the epoch, like Date.now(). May jump; never measure durations with it. */
  now(): number;
  /** Milliseconds that only ever grow, for durations and time-outs. */
  monotonic(): number;
  /** Runs `callback` once after `ms`; the returned function cancels it. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref?.();
    return () => clearTimeout(timer);
  },
};

export function isoNow(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
