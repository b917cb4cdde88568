import { shareOf, type TimeAxis } from "./prepare-axis.ts";

/** A value at `toMs`, over or at the end of the step from `fromMs`; null: nobody measured it. */
export interface PlotPoint {
  fromMs: number;
  toMs: number;
  value: number | null;
}

/** The plot's own grid: x from 0 to 1000, y from 100 (nothing) to 0 (`top`). */
const WIDTH = 1_000;
const HEIGHT = 100;
/** The limit stands at four fifths of the height, so that what passes it is still seen. */
const HEADROOM = 1.25;
/** From this many milliseconds on two samples have something missing between them: a kubelet samples every 10–20 s. */
export const LONGEST_STEP_MS = 45_000;
/** Old points are joined in pairs, so a step may be twice as long as the one beside it; more than that is a gap. */
const LONGEST_RATIO = 2.5;

export interface Plot {
  /** The value at the upper edge. */
  top: number;
  /** SVG paths: unbroken runs as lines, the same closed to the ground as areas, all points as dots. */
  lines: string[];
  areas: string[];
  dots: string;
  /** Steps in which samples are missing, between the first point and the last. */
  gaps: { fromMs: number; toMs: number }[];
}

/** Draws points over an axis. The y axis begins at 0; a line ends where a sample is missing and never reaches across. */
export function preparePlot(
  points: readonly PlotPoint[],
  axis: TimeAxis,
  { limit, request }: { limit: number | null; request: number | null },
): Plot {
  const top = topOf(points, limit, request);
  const runs: string[][] = [];
  const gaps: Plot["gaps"] = [];
  let open = false;
  for (const [index, point] of points.entries()) {
    const missing = isGap(points, index);
    if (missing) gaps.push({ fromMs: points[index - 1]?.toMs ?? point.fromMs, toMs: point.toMs });
    if (point.value === null) {
      open = false;
      continue;
    }
    if (!open || missing) runs.push([]);
    runs.at(-1)?.push(`${round(shareOf(axis, point.toMs) * WIDTH)} ${round(HEIGHT - (point.value / top) * HEIGHT)}`);
    open = true;
  }
  const drawn = runs.filter((run) => run.length > 1);
  return {
    top,
    gaps,
    lines: drawn.map((run) => `M${run.join("L")}`),
    areas: drawn.map((run) => `M${run.join("L")}L${xOf(run.at(-1))} ${HEIGHT}L${xOf(run[0])} ${HEIGHT}Z`),
    dots: runs.flatMap((run) => run.map((place) => `M${place}h0`)).join(""),
  };
}

const round = (value: number) => Math.round(value * 100) / 100;
const xOf = (place = "") => place.split(" ")[0] ?? "";

function topOf(points: readonly PlotPoint[], limit: number | null, request: number | null): number {
  const highest = Math.max(0, ...points.map((point) => point.value ?? 0));
  const wanted = Math.max(limit ?? Math.max(highest, request ?? 0), highest / 1.15) * HEADROOM;
  return wanted > 0 ? wanted : 1;
}

/** Whether samples are missing in the step that ends at this point. */
function isGap(points: readonly PlotPoint[], index: number): boolean {
  const point = points[index];
  const before = points[index - 1];
  if (point === undefined || before === undefined) return false;
  if (point.fromMs - before.toMs > LONGEST_STEP_MS) return true;
  const beside = Math.max(lengthOf(before), lengthOf(points[index + 1]));
  return lengthOf(point) > Math.max(LONGEST_STEP_MS, beside * LONGEST_RATIO);
}

const lengthOf = (point: PlotPoint | undefined) => (point === undefined ? 0 : point.toMs - point.fromMs);

/** From this share on a step is drawn as throttled: below it lies what a kernel counts for microseconds. */
const LEAST_SHARE = 0.1;

/** Steps in a row that were throttled, with their share over time (0 to 1). */
export function prepareBands(
  points: readonly { fromMs: number; toMs: number; throttledShare: number | null }[],
): { fromMs: number; toMs: number; share: number }[] {
  const bands: { fromMs: number; toMs: number; lost: number; length: number }[] = [];
  let last: (typeof bands)[number] | null = null;
  for (const { fromMs, toMs, throttledShare } of points) {
    const length = toMs - fromMs;
    if (throttledShare === null || throttledShare < LEAST_SHARE || length <= 0) last = null;
    else if (last === null) bands.push((last = { fromMs, toMs, lost: throttledShare * length, length }));
    else {
      last.toMs = toMs;
      last.lost += throttledShare * length;
      last.length += length;
    }
  }
  return bands.map(({ fromMs, toMs, lost, length }) => ({ fromMs, toMs, share: lost / length }));
}

/** The point whose step holds the time, else null: nothing was measured then. `slackMs` reaches past both ends. */
export function pointAt<P extends PlotPoint>(points: readonly P[], ms: number, slackMs = 0): P | null {
  let best: P | null = null;
  for (const point of points) {
    const inside = ms >= point.fromMs - slackMs && ms <= point.toMs + slackMs;
    if (inside && (best === null || Math.abs(point.toMs - ms) < Math.abs(best.toMs - ms))) best = point;
  }
  return best;
}
