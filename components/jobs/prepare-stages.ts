import type { JobPhase, JobRow } from "@/lib/fleet/schema.ts";

/** Fill of a stage, as the design names them (`data-st`). `executing` is one of clone, script, artifacts: nobody saw which. */
export type StageFill = "queued" | "pod" | "pull" | "clone" | "script" | "artifacts" | "cleanup" | "executing" | "unknown";

const FILLS: Readonly<Record<JobPhase, StageFill>> = {
  queued: "queued",
  "picked-up": "queued",
  scheduling: "pod",
  starting: "pull",
  sources: "clone",
  script: "script",
  executing: "executing",
  artifacts: "artifacts",
  cleanup: "cleanup",
  ended: "unknown",
};

export function stageFill(phase: JobPhase): StageFill {
  return FILLS[phase];
}

export interface Stage {
  phase: JobPhase;
  fill: StageFill;
  /** How long it lasted, or has lasted so far. Never negative. */
  ms: number;
}

/**
 * The job's life so far as stages with their lengths. The last stage that was seen lasts until the end of the pod, or until now.
 * `bar` holds only phases that were seen; a mark of phase `ended` closes the bar.
 */
export function prepareStages(bar: JobRow["bar"], now: number, deletedAt: string | null): Stage[] {
  const stages: Stage[] = [];
  const end = deletedAt === null ? now : Date.parse(deletedAt);
  for (const [index, mark] of bar.entries()) {
    if (mark.phase === "ended") break;
    const next = bar[index + 1];
    const until = next === undefined ? end : Date.parse(next.start);
    stages.push({ phase: mark.phase, fill: stageFill(mark.phase), ms: Math.max(0, until - Date.parse(mark.start)) });
  }
  return stages;
}
