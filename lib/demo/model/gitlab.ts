import type { JobSpec } from "./job-spec.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

export type GitlabStatus = "pending" | "running" | "success" | "failed" | "canceled";

/** A section of the trace, as the runner brackets its stages. `endedAt` null: it is running. */
export interface TraceSection {
  name: string;
  startedAt: number;
  endedAt: number | null;
}

/** A line that is not a section: `at` in ms. */
export interface TraceLine {
  at: number;
  text: string;
}

/** A job as GitLab knows it. */
export interface GitlabJob {
  id: number;
  spec: JobSpec;
  pipelineId: number;
  sha: string;
  beforeSha: string;
  user: { id: number; login: string; name: string };
  status: GitlabStatus;
  queuedAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  failureReason: string | null;
  exitCode: number | null;
  runnerId: number | null;
  systemId: string | null;
  managerPod: string | null;
  pod: string | null;
  sections: TraceSection[];
  lines: TraceLine[];
}

const USERS = [
  { id: 11, login: "mira", name: "Mira Okafor" },
  { id: 12, login: "jonas", name: "Jonas Lindqvist" },
  { id: 13, login: "wei", name: "Wei Zhang" },
  { id: 14, login: "amelie", name: "Amélie Durand" },
  { id: 15, login: "renovate-bot", name: "Renovate Bot" },
];

/** A running job whose runner says nothing is given up by GitLab after this (StuckCiJobsWorker: no updates for 1 h). */
const STUCK_MS = 3_600_000;

/** GitLab's side: the queue, the jobs, what the runners reported. Finished jobs are kept up to a number. */
export class GitlabModel {
  readonly jobs = new Map<number, GitlabJob>();
  /** Jobs by pipeline, and ids of projects by full path, as far as jobs are kept. */
  readonly pipelines = new Map<number, GitlabJob[]>();
  readonly projectIds = new Map<string, number>();
  /** GitLab answers everybody with 429. */
  refuses = false;
  readonly listeners = new Set<(job: GitlabJob) => void>();
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #keep: number;
  #pending: GitlabJob[] = [];
  #nextId: number;
  #nextPipeline: number;

  constructor(timeline: Timeline, random: Random, keep = 5000) {
    this.#timeline = timeline;
    this.#random = random;
    this.#keep = keep;
    this.#nextId = 480_000 + random.integer(0, 9000);
    this.#nextPipeline = 61_000 + random.integer(0, 900);
  }

  get pending(): readonly GitlabJob[] {
    return this.#pending;
  }

  /** A pipeline with these jobs, all ready to run. */
  enqueue(specs: readonly JobSpec[]): GitlabJob[] {
    const pipelineId = this.#nextPipeline++;
    const sha = this.#random.hex(40);
    const beforeSha = this.#random.hex(40);
    const user = this.#random.pick(USERS);
    const members: GitlabJob[] = [];
    this.pipelines.set(pipelineId, members);
    for (const spec of specs) {
      const job: GitlabJob = {
        id: this.#nextId++,
        spec,
        pipelineId,
        sha,
        beforeSha,
        user,
        status: "pending",
        queuedAt: this.#timeline.now,
        startedAt: null,
        finishedAt: null,
        failureReason: null,
        exitCode: null,
        runnerId: null,
        systemId: null,
        managerPod: null,
        pod: null,
        sections: [],
        lines: [],
      };
      members.push(job);
      this.projectIds.set(spec.project.path, spec.project.id);
      this.jobs.set(job.id, job);
      this.#pending.push(job);
      this.#trim();
      this.#tell(job);
    }
    return members;
  }

  /** The oldest pending job that a runner with these tags may run, now running; null: none. */
  take(tags: readonly string[], runnerId: number, systemId: string, managerPod: string): GitlabJob | null {
    const index = this.#pending.findIndex((job) => job.spec.tags.every((tag) => tags.includes(tag)));
    const job = this.#pending[index];
    if (!job) return null;
    this.#pending.splice(index, 1);
    Object.assign(job, { status: "running", startedAt: this.#timeline.now, runnerId, systemId, managerPod });
    this.#timeline.after(job.spec.timeoutMs + STUCK_MS, () => {
      if (job.status === "running") this.finish(job, "failed", "no_updates_running", null);
    });
    this.#tell(job);
    return job;
  }

  finish(job: GitlabJob, status: "success" | "failed" | "canceled", failureReason: string | null, exitCode: number | null): void {
    if (job.status !== "running") return;
    const open = job.sections.at(-1);
    if (open?.endedAt === null) open.endedAt = this.#timeline.now;
    Object.assign(job, { status, failureReason, exitCode, finishedAt: this.#timeline.now });
    this.#tell(job);
  }

  /** The oldest finished jobs go when there are too many. */
  #trim(): void {
    if (this.jobs.size <= this.#keep) return;
    for (const [id, job] of this.jobs) {
      if (job.status === "pending" || job.status === "running") continue;
      this.jobs.delete(id);
      const members = this.pipelines.get(job.pipelineId)?.filter((member) => member !== job) ?? [];
      if (members.length === 0) this.pipelines.delete(job.pipelineId);
      else this.pipelines.set(job.pipelineId, members);
      if (this.jobs.size <= this.#keep * 0.9) return;
    }
  }

  #tell(job: GitlabJob): void {
    for (const listener of this.listeners) listener(job);
  }
}
