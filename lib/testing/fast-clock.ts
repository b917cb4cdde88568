import type { Clock } from "../base/clock.ts";

/** Time that runs `factor` times as fast as the wall's, so that minutes of polling fit into a test over real HTTP. */
export function fastClock(factor: number): Clock {
  const start = performance.now();
  const monotonic = () => (performance.now() - start) * factor;
  return {
    monotonic,
    now: () => Date.parse("2026-11-25T00:01:00.000Z") + monotonic(),
    after(ms, callback) {
      const timer = setTimeout(callback, ms / factor);
      return () => clearTimeout(timer);
    },
  };
}
