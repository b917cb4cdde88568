import { changedKeys } from "../base/persistent-map.ts";
import { readFileSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import { valueOf } from "../base/known.ts";
import type { SourceReport } from "../base/source-state.ts";
import type { Fleet, GitlabFacts } from "../fleet/fold-fleet.ts";
import type { Job, JobRow } from "../fleet/schema.ts";
import { parseJobUrl } from "../gitlab/parse-job-url.ts";
import type { WantedJob } from "../gitlab/plan-requests.ts";
import type { BlindSpot, Instance, JobRecord, PendingView, RunnerRecord } from "../gitlab/schema.ts";
import { GitlabClient } from "../gitlab/server/client.ts";
import { GitlabPoller } from "../gitlab/server/poller.ts";
import { RequestBudget } from "../gitlab/server/request-budget.ts";
import { TokenFile } from "../gitlab/server/token-file.ts";
import { receiveHook, type HookRequest } from "../gitlab/server/webhook.ts";
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";

/** The parts of a GitLab poller that are read; GitlabPoller is one, tests give their own. */
export interface GitlabSource {
  start(): void;
  want(jobs: readonly WantedJob[]): void;
  takeHook(jobs: readonly JobRecord[]): void;
  jobs(): ReadonlyMap<string, JobRecord>;
  pending(): PendingView;
  runners(): ReadonlyMap<string, RunnerRecord>;
  blindSpots(): readonly BlindSpot[];
  instance(): Instance | null;
  reports(): SourceReport[];
  onChange(listener: () => void): () => void;
  stop(): Promise<void>;
}

const WANT_MS = 1_000;

type TraceReader = (project: string, jobId: string, signal: AbortSignal) => AsyncIterable<Uint8Array>;

interface WatchOptions {
  baseUrl: string;
  secretFile: string | null;
  clock: Clock;
  close?: () => Promise<void>;
  trace?: TraceReader;
}

const noTrace: TraceReader = () => {
  throw new Error("traces cannot be read here");
};

/** Keeps the questions to GitLab in step with the jobs that are shown. */
export class GitlabWatch {
  readonly #source: GitlabSource;
  readonly #baseUrl: string;
  readonly #clock: Clock;
  readonly #secretFile: string | null;
  readonly #close: () => Promise<void>;
  /** A job's trace as GitLab has it now. `project`: its number or its path. */
  readonly trace: TraceReader;
  #facts: GitlabFacts | null = null;
  #wantedAt = Number.NEGATIVE_INFINITY;
  /** Whom GitLab is asked about, by the job's key, as of these rows. */
  readonly #wanted = new Map<string, WantedJob>();
  #rows: ReadonlyMap<string, JobRow> = new Map();

  constructor(source: GitlabSource, options: WatchOptions) {
    const { baseUrl, secretFile, clock, close = () => Promise.resolve(), trace = noTrace } = options;
    this.trace = trace;
    this.#close = close;
    this.#source = source;
    this.#baseUrl = baseUrl;
    this.#secretFile = secretFile;
    this.#clock = clock;
    source.onChange(() => (this.#facts = null));
  }

  facts(): GitlabFacts {
    this.#facts ??= {
      baseUrl: this.#baseUrl,
      version: this.#source.instance()?.version ?? null,
      jobs: this.#source.jobs(),
      pending: this.#pending(),
      runners: [...this.#source.runners().values()],
      blindSpots: this.#source.blindSpots(),
      state: this.#source.reports()[0]?.state ?? null,
    };
    return this.#facts;
  }

  /** null until waiting jobs were read: not read is not "nobody waits". */
  #pending(): PendingView | null {
    const pending = this.#source.pending();
    return pending.at === null && pending.scope === "none" ? null : pending;
  }

  get baseUrl(): string {
    return this.#baseUrl;
  }

  reports(): SourceReport[] {
    return this.#source.reports();
  }

  onChange(listener: () => void): () => void {
    return this.#source.onChange(listener);
  }

  start(): void {
    this.#source.start();
  }

  /** Asks for the jobs of all pods that are shown, at most once a second; what is over is not asked again. */
  follow(fleet: Fleet): void {
    const now = this.#clock.monotonic();
    if (now - this.#wantedAt < WANT_MS) return;
    this.#wantedAt = now;
    const keys = changedKeys(this.#rows, fleet.rows);
    this.#rows = fleet.rows;
    let changed = false;
    for (const key of keys) {
      const wanted = this.#wantedOf(fleet.jobs.get(key));
      const before = this.#wanted.get(key);
      if (before?.jobId === wanted?.jobId && before?.projectId === wanted?.projectId && before?.projectPath === wanted?.projectPath)
        continue;
      changed = true;
      if (wanted === null) this.#wanted.delete(key);
      else this.#wanted.set(key, wanted);
    }
    if (changed) this.#source.want([...this.#wanted.values()]);
  }

  #wantedOf(job: Job | undefined): WantedJob | null {
    const jobId = job === undefined ? null : valueOf(job.gitlab.id);
    if (job === undefined || jobId === null) return null;
    const url = valueOf(job.gitlab.url);
    const projectPath = url === null ? null : (parseJobUrl(url, this.#baseUrl)?.projectPath ?? null);
    return { jobId, projectId: valueOf(job.gitlab.projectId), projectPath };
  }

  /** One webhook; null: no secret is set, so none is taken. */
  async hook(request: HookRequest): Promise<200 | 400 | 401 | 413 | null> {
    if (this.#secretFile === null) return null;
    const result = await receiveHook(request, readFileSync(this.#secretFile, "utf8").trim(), this.#clock.now());
    if (result.status === 200) this.#source.takeHook(result.jobs);
    return result.status;
  }

  async stop(): Promise<void> {
    await this.#source.stop();
    await this.#close();
  }
}

/** The GitLab of the configuration; null: none is set. */
export function openGitlab({ gitlab }: Config, clock: Clock, log: Log): GitlabWatch | null {
  if (gitlab === null) return null;
  const budget = new RequestBudget(clock, gitlab.requestsPerMinute, Math.random);
  const ca = gitlab.ca === null ? {} : { ca: gitlab.ca };
  const useProxy = Boolean(process.env["HTTPS_PROXY"] ?? process.env["https_proxy"]);
  const client = new GitlabClient({ baseUrl: gitlab.url, token: new TokenFile(gitlab.tokenFile, clock), budget, clock, useProxy, ...ca });
  const poller = new GitlabPoller({ client, budget, clock, random: Math.random, log, name: new URL(gitlab.url).host });
  return new GitlabWatch(poller, {
    baseUrl: gitlab.url,
    secretFile: gitlab.webhookSecretFile,
    clock,
    close: () => client.close(),
    trace: (project, jobId, signal) =>
      client.stream(`projects/${encodeURIComponent(project)}/jobs/${encodeURIComponent(jobId)}/trace`, signal),
  });
}
