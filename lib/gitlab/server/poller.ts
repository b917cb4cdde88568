import "server-only";
import { isoNow, type Clock } from "../../base/clock.ts";
import { Backoff } from "../../base/retry.ts";
import type { SourceReport, SourceState } from "../../base/source-state.ts";
import { JobBook } from "../job-book.ts";
import type { WantedJob } from "../plan-requests.ts";
import type { BlindSpot, Instance, JobRecord, PendingView, RunnerRecord } from "../schema.ts";
import { BlindSpots } from "./blind-spots.ts";
import type { GitlabClient } from "./client.ts";
import { GitlabError } from "./gitlab-error.ts";
import { GraphqlReader } from "./graphql-reader.ts";
import { hasScope, probeInstance } from "./instance-probe.ts";
import { JobReader, type ReaderContext } from "./job-reader.ts";
import type { RequestBudget } from "./request-budget.ts";
import { RunnerReader } from "./runner-reader.ts";

const INSTANCE_MS = 600_000;
/** While something may not be read, somebody may be about to change that. */
const BLIND_INSTANCE_MS = 120_000;
const RUNNERS_MS = 60_000;
const PENDING_MS = 20_000;
/** One project's list of waiting jobs, where the instance's cannot be read. */
const PROJECT_MS = 30_000;
/** After a task that was refused, or broke, it is not tried again at once. */
const REFUSED_MS = 120_000;
/** Between two requests, so that GitLab and this process breathe. */
const BREATH_MS = 50;
const IDLE_MS = 500;
/** Every so many turns what stands behind the jobs goes first, so that 10,000 jobs do not starve runners and waiting jobs. */
const BACKGROUND_EVERY = 3;

type Task = "instance" | "runners" | "pending";

export interface GitlabPollerOptions {
  client: GitlabClient;
  budget: RequestBudget;
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  log: { warn(fields: object, text: string): void };
  /** Stands where other reports have their cluster; the instance's host. */
  name: string;
}

/**
 * Reads GitLab as far as somebody needs it: jobs of pods first, then who waits, then runners; one request at a time, within the budget.
 * Nothing is asked twice for two viewers, and a job that is over is never asked again.
 */
export class GitlabPoller {
  readonly #options: GitlabPollerOptions;
  readonly #book = new JobBook();
  readonly #blind: BlindSpots;
  readonly #context: ReaderContext;
  readonly #jobs: JobReader;
  readonly #runners: RunnerReader;
  readonly #backoff: Backoff;
  readonly #listeners = new Set<() => void>();
  readonly #dueAtMs: Record<Task, number> = { instance: 0, runners: 0, pending: 0 };
  #state: SourceState;
  #lastHeardAt: string | null = null;
  #instance: Instance | null = null;
  #waiting = 0;
  #tokenChanges = 0;
  #turn = 0;
  #cancel: () => void = () => {};
  #stopped = false;
  #working: Promise<void> = Promise.resolve();

  constructor(options: GitlabPollerOptions) {
    const { client, clock, random } = options;
    this.#options = options;
    this.#blind = new BlindSpots(clock);
    this.#context = { client, graphql: new GraphqlReader(client), blind: this.#blind, now: () => clock.now() };
    this.#jobs = new JobReader(this.#context, this.#book);
    this.#runners = new RunnerReader(this.#context);
    this.#backoff = new Backoff({ baseMs: 2_000, maxMs: 60_000, minMs: 500, random });
    this.#state = { state: "connecting", since: isoNow(clock) };
  }

  start(): void {
    this.#schedule(0);
  }

  /** Ends the loop; the client is its owner's to close. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    this.#listeners.clear();
    await this.#working;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Exactly the jobs whose pods are shown. */
  want(jobs: readonly WantedJob[]): void {
    this.#book.want(jobs);
  }

  /** Jobs that a verified webhook told of. */
  takeHook(jobs: readonly JobRecord[]): void {
    this.#book.hooked(jobs, this.#options.clock.now());
    this.#tell();
  }

  /** By job id; the same map while nothing changes. */
  jobs(): ReadonlyMap<string, JobRecord> {
    return this.#book.jobs();
  }

  pending(): PendingView {
    return this.#book.pending(this.#options.clock.now());
  }

  /** By runner id. */
  runners(): ReadonlyMap<string, RunnerRecord> {
    return this.#runners.runners();
  }

  blindSpots(): readonly BlindSpot[] {
    return this.#blind.list();
  }

  instance(): Instance | null {
    return this.#instance;
  }

  /** One report for the instance, and one for each kind of thing that the token may not read. */
  reports(): SourceReport[] {
    const main = this.#report(null, this.#state, this.#book.jobs().size);
    const parts = (["pending-jobs", "runners", "instance"] as const)
      .filter((subject) => !["cut", undefined].includes(this.#blind.of(subject)?.reason))
      .map((subject) => this.#report(subject, { state: "off", reason: "not-permitted-scope" }, null));
    return [main, ...parts];
  }

  #schedule(ms: number): void {
    if (this.#stopped) return;
    this.#cancel = this.#options.clock.after(ms, () => {
      this.#working = this.#work().then((wait) => this.#schedule(wait));
    });
  }

  /** One step; returns how long to wait before the next. Never rejects. */
  async #work(): Promise<number> {
    const wait = this.#options.budget.waitMs();
    if (wait > 0) return Math.min(wait, 1_000);
    let waitMs = BREATH_MS;
    try {
      if (!(await this.#step())) return IDLE_MS;
      this.#heard();
    } catch (error) {
      waitMs = this.#failed(error);
    }
    this.#tell();
    return waitMs;
  }

  /** false: nothing is due. */
  async #step(): Promise<boolean> {
    this.#turn += 1;
    const now = this.#options.clock.now();
    const plan = this.#book.plan(now, this.#context.graphql.jobs);
    const task = this.#dueTask(now);
    this.#waiting = plan.due + (task === null ? 0 : 1);
    const background = task !== null && (this.#instance === null || this.#turn % BACKGROUND_EVERY === 0);
    if (plan.request === null || background) return task === null ? this.#spare() : this.#run(task, now);
    await this.#jobs.read(plan.request);
    return true;
  }

  #dueTask(now: number): Task | null {
    const { tokenChanges } = this.#options.client;
    if (tokenChanges !== this.#tokenChanges) this.#dueAtMs.instance = now;
    this.#tokenChanges = tokenChanges;
    const tasks: Task[] = this.#instance === null ? ["instance"] : ["instance", "pending", "runners"];
    return tasks.find((task) => now >= this.#dueAtMs[task]) ?? null;
  }

  async #run(task: Task, now: number): Promise<boolean> {
    this.#dueAtMs[task] = now + REFUSED_MS;
    if (task === "instance") {
      const before = this.#instance;
      this.#instance = await probeInstance(this.#context);
      this.#context.graphql.allow(hasScope(this.#instance, this.#context));
      this.#dueAtMs.instance = now + (this.#blind.list().length > 0 ? BLIND_INSTANCE_MS : INSTANCE_MS);
      // Another token, or other rights: what was not to be seen may be now.
      if (before?.admin !== this.#instance.admin || before.scopes?.join() !== this.#instance.scopes?.join()) {
        if (before !== null && hasScope(this.#instance, this.#context)) this.#blind.forget();
        this.#dueAtMs.runners = this.#dueAtMs.pending = now;
      }
      return true;
    }
    const admin = this.#instance?.admin === true;
    if (task === "runners") {
      await this.#runners.read(admin);
      this.#dueAtMs.runners = now + RUNNERS_MS;
      return true;
    }
    const asked = await this.#readPending(admin, now);
    this.#dueAtMs.pending = this.#options.clock.now() + (admin ? PENDING_MS : asked ? 1_000 : IDLE_MS);
    return asked || this.#spare();
  }

  /** Who waits: of the instance, or project by project of those that run jobs here. false: all are fresh. */
  async #readPending(admin: boolean, now: number): Promise<boolean> {
    if (admin && !this.#context.graphql.closed) {
      await this.#jobs.pendingOfInstance();
      return true;
    }
    const scoped = this.#instance === null || hasScope(this.#instance, this.#context);
    this.#blind.add("pending-jobs", null, scoped ? (admin ? "forbidden" : "not-admin") : "insufficient-scope");
    const age = (project: string) => now - (this.#book.listedAt(project) ?? Number.NEGATIVE_INFINITY);
    const oldest = [...this.#book.projects()].toSorted((a, b) => age(b) - age(a))[0];
    if (oldest === undefined || age(oldest) < PROJECT_MS) return false;
    await this.#jobs.list(oldest);
    return true;
  }

  /** With nothing else due, tags and managers of a runner. */
  #spare(): Promise<boolean> {
    return this.#instance === null ? Promise.resolve(false) : this.#runners.readDetail();
  }

  #heard(): void {
    this.#backoff.reset();
    this.#lastHeardAt = isoNow(this.#options.clock);
    if (this.#state.state !== "live") this.#state = { state: "live", since: this.#lastHeardAt };
  }

  #failed(error: unknown): number {
    const { kind, message, retryAfterMs } =
      error instanceof GitlabError ? error : new GitlabError("protocol", String((error as Error).message).slice(0, 300));
    if (kind === "budget") return Math.min(retryAfterMs ?? IDLE_MS, 1_000);
    // A right that is missing is about one thing and not about the connection; who asks has noted it, or will not ask again for a while.
    if (kind === "forbidden" || kind === "insufficient-scope" || kind === "not-found") return BREATH_MS;
    const waitMs = kind === "throttled" ? (retryAfterMs ?? this.#backoff.next()) : this.#backoff.next();
    const { clock, log } = this.#options;
    const retryAt = new Date(clock.now() + waitMs).toISOString();
    const known = { code: kind, detail: message };
    const state = this.#lastHeardAt === null ? "failed" : "stale";
    const same = this.#state.state === state;
    if (!same) log.warn({ code: kind }, `GitLab: ${message}`);
    const since = this.#state.state === state ? this.#state.since : isoNow(clock);
    this.#state = state === "failed" ? { state, since, error: known, retryAt } : { state, since, lastError: known, retryAt };
    for (const task of ["instance", "runners", "pending"] as const)
      this.#dueAtMs[task] = Math.min(this.#dueAtMs[task], clock.now() + waitMs);
    return waitMs;
  }

  #report(part: string | null, state: SourceState, objects: number | null): SourceReport {
    const { name, budget } = this.#options;
    return {
      key: [name, "gitlab", ...(part === null ? [] : [part])].join("/"),
      cluster: name,
      source: "gitlab",
      part,
      state,
      objects,
      lastHeardAt: this.#lastHeardAt,
      requestsPerMinute: part === null ? budget.state(0).usedLastMinute : null,
      ...(part === null ? { budget: budget.state(this.#waiting) } : {}),
      openWatches: 0,
      relists: 0,
      reconnects: 0,
    };
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
