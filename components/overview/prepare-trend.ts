import type { TrendChunk } from "@/lib/fleet/trend/schema.ts";

export const HOUR_MS = 3_600_000;

export interface Trend {
  /** Of the first step and behind the last one; milliseconds since the epoch. */
  fromMs: number;
  toMs: number;
  stepMs: number;
  live: (number | null)[];
  waiting: (number | null)[];
  slots: (number | null)[];
}

type Figure = "live" | "waiting" | "slots";

/** The last hour up to the newest step, with a gap wherever nothing was kept; null: nothing at all was. */
export function prepareTrend(chunks: Iterable<TrendChunk>): Trend | null {
  const list = [...chunks];
  const end = endOf(list);
  if (end === null) return null;
  const { toMs, stepMs } = end;
  const fromMs = toMs - HOUR_MS;
  const figure = (name: Figure) => align(list, { fromMs, toMs, stepMs }, (chunk) => chunk[name]);
  return { fromMs, toMs, stepMs, live: figure("live"), waiting: figure("waiting"), slots: figure("slots") };
}

/** What a problem harmed over the last `spanMs`, in at most `most` values (each the highest of its steps); null: too short to be a course. */
export function prepareCourse(chunks: Iterable<TrendChunk>, key: string, spanMs: number, most: number): (number | null)[] | null {
  const list = [...chunks];
  const end = endOf(list);
  if (end === null) return null;
  const { toMs, stepMs } = end;
  const values = align(
    list,
    { fromMs: toMs - spanMs, toMs, stepMs },
    (chunk) => chunk.problems[key] ?? chunk.live.map((one) => (one === null ? null : 0)),
  );
  if (values.filter((value) => value !== null).length < LEAST_STEPS || !values.some((value) => (value ?? 0) > 0)) return null;
  const size = Math.ceil(values.length / most);
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) => highest(values.slice(index * size, (index + 1) * size)));
}

/** A minute: less is a point and no course. */
const LEAST_STEPS = 4;

function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function endOf(chunks: readonly TrendChunk[]): { toMs: number; stepMs: number } | null {
  const newest = chunks.reduce<TrendChunk | null>((best, chunk) => (best === null || chunk.from > best.from ? chunk : best), null);
  return newest === null ? null : { toMs: Date.parse(newest.from) + newest.live.length * newest.stepMs, stepMs: newest.stepMs };
}

function align(
  chunks: readonly TrendChunk[],
  { fromMs, toMs, stepMs }: { fromMs: number; toMs: number; stepMs: number },
  read: (chunk: TrendChunk) => readonly (number | null)[],
): (number | null)[] {
  const values = Array.from<number | null>({ length: Math.round((toMs - fromMs) / stepMs) }).fill(null);
  for (const chunk of chunks) {
    const start = Math.round((Date.parse(chunk.from) - fromMs) / stepMs);
    for (const [index, value] of read(chunk).entries())
      if (start + index >= 0 && start + index < values.length) values[start + index] = value;
  }
  return values;
}
