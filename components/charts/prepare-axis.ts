/** A stretch of time that several charts share. Times are milliseconds since the epoch. */
export interface TimeAxis {
  fromMs: number;
  toMs: number;
  /** T+0 of the labels; may lie before the axis. */
  zeroMs: number;
  /** Round times since T+0: `share` is the place on the axis, 0 to 1; `ms` is since T+0. */
  ticks: { share: number; ms: number }[];
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400];

/** The axis from `fromMs` to `toMs` (at least a second long) with at most `mostTicks` round ticks. */
export function prepareAxis(fromMs: number, toMs: number, zeroMs: number, mostTicks = 6): TimeAxis {
  const end = Math.max(toMs, fromMs + 1_000);
  const spanMs = end - fromMs;
  const step = stepFor(spanMs, mostTicks);
  const ticks = [];
  for (let ms = Math.ceil((fromMs - zeroMs) / step) * step; zeroMs + ms <= end; ms += step)
    ticks.push({ ms, share: (zeroMs + ms - fromMs) / spanMs });
  return { fromMs, toMs: end, zeroMs, ticks };
}

function stepFor(spanMs: number, mostTicks: number): number {
  const seconds = STEPS_S.find((candidate) => spanMs / (candidate * 1_000) <= mostTicks);
  return 1_000 * (seconds ?? Math.ceil(spanMs / 86_400_000 / mostTicks) * 86_400);
}

/** The place of a time on the axis, 0 to 1; what lies outside is at its end. */
export function shareOf(axis: TimeAxis, ms: number): number {
  return Math.min(1, Math.max(0, (ms - axis.fromMs) / (axis.toMs - axis.fromMs)));
}
