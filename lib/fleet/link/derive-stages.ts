import type { ManagedTrack } from "../../manager/schema.ts";
import type { LogFacts } from "../../logs/schema.ts";
import type { JobStage } from "../schema.ts";
import { phaseOfStage } from "./stage-phase.ts";

/** More are no help in a picture; a job can print markers without end. */
const MOST_STAGES = 40;

/**
 * The runner's stages inside the phases, in order: from the markers in the job's log where it was read, else from its manager's list, whose times are
 * those of the looks (5 s apart). `endedAt`: when the job left the list.
 */
export function deriveStages(logs: LogFacts | null, track: ManagedTrack | null): JobStage[] {
  if (logs !== null && logs.from !== null) {
    const from = logs.from;
    return logs.stages
      .flatMap(({ stage, startMs, endMs }): JobStage[] => {
        const phase = phaseOfStage(stage);
        return phase === null ? [] : [{ stage, phase, from, startAt: iso(startMs), endAt: endMs === null ? null : iso(endMs) }];
      })
      .slice(0, MOST_STAGES);
  }
  const looks = track?.stages ?? [];
  return looks
    .flatMap(({ stage, at }, index): JobStage[] => {
      const phase = phaseOfStage(stage);
      const endAt = looks[index + 1]?.at ?? track?.left?.to ?? null;
      return phase === null || stage === "" ? [] : [{ stage, phase, from: "list", startAt: at, endAt }];
    })
    .slice(0, MOST_STAGES);
}

const iso = (ms: number) => new Date(ms).toISOString();
