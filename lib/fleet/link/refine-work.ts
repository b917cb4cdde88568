import { known, type Known, type Timestamp } from "../../base/known.ts";
import type { LogFacts } from "../../logs/schema.ts";
import type { LifecyclePhase } from "../schema.ts";
import { phaseOfStage, WORK_PHASES, type WorkPhase } from "./stage-phase.ts";

const SOURCES = { trace: "job trace, section markers", containers: "container logs, stage scripts" } as const;

interface Stretch {
  startMs: number;
  endMs: number | null;
}

/**
 * Borders of sources, script and artifacts from the markers in the job's own log, where it was read: they are exact, while a manager's list is
 * looked at every 5 s. A phase without a marker keeps what was known of it. What a job prints can forge markers, so they only move borders.
 */
export function refineWork(lifecycle: readonly LifecyclePhase[], logs: LogFacts | null): LifecyclePhase[] {
  const stretches = logs === null || logs.from === null ? null : stretchesOf(logs);
  if (stretches === null || stretches.size === 0 || logs?.from == null) return [...lifecycle];
  const source = SOURCES[logs.from];
  const at = (ms: number): Known<Timestamp> => known(new Date(ms).toISOString(), new Date(ms).toISOString(), source);
  return lifecycle.map((phase) => {
    const stretch = stretches.get(phase.phase as WorkPhase);
    if (stretch === undefined || phase.status === "pending") return phase;
    const start = at(stretch.startMs);
    if (stretch.endMs !== null) return { ...phase, status: "done", start, end: at(stretch.endMs) };
    return { ...phase, start, status: phase.status === "current" || phase.end.state === "unknown" ? phase.status : "done" };
  });
}

function stretchesOf({ stages }: LogFacts): Map<WorkPhase, Stretch> {
  const found = new Map<WorkPhase, Stretch>();
  for (const { stage, startMs, endMs } of stages) {
    const phase = phaseOfStage(stage);
    if (phase === null || phase === "starting") continue;
    const before = found.get(phase);
    // Markers go forward; one that goes back was printed by the job.
    if (before !== undefined && startMs < before.startMs) continue;
    found.set(phase, { startMs: before?.startMs ?? startMs, endMs });
  }
  // A phase lasts until the next one at the latest: a stage whose end was not marked ended then.
  for (const [index, phase] of WORK_PHASES.entries()) {
    const next = WORK_PHASES.slice(index + 1).flatMap((later) => found.get(later)?.startMs ?? [])[0];
    const stretch = found.get(phase);
    if (stretch !== undefined && stretch.endMs === null && next !== undefined) found.set(phase, { ...stretch, endMs: next });
  }
  return found;
}
