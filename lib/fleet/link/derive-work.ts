import { known, unknown, type Known, type Timestamp } from "../../base/known.ts";
import type { ManagedTrack } from "../../manager/schema.ts";
import { latest } from "../pod-facts.ts";
import { phaseOfStage, WORK_PHASES, type WorkPhase } from "./stage-phase.ts";

/** Lists are read every 5 s; a job that the list showed this long after its pick-up was there from its beginning. */
const FROM_THE_START_MS = 15_000;
const LIST = "manager /debug/jobs/list, to 5 s";

/** Sources, script and artifacts of a job as its manager's list showed them. */
export interface Work {
  readonly starts: Readonly<Record<WorkPhase, Known<Timestamp>>>;
  /** The phase that the list showed last. */
  readonly last: WorkPhase;
}

/**
 * Borders inside the time in which the containers run. `executing`: when that began. null: the list never told a stage, or not one that can
 * be told apart. A border is known to the time between two looks; what was under way at the first look began unseen.
 */
export function deriveWork(track: ManagedTrack | null, executing: Known<Timestamp>): Work | null {
  if (track === null || (executing.state === "unknown" && executing.reason === "not-reached")) return null;
  const starts: Record<WorkPhase, Known<Timestamp>> = { sources: executing, script: unknown("not-seen"), artifacts: unknown("not-seen") };
  let last: WorkPhase | null = null;
  for (const [index, { stage, at }] of track.stages.entries()) {
    const found = phaseOfStage(stage);
    if (found === null) return null;
    const phase = found === "starting" ? "sources" : found;
    if (last !== null && WORK_PHASES.indexOf(phase) <= WORK_PHASES.indexOf(last)) continue;
    last = phase;
    if (phase === "sources" || (index === 0 && !fromTheStart(track))) continue;
    // The kubelet's clock and ours differ a little; a phase cannot begin before its container.
    const start = latest([at, executing.state === "known" ? executing.value : null]) ?? at;
    starts[phase] = known(start, start, LIST);
  }
  return last === null ? null : { starts, last };
}

function fromTheStart({ since, tookMs }: ManagedTrack): boolean {
  return tookMs !== null && Date.parse(since) - tookMs <= FROM_THE_START_MS;
}

/** How near to the end of the containers the list must have shown the last phase, so that it can be said to have lasted until then. */
const NEAR_MS = 10_000;

/** Where the last phase that was seen ended: at the deletion, when the list was looked at just before; null: it cannot be said. */
export function endOfWork(track: ManagedTrack | null, cleanup: Known<Timestamp>): Known<Timestamp> | null {
  if (track?.left == null || cleanup.state === "unknown") return null;
  const near = Math.abs(Date.parse(cleanup.value) - Date.parse(track.left.from)) <= NEAR_MS;
  return near ? known(cleanup.value, cleanup.value, `${cleanup.source}; ${LIST}`) : null;
}
