import { systemClock, type Clock } from "../base/clock.ts";

/** The system's clock, which knows how many of its timers wait. */
export function countingClock(): Clock & { waiting(): number } {
  let waiting = 0;
  return {
    ...systemClock,
    waiting: () => waiting,
    after(ms, callback) {
      waiting += 1;
      let open = true;
      const end = () => {
        if (open) waiting -= 1;
        open = false;
      };
      const cancel = systemClock.after(ms, () => {
        end();
        callback();
      });
      return () => {
        end();
        cancel();
      };
    },
  };
}
