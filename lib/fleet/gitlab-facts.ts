import type { SourceState } from "../base/source-state.ts";
import type { BlindSpot, JobRecord, PendingView, RunnerRecord } from "../gitlab/schema.ts";

/** What one GitLab tells. Maps and values keep their identity until something in them changes. */
export interface GitlabFacts {
  /** As configured, with a path prefix where it has one: `https://gitlab.example/git`. */
  readonly baseUrl: string;
  /** Of the instance; null: not told. */
  readonly version: string | null;
  /** By job id. */
  readonly jobs: ReadonlyMap<string, JobRecord>;
  /** null: not read yet. */
  readonly pending: PendingView | null;
  readonly runners: readonly RunnerRecord[];
  readonly blindSpots: readonly BlindSpot[];
  /** Whether it answers; null: nobody says. */
  readonly state: SourceState | null;
}
