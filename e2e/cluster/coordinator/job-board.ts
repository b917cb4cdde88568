import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { type Artifact, isLive, type JobRecord, type QueuedJob } from "./job.ts";
import type { JobSpec } from "./job-spec.ts";

const FIRST_ID = 1_001;

/** What the runner says at the end of a job (`PUT jobs/:id`). */
export interface JobEnd {
  state: "success" | "failed";
  failureReason: string | null;
  exitCode: number | null;
  /** Checksum of the whole trace, 8 hexadecimal digits, and its length; null: not sent. */
  trace: { crc32: string; bytes: number } | null;
}
export type TraceAnswer = { kind: "accepted" | "wrong-range"; bytes: number };

/** All jobs of one bed, from handed in to ended: what GitLab's database would hold. No input or output. */
export class JobBoard {
  readonly #jobs = new Map<number, QueuedJob>();
  readonly #traces = new Map<number, Buffer[]>();
  readonly #resent = new Set<number>();
  readonly #now: () => number;
  #next = FIRST_ID;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  #stamp(): string {
    return new Date(this.#now()).toISOString();
  }

  enqueue(spec: JobSpec): JobRecord {
    const id = this.#next++;
    const record: JobRecord = {
      id,
      name: spec.name,
      state: "pending",
      failure_reason: null,
      exit_code: null,
      queued_at: this.#stamp(),
      started_at: null,
      finished_at: null,
      url: null,
      system_id: null,
      trace_bytes: 0,
      trace_complete: null,
      artifacts: [],
    };
    this.#jobs.set(id, { record, spec, token: `glcbt-64_${randomBytes(12).toString("hex")}`, pipelineId: 500 + id });
    return record;
  }

  /** Gives the oldest waiting job to a manager. `base`: the URL under which job pods reach us. */
  take(systemId: string, base: string): QueuedJob | null {
    const job = [...this.#jobs.values()].find((one) => one.record.state === "pending");
    if (!job) return null;
    Object.assign(job.record, {
      state: "running",
      started_at: this.#stamp(),
      system_id: systemId,
      url: `${base}/${job.spec.project}/-/jobs/${job.record.id}`,
    } satisfies Partial<JobRecord>);
    return job;
  }

  get(id: number): QueuedJob | null {
    return this.#jobs.get(id) ?? null;
  }

  byToken(token: string): QueuedJob | null {
    return [...this.#jobs.values()].find((job) => job.token === token) ?? null;
  }

  records(): JobRecord[] {
    return [...this.#jobs.values()].map((job) => job.record);
  }

  waiting(): number {
    return this.records().filter((record) => record.state === "pending").length;
  }

  /** A waiting job ends at once; a running one is stopped by its runner, which learns it with its next call. False: it has ended already. */
  cancel(job: QueuedJob): boolean {
    if (job.record.state === "pending") {
      job.record.state = "canceled";
      job.record.finished_at = this.#stamp();
    } else if (isLive(job)) job.record.state = "canceling";
    else return false;
    return true;
  }

  /** Appends a piece of the trace that begins at byte `from`. */
  append(job: QueuedJob, from: number, piece: Buffer): TraceAnswer {
    if (from !== job.record.trace_bytes) return { kind: "wrong-range", bytes: job.record.trace_bytes };
    this.#traces.set(job.record.id, [...(this.#traces.get(job.record.id) ?? []), piece]);
    job.record.trace_bytes += piece.length;
    return { kind: "accepted", bytes: job.record.trace_bytes };
  }

  trace(id: number): Buffer {
    return Buffer.concat(this.#traces.get(id) ?? []);
  }

  /** Ends the job, or once asks for the trace again when it does not match its checksum. */
  end(job: QueuedJob, end: JobEnd): "ended" | "resend-trace" {
    const { record } = job;
    const text = this.trace(record.id);
    const whole = end.trace === null || (end.trace.bytes === text.length && Number.parseInt(end.trace.crc32, 16) === crc32(text));
    if (!whole && !this.#resent.has(record.id)) {
      this.#resent.add(record.id);
      this.#traces.delete(record.id);
      record.trace_bytes = 0;
      return "resend-trace";
    }
    record.state = record.state === "canceling" ? "canceled" : end.state;
    record.failure_reason = end.failureReason;
    record.exit_code = end.exitCode ?? (end.state === "success" ? 0 : null);
    record.finished_at = this.#stamp();
    record.trace_complete = whole;
    return "ended";
  }

  addArtifact(job: QueuedJob, artifact: Artifact): void {
    job.record.artifacts = [...job.record.artifacts.filter((one) => one.type !== artifact.type), artifact];
  }
}
