import { valueOf } from "../base/known.ts";
import type { SourceReport } from "../base/source-state.ts";
import type { Overview } from "../fleet/schema.ts";
import type { TrendChunk } from "../fleet/trend/schema.ts";

const STEP_MS = 15_000;
/** Only the newest chunk changes: this much is sent again each step. */
const CHUNK_STEPS = 20;
const CHUNK_MS = STEP_MS * CHUNK_STEPS;
/** An hour and the chunk that is being filled. */
const MOST_CHUNKS = 13;
/** Problems of which a course is kept, the worst first. */
const MOST_PROBLEMS = 12;

/** The last hour of the fleet's figures, for the lines of the first page. It begins with the process: what was before is not known. */
export class FleetTrend {
  #chunks: ReadonlyMap<string, TrendChunk> = new Map();
  #step = Number.NEGATIVE_INFINITY;

  /** By key, oldest first; the same map and the same chunks while nothing is added. */
  chunks(): ReadonlyMap<string, TrendChunk> {
    return this.#chunks;
  }

  /** Keeps the first known value of each step. A figure whose source does not answer is not known, however recently it was read. */
  observe({ live, waiting, slots, problems }: Overview, sources: readonly SourceReport[], nowMs: number): void {
    const step = Math.floor(nowMs / STEP_MS);
    const speaks = (name: SourceReport["source"]) => sources.some(({ source, state }) => source === name && state.state === "live");
    const liveNow = speaks("kubernetes-pods") ? valueOf(live) : null;
    const chunk = this.#chunks.get(keyOf(step));
    const place = step % CHUNK_STEPS;
    if (step < this.#step || (step === this.#step && (liveNow === null || chunk?.live[place] !== null))) return;
    this.#step = step;
    const next: TrendChunk = {
      key: keyOf(step),
      from: new Date((step - place) * STEP_MS).toISOString(),
      stepMs: STEP_MS,
      live: put(chunk?.live, place, liveNow),
      waiting: put(chunk?.waiting, place, speaks("gitlab") ? valueOf(waiting) : null),
      slots: put(chunk?.slots, place, valueOf(slots)?.total ?? null),
      problems: courses(chunk?.problems ?? {}, place, problems),
    };
    const kept = [...this.#chunks.values()].filter(({ key }) => key !== next.key).slice(1 - MOST_CHUNKS);
    const oldest = (step - place) * STEP_MS - (MOST_CHUNKS - 1) * CHUNK_MS;
    this.#chunks = new Map([...kept.filter(({ from }) => Date.parse(from) >= oldest), next].map((one) => [one.key, one]));
  }
}

const keyOf = (step: number) => String(Math.floor(step / CHUNK_STEPS));

/** Steps in which nobody looked stay unknown. */
function put(values: readonly (number | null)[] = [], place: number, value: number | null): (number | null)[] {
  return Array.from({ length: place + 1 }, (_, index) => (index === place ? value : (values[index] ?? null)));
}

function courses(known: TrendChunk["problems"], place: number, problems: Overview["problems"]): TrendChunk["problems"] {
  const jobs = new Map(problems.slice(0, MOST_PROBLEMS).map((problem) => [problem.key, problem.jobs]));
  const keys = [...new Set([...Object.keys(known), ...jobs.keys()])].slice(0, 2 * MOST_PROBLEMS);
  const before = Array.from({ length: place }, () => 0);
  return Object.fromEntries(keys.map((key) => [key, put(known[key] ?? before, place, jobs.get(key) ?? 0)]));
}
