import "server-only";
import { Agent } from "undici";
import { isIPv6 } from "node:net";
import type { Clock } from "../../base/clock.ts";
import type { SourceReport, SourceState } from "../../base/source-state.ts";
import { accumulatePolls, pollRecords, type PollTracks } from "../accumulate-polls.ts";
import { readJobsList } from "../read-jobs-list.ts";
import { readMetrics } from "../read-metrics.ts";
import type { ManagerReading } from "../schema.ts";
import { fetchText, ManagerError, type TextPage } from "./fetch-text.ts";

/** A manager polls GitLab every 3 s by default; a page is about 35 kB. */
const INTERVAL_MS = 5_000;
const AT_ONCE = 10;
const TIMEOUT_MS = 4_000;
const MAX_WAIT_MS = 60_000;
const MAX_BYTES = 8 * 1024 * 1024;

export interface ManagerTarget {
  /** The manager pod's uid. */
  readonly key: string;
  /** Pod IP or host name; null: the pod has none yet, or its port is not known to be open. */
  readonly address: string | null;
  /** `listen_address`; 9252 unless set otherwise. */
  readonly port: number;
}

interface Manager {
  target: ManagerTarget;
  reading: ManagerReading;
  polls: PollTracks;
  failures: number;
  /** Until the next turn. */
  waitMs: number;
  /** When the next turn is due, by the monotonic clock. */
  dueMs: number;
  /** Wanted while it was being read: the next turn within this time. */
  soonMs: number;
  running: boolean;
  cancel: () => void;
}

export interface ManagerPollerOptions {
  cluster: string;
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  log: { warn(fields: object, text: string): void };
  intervalMs?: number;
  timeoutMs?: number;
  maxBytes?: number;
}

/**
 * Reads `/metrics` and `/debug/jobs/list` of each manager about every 5 s, at most 10 managers at once. One that fails is asked again with a
 * growing wait; what it told before stays, with its time.
 */
export class ManagerPoller {
  readonly #options: ManagerPollerOptions;
  readonly #agent = new Agent({ connections: 2, pipelining: 1, keepAliveTimeout: 15_000, connect: { timeout: TIMEOUT_MS } });
  readonly #managers = new Map<string, Manager>();
  readonly #waiting: (() => void)[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #ended = new AbortController();
  #requests: number[] = [];
  #running = 0;

  constructor(options: ManagerPollerOptions) {
    this.#options = options;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** By key. A reading is the same object until its manager is read again. */
  readings(): ReadonlyMap<string, ManagerReading> {
    return new Map([...this.#managers].map(([key, { reading }]) => [key, reading]));
  }

  /** Which managers to read from now on. One that is not named is forgotten; a new address is asked at the next turn. */
  setTargets(targets: readonly ManagerTarget[]): void {
    if (this.#ended.signal.aborted) return;
    const named = new Set(targets.map(({ key }) => key));
    for (const [key, manager] of this.#managers) {
      if (named.has(key)) continue;
      manager.cancel();
      this.#managers.delete(key);
    }
    for (const target of targets) {
      const known = this.#managers.get(target.key);
      if (known === undefined) this.#add(target);
      else known.target = target;
    }
  }

  /** Reads these managers (all, unless named) within `delayMs` instead of at their next turn; one that does not answer keeps its longer wait. */
  soon(delayMs: number, keys?: ReadonlySet<string>): void {
    for (const [key, manager] of this.#managers) {
      if (manager.failures > 0 || keys?.has(key) === false) continue;
      if (manager.running) manager.soonMs = Math.min(manager.soonMs, delayMs);
      else if (this.#options.clock.monotonic() + delayMs < manager.dueMs) this.#turnIn(manager, delayMs);
    }
  }

  /** One report for the cluster, and one for each manager that does not answer (`part`: its key). */
  reports(): SourceReport[] {
    const all = [...this.#managers.values()];
    const live = all.filter(({ reading }) => reading.state.state === "live");
    const ill = all.filter(({ reading }) => !["live", "connecting"].includes(reading.state.state));
    const newest = all
      .map(({ reading }) => reading.metricsAt)
      .reduce((max, at) => (max === null || (at !== null && at > max) ? at : max), null);
    const overall: SourceState = (live[0] ?? all[0])?.reading.state ?? { state: "live", since: this.#iso() };
    return [
      this.#report(null, overall, newest, live.length),
      ...ill.map(({ target, reading }) => this.#report(target.key, reading.state, reading.metricsAt, null)),
    ];
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    for (const manager of this.#managers.values()) manager.cancel();
    this.#managers.clear();
    this.#waiting.length = 0;
    this.#listeners.clear();
    await this.#agent.destroy().catch(() => {});
  }

  #add(target: ManagerTarget): void {
    const reading: ManagerReading = {
      key: target.key,
      state: { state: "connecting", since: this.#iso() },
      metrics: null,
      metricsAt: null,
      jobs: null,
      jobsAt: null,
      polls: [],
    };
    const times = { waitMs: this.#interval, dueMs: 0, soonMs: Number.POSITIVE_INFINITY };
    const manager: Manager = { target, reading, polls: new Map(), failures: 0, ...times, running: false, cancel: () => {} };
    this.#managers.set(target.key, manager);
    // Spread, so that a start does not ask all at the same moment, for ever.
    this.#turnIn(manager, this.#options.random() * Math.min(1_000, this.#interval));
  }

  #turnIn(manager: Manager, delayMs: number): void {
    const { clock } = this.#options;
    manager.cancel();
    manager.dueMs = clock.monotonic() + delayMs;
    manager.cancel = clock.after(delayMs, () => this.#enqueue(manager));
  }

  #enqueue(manager: Manager): void {
    if (this.#ended.signal.aborted || manager.running) return;
    manager.running = true;
    const run = () => {
      this.#running += 1;
      void this.#read(manager).finally(() => {
        this.#running -= 1;
        manager.running = false;
        this.#waiting.shift()?.();
      });
    };
    if (this.#running < AT_ONCE) run();
    else this.#waiting.push(run);
  }

  async #read(manager: Manager): Promise<void> {
    const gone = () => this.#ended.signal.aborted || this.#managers.get(manager.target.key) !== manager;
    if (gone()) return;
    const { address, port } = manager.target;
    if (address !== null) {
      const origin = `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
      // In this order: the failure of a job that is no longer listed is counted already (`lib/manager/track-jobs.ts`).
      const [jobs] = await Promise.allSettled([this.#page(`${origin}/debug/jobs/list`)]);
      const [metrics] = await Promise.allSettled([this.#page(`${origin}/metrics`)]);
      if (gone()) return;
      this.#take(manager, metrics, jobs);
      for (const listener of this.#listeners) listener();
    }
    this.#turnIn(manager, manager.failures > 0 ? manager.waitMs : Math.min(manager.waitMs, manager.soonMs));
    manager.soonMs = Number.POSITIVE_INFINITY;
  }

  #page(url: string): Promise<TextPage> {
    this.#requests.push(this.#options.clock.monotonic());
    const { timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES } = this.#options;
    return fetchText({ dispatcher: this.#agent, url, timeoutMs, maxBytes, signal: this.#ended.signal });
  }

  #take(manager: Manager, metrics: PromiseSettledResult<TextPage>, jobs: PromiseSettledResult<TextPage>): void {
    const at = this.#iso();
    let next = manager.reading;
    const errors = [metrics, jobs].filter((result) => result.status === "rejected").map(({ reason }) => reason as unknown);
    if (metrics.status === "fulfilled") {
      const read = readMetrics(metrics.value.text);
      // An answer without the one row that every version has is some other server's.
      if (read.concurrent === null)
        errors.push(new ManagerError("protocol", "the page holds no gitlab_runner_concurrent: not a runner manager"));
      else {
        manager.polls = accumulatePolls(manager.polls, read, this.#options.clock.now());
        next = { ...next, metrics: read, metricsAt: at, polls: pollRecords(manager.polls) };
      }
    }
    if (jobs.status === "fulfilled") {
      const list = readJobsList(jobs.value.text);
      // Without the header an empty answer could be anybody's, and would read as "no job".
      const readable = jobs.value.listVersion !== null && (list.jobs.length > 0 || list.unreadable === 0);
      if (!readable) errors.push(new ManagerError("protocol", "the job list cannot be read"));
      else next = { ...next, jobs: list.jobs, jobsAt: at };
    }
    manager.failures = errors.length === 0 ? 0 : manager.failures + 1;
    manager.waitMs = this.#nextWaitMs(manager.failures);
    manager.reading = { ...next, state: errors.length === 0 ? this.#live(next.state, at) : this.#failed(manager, next, errors[0], at) };
  }

  #live(state: SourceState, since: string): SourceState {
    return state.state === "live" ? state : { state: "live", since };
  }

  #failed(manager: Manager, { state, metricsAt, jobsAt }: ManagerReading, reason: unknown, at: string): SourceState {
    const { code, message } =
      reason instanceof ManagerError ? reason : new ManagerError("protocol", String((reason as Error).message).slice(0, 300));
    if (manager.failures === 1) this.#options.log.warn({ manager: manager.target.key, code }, `manager: ${message}`);
    const retryAt = new Date(this.#options.clock.now() + manager.waitMs).toISOString();
    const error = { code, detail: message };
    const kind = metricsAt === null && jobsAt === null ? "failed" : "stale";
    const since = state.state === kind ? state.since : at;
    return kind === "failed" ? { state: kind, since, error, retryAt } : { state: kind, since, lastError: error, retryAt };
  }

  /** The interval ± 10 %, longer after failures. */
  #nextWaitMs(failures: number): number {
    return Math.min(MAX_WAIT_MS, this.#interval * 2 ** Math.min(failures, 4)) * (0.9 + 0.2 * this.#options.random());
  }

  get #interval(): number {
    return this.#options.intervalMs ?? INTERVAL_MS;
  }

  #report(part: string | null, state: SourceState, lastHeardAt: string | null, objects: number | null): SourceReport {
    const from = this.#options.clock.monotonic() - 60_000;
    this.#requests = this.#requests.filter((time) => time > from);
    return {
      key: [this.#options.cluster, "managers", ...(part === null ? [] : [part])].join("/"),
      cluster: this.#options.cluster,
      source: "managers",
      part,
      state,
      objects,
      lastHeardAt,
      requestsPerMinute: part === null ? this.#requests.length : null,
      openWatches: 0,
      relists: 0,
      reconnects: 0,
    };
  }

  #iso(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }
}
