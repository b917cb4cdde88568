/** The plot's own grid: x from 0 to 1000, y from 100 (nothing) to 0 (`top`). */
const WIDTH = 1_000;
const HEIGHT = 100;

export interface StepLine {
  /** SVG paths, one for each unbroken run; a line ends where nothing is known and never reaches across. */
  lines: string[];
  areas: string[];
  /** The last value, if it is known. */
  last: number | null;
}

/** Draws values that each hold for one step of equal length; null: not known then. `top`: the value at the upper edge. */
export function prepareSteps(values: readonly (number | null)[], top: number): StepLine {
  const lines: string[] = [];
  const areas: string[] = [];
  const x = (index: number) => round((index / values.length) * WIDTH);
  const y = (value: number) => round(HEIGHT - (value / top) * HEIGHT);
  for (const { from, to } of runsOf(values, (value) => value !== null)) {
    let path = `M${x(from)} ${y(values[from] ?? 0)}`;
    for (let index = from + 1; index < to; index++)
      if (values[index] !== values[index - 1]) path += `H${x(index)}V${y(values[index] ?? 0)}`;
    path += `H${x(to)}`;
    lines.push(path);
    areas.push(`${path}V${HEIGHT}H${x(from)}Z`);
  }
  return { lines, areas, last: values.at(-1) ?? null };
}

/** Stretches in which none of the values is known, as shares of the whole, 0 to 1. */
export function prepareGaps(values: readonly (number | null)[]): { from: number; to: number }[] {
  return runsOf(values, (value) => value === null).map(({ from, to }) => ({ from: from / values.length, to: to / values.length }));
}

/** `to` is behind the last one. */
function runsOf(values: readonly (number | null)[], holds: (value: number | null) => boolean): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (const [index, value] of values.entries()) {
    if (!holds(value)) continue;
    const last = runs.at(-1);
    if (last?.to === index) last.to = index + 1;
    else runs.push({ from: index, to: index + 1 });
  }
  return runs;
}

const STEPS = [1, 2, 5];

/** An upper edge above all values, and two or three round figures below it. At least 4. */
export function prepareScale(highest: number): { top: number; ticks: number[] } {
  const top = Math.max(4, highest * 1.12);
  let step = 1;
  for (let power = 1; top / step > 3.5; power *= 10) step = STEPS.map((one) => one * power).find((one) => top / one <= 3.5) ?? step;
  const ticks = [];
  for (let tick = step; tick < top * 0.95; tick += step) ticks.push(tick);
  return { top, ticks };
}

const round = (value: number) => Math.round(value * 100) / 100;
