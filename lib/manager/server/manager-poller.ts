import "server-only";
import { Agent } from "undici";
import { isIPv6 } from "node:net";
import type { Clock } from "../../base/clock.ts";
import { PollError, toPollError } from "../../base/server/poll-error.ts";
import { PollLoop, type PollOutcome, type PollTurn } from "../../base/server/poll-loop.ts";
import type { SourceReport } from "../../base/source-state.ts";
import { accumulatePolls, pollRecords, type PollTracks } from "../accumulate-polls.ts";
import { readJobsList } from "../read-jobs-list.ts";
import { readMetrics } from "../read-metrics.ts";
import type { ManagerReading } from "../schema.ts";
import { fetchText, type TextPage } from "./fetch-text.ts";

/** A manager polls GitLab every 3 s by default; a page is about 35 kB. */
const INTERVAL_MS = 5_000;
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

/** What one manager told. */
type Told = Omit<ManagerReading, "state">;

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

/** Reads `/metrics` and `/debug/jobs/list` of each manager about every 5 s. What a manager that fails told before stays, with its time. */
export class ManagerPoller {
  readonly #options: ManagerPollerOptions;
  readonly #agent = new Agent({ connections: 2, pipelining: 1, keepAliveTimeout: 15_000, connect: { timeout: TIMEOUT_MS } });
  readonly #loop: PollLoop<ManagerTarget>;
  readonly #told = new Map<string, Told>();
  readonly #polls = new Map<string, PollTracks>();
  readonly #readings = new Map<string, { told: Told; reading: ManagerReading }>();

  constructor(options: ManagerPollerOptions) {
    this.#options = options;
    const { cluster, clock, random, log, intervalMs = INTERVAL_MS } = options;
    this.#loop = new PollLoop<ManagerTarget>({
      cluster,
      source: "managers",
      noun: "manager",
      clock,
      random,
      log,
      intervalMs,
      maxWaitMs: MAX_WAIT_MS,
      read: (target, turn) => this.#read(target, turn),
    });
  }

  onChange(listener: () => void): () => void {
    return this.#loop.onChange(listener);
  }

  /** By key. A reading is the same object until its manager is read again. */
  readings(): ReadonlyMap<string, ManagerReading> {
    return new Map([...this.#told].map(([key, told]) => [key, this.#reading(key, told)]));
  }

  /** Which managers to read from now on. One that is not named is forgotten; a new address is asked at the next turn. */
  setTargets(targets: readonly ManagerTarget[]): void {
    for (const key of this.#loop.setTargets(targets)) for (const map of [this.#told, this.#polls, this.#readings]) map.delete(key);
    for (const { key } of targets)
      if (this.#loop.stateOf(key) !== null && !this.#told.has(key))
        this.#told.set(key, { key, metrics: null, metricsAt: null, jobs: null, jobsAt: null, polls: [] });
  }

  /** Reads these managers (all, unless named) within `delayMs` instead of at their next turn; one that does not answer keeps its longer wait. */
  soon(delayMs: number, keys?: ReadonlySet<string>): void {
    this.#loop.soon(delayMs, keys);
  }

  /** One report for the cluster, and one for each manager that does not answer (`part`: its key). */
  reports(): SourceReport[] {
    return this.#loop.reports();
  }

  async stop(): Promise<void> {
    this.#loop.stop();
    for (const map of [this.#told, this.#polls, this.#readings]) map.clear();
    await this.#agent.destroy().catch(() => {});
  }

  #reading(key: string, told: Told): ManagerReading {
    const state = this.#loop.stateOf(key) ?? { state: "connecting", since: new Date(this.#options.clock.now()).toISOString() };
    const before = this.#readings.get(key);
    if (before?.told === told && before.reading.state === state) return before.reading;
    const reading = { ...told, state };
    this.#readings.set(key, { told, reading });
    return reading;
  }

  async #read({ key, address, port }: ManagerTarget, turn: PollTurn): Promise<PollOutcome | null> {
    if (address === null) return null;
    const origin = `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
    // In this order: the failure of a job that is no longer listed is counted already (`lib/manager/track-jobs.ts`).
    const [jobs] = await Promise.allSettled([this.#page(`${origin}/debug/jobs/list`, turn)]);
    const [metrics] = await Promise.allSettled([this.#page(`${origin}/metrics`, turn)]);
    const told = this.#told.get(key);
    return turn.gone() || told === undefined ? null : this.#take(told, metrics, jobs);
  }

  #page(url: string, { signal, count }: PollTurn): Promise<TextPage> {
    count();
    const { timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES } = this.#options;
    return fetchText({ dispatcher: this.#agent, url, timeoutMs, maxBytes, signal });
  }

  #take(told: Told, metrics: PromiseSettledResult<TextPage>, jobs: PromiseSettledResult<TextPage>): PollOutcome {
    const nowMs = this.#options.clock.now();
    const at = new Date(nowMs).toISOString();
    const { key } = told;
    // A new object each turn: what is read again is a new reading.
    let next = { ...told };
    const errors = [metrics, jobs].filter((result) => result.status === "rejected").map(({ reason }) => reason as unknown);
    if (metrics.status === "fulfilled") {
      const read = readMetrics(metrics.value.text);
      // An answer without the one row that every version has is some other server's.
      if (read.concurrent === null)
        errors.push(new PollError("protocol", "the page holds no gitlab_runner_concurrent: not a runner manager"));
      else {
        const polls = accumulatePolls(this.#polls.get(key) ?? new Map(), read, nowMs);
        this.#polls.set(key, polls);
        next = { ...next, metrics: read, metricsAt: at, polls: pollRecords(polls) };
      }
    }
    if (jobs.status === "fulfilled") {
      const list = readJobsList(jobs.value.text);
      // Without the header an empty answer could be anybody's, and would read as "no job".
      const readable = jobs.value.listVersion !== null && (list.jobs.length > 0 || list.unreadable === 0);
      if (!readable) errors.push(new PollError("protocol", "the job list cannot be read"));
      else next = { ...next, jobs: list.jobs, jobsAt: at };
    }
    this.#told.set(key, next);
    const heard = next.metricsAt === at || next.jobsAt === at;
    return { heard, problem: errors.length === 0 ? null : toPollError(errors[0], null) };
  }
}
