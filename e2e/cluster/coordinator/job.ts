import type { JobSpec } from "./job-spec.ts";

export type JobState = "pending" | "running" | "canceling" | "success" | "failed" | "canceled";

export interface Artifact {
  type: string;
  filename: string;
  size: number;
  /** Where it is kept. */
  file: string;
}

/** A job as GitLab would know it; names as in GitLab's API. Times are RFC 3339. */
export interface JobRecord {
  id: number;
  name: string;
  state: JobState;
  failure_reason: string | null;
  exit_code: number | null;
  queued_at: string;
  started_at: string | null;
  finished_at: string | null;
  url: string | null;
  /** `system_id` of the manager that took it. */
  system_id: string | null;
  trace_bytes: number;
  /** Does the trace match the checksum that the runner sent at the end? null: it sent none yet. */
  trace_complete: boolean | null;
  artifacts: Artifact[];
}

/** The record with what only the coordinator may see. */
export interface QueuedJob {
  record: JobRecord;
  spec: JobSpec;
  token: string;
  pipelineId: number;
}

export const isLive = (job: QueuedJob): boolean => job.record.state === "running" || job.record.state === "canceling";
