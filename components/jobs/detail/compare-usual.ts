import type { PhaseName } from "@/lib/fleet/schema.ts";
import type { UsualPhase } from "@/lib/fleet/runs/schema.ts";
import type { WaterfallRow } from "./prepare-waterfall.ts";

/** Twice the median, and at least this much more: half a second against a second is nothing to look at. */
const LONG_FACTOR = 2;
const LEAST_MORE_MS = 10_000;

/** What a phase usually takes beside what it took. `long`: it took unusually long. */
export interface UsualRow {
  ms: number;
  runs: number;
  long: boolean;
}

/** `worst`: the phase that lost the most against its usual; null: none took unusually long. */
export interface ComparedPhases {
  byPhase: ReadonlyMap<PhaseName, UsualRow>;
  worst: { phase: PhaseName; tookMs: number; usualMs: number; runs: number } | null;
}

/** The usual of each phase, by name of these rows. */
export function compareUsual(rows: readonly Pick<WaterfallRow, "phase" | "tookMs">[], usual: readonly UsualPhase[]): ComparedPhases {
  const byPhase = new Map<PhaseName, UsualRow>();
  let worst: ComparedPhases["worst"] = null;
  for (const { phase, ms, runs } of usual) {
    const tookMs = rows.find((row) => row.phase === phase)?.tookMs ?? null;
    const long = tookMs !== null && tookMs > ms * LONG_FACTOR && tookMs - ms > LEAST_MORE_MS;
    byPhase.set(phase, { ms, runs, long });
    if (long && (worst === null || tookMs - ms > worst.tookMs - worst.usualMs)) worst = { phase, tookMs, usualMs: ms, runs };
  }
  return { byPhase, worst };
}
