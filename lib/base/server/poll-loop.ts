import "server-only";
import type { Clock } from "../clock.ts";
import type { SourceName, SourceReport, SourceState, SourceWay } from "../source-state.ts";
import { toPollError, type PollError } from "./poll-error.ts";

/** Targets that are asked at the same moment. */
const AT_ONCE = 10;
/** After so many failures in a row the wait stops doubling. */
const MAX_DOUBLINGS = 4;
const MINUTE_MS = 60_000;

/** One thing to ask again and again. */
export interface PollTarget {
  readonly key: string;
}

/** What a turn has to know beside its target. */
export interface PollTurn {
  /** Ends with the loop. */
  readonly signal: AbortSignal;
  /** What the turn before ended with; null: it went well. */
  readonly lastProblem: PollError | null;
  /** Whether the loop has ended or the target is no longer named: what was heard is nobody's. */
  readonly gone: () => boolean;
  /** One request goes out. */
  readonly count: () => void;
}

/** How a turn ended. `heard`: the target told something, so that it is stale and not failed with a problem. */
export interface PollOutcome {
  readonly heard: boolean;
  readonly problem: PollError | null;
}

export interface PollOptions<T extends PollTarget> {
  cluster: string;
  source: SourceName;
  /** What a target is, for the log: `node`, `manager`. */
  noun: string;
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  log: { warn(fields: object, text: string): void };
  intervalMs: number;
  /** No wait after failures is longer. */
  maxWaitMs: number;
  /** Asks one target. What it throws is the turn's problem. null: it cannot be asked yet (no address). */
  read(target: T, turn: PollTurn): Promise<PollOutcome | null>;
  /** The way in which a target (null: most of them) is read, where there is more than one. A target with a way of its own has a report of its own. */
  way?: (key: string | null) => SourceWay | null;
}

interface Entry<T> {
  target: T;
  state: SourceState;
  problem: PollError | null;
  lastHeardAt: string | null;
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

/**
 * Asks targets again and again: each about once an interval (± 10 %, so that they do not march in step), at most ten at once. One that fails is asked
 * again with a growing wait; that it was heard before stays, with its time.
 */
export class PollLoop<T extends PollTarget> {
  readonly #options: PollOptions<T>;
  readonly #entries = new Map<string, Entry<T>>();
  readonly #waiting: (() => void)[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #ended = new AbortController();
  #requests: number[] = [];
  #running = 0;
  /** Since when there is nothing to ask. */
  #idleSince: string;

  constructor(options: PollOptions<T>) {
    this.#options = options;
    this.#idleSince = this.#iso();
  }

  /** After each turn that asked something. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Which targets to ask from now on; a new version of one that is known holds from its next turn on. Returns the keys that are gone. */
  setTargets(targets: readonly T[]): string[] {
    if (this.#ended.signal.aborted) return [];
    const named = new Set(targets.map(({ key }) => key));
    const gone = [...this.#entries.keys()].filter((key) => !named.has(key));
    for (const key of gone) {
      this.#entries.get(key)?.cancel();
      this.#entries.delete(key);
    }
    if (gone.length > 0 && this.#entries.size === 0) this.#idleSince = this.#iso();
    for (const target of targets) {
      const known = this.#entries.get(target.key);
      if (known === undefined) this.#add(target);
      else known.target = target;
    }
    return gone;
  }

  /** null: no such target. */
  stateOf(key: string): SourceState | null {
    return this.#entries.get(key)?.state ?? null;
  }

  /** Asks these targets (all, unless named) within `delayMs` instead of at their next turn; one that fails keeps its longer wait. */
  soon(delayMs: number, keys?: ReadonlySet<string>): void {
    for (const [key, entry] of this.#entries) {
      if (entry.failures > 0 || keys?.has(key) === false) continue;
      if (entry.running) entry.soonMs = Math.min(entry.soonMs, delayMs);
      else if (this.#options.clock.monotonic() + delayMs < entry.dueMs) this.#turnIn(entry, delayMs);
    }
  }

  /** One report for the cluster, and one for each target that does not answer or is read in a way of its own (`part`: its key). */
  reports(): SourceReport[] {
    const all = [...this.#entries];
    const live = all.filter(([, { state }]) => state.state === "live");
    const newest = all
      .map(([, { lastHeardAt }]) => lastHeardAt)
      .reduce((max, at) => (max === null || (at !== null && at > max) ? at : max), null);
    // Live while any target answers (the others have reports of their own). Nothing to ask is live too.
    const overall: SourceState = (live[0] ?? all[0])?.[1].state ?? { state: "live", since: this.#idleSince };
    const wayOf = (key: string | null) => this.#options.way?.(key) ?? null;
    const parts = all.flatMap(([key, { state, lastHeardAt }]) => {
      const way = state.state === "live" ? wayOf(key) : null;
      return way !== null || (state.state !== "live" && state.state !== "connecting") ? [this.#report(key, state, lastHeardAt, way)] : [];
    });
    return [{ ...this.#report(null, overall, newest, wayOf(null)), objects: live.length }, ...parts];
  }

  stop(): void {
    this.#ended.abort();
    for (const entry of this.#entries.values()) entry.cancel();
    this.#entries.clear();
    this.#waiting.length = 0;
    this.#listeners.clear();
  }

  #add(target: T): void {
    const entry: Entry<T> = {
      target,
      state: { state: "connecting", since: this.#iso() },
      problem: null,
      lastHeardAt: null,
      failures: 0,
      waitMs: this.#options.intervalMs,
      dueMs: 0,
      soonMs: Number.POSITIVE_INFINITY,
      running: false,
      cancel: () => {},
    };
    this.#entries.set(target.key, entry);
    // Spread, so that a start does not ask all at the same moment, for ever.
    this.#turnIn(entry, this.#options.random() * Math.min(1_000, this.#options.intervalMs));
  }

  #turnIn(entry: Entry<T>, delayMs: number): void {
    const { clock } = this.#options;
    entry.cancel();
    entry.dueMs = clock.monotonic() + delayMs;
    entry.cancel = clock.after(delayMs, () => this.#enqueue(entry));
  }

  #enqueue(entry: Entry<T>): void {
    if (this.#ended.signal.aborted || entry.running) return;
    entry.running = true;
    const run = () => {
      this.#running += 1;
      void this.#turn(entry).finally(() => {
        this.#running -= 1;
        entry.running = false;
        this.#waiting.shift()?.();
      });
    };
    if (this.#running < AT_ONCE) run();
    else this.#waiting.push(run);
  }

  async #turn(entry: Entry<T>): Promise<void> {
    const { signal } = this.#ended;
    const gone = () => signal.aborted || this.#entries.get(entry.target.key) !== entry;
    if (gone()) return;
    const count = () => void this.#requests.push(this.#options.clock.monotonic());
    const turn: PollTurn = { signal, lastProblem: entry.problem, gone, count };
    const outcome = await this.#options
      .read(entry.target, turn)
      .catch((error: unknown): PollOutcome => ({ heard: false, problem: toPollError(error, null) }));
    if (gone()) return;
    if (outcome !== null) {
      this.#note(entry, outcome);
      // Before the next turn is set: a listener may want it soon.
      for (const listener of this.#listeners) listener();
    }
    this.#turnIn(entry, entry.failures > 0 ? entry.waitMs : Math.min(entry.waitMs, entry.soonMs));
    entry.soonMs = Number.POSITIVE_INFINITY;
  }

  #note(entry: Entry<T>, { heard, problem }: PollOutcome): void {
    const at = this.#iso();
    const { noun, log } = this.#options;
    if (heard) entry.lastHeardAt = at;
    entry.problem = problem;
    entry.failures = problem === null ? 0 : entry.failures + 1;
    entry.waitMs = this.#nextWaitMs(entry.failures);
    if (problem !== null && entry.failures === 1)
      log.warn({ [noun]: entry.target.key, code: problem.code }, `${this.#options.source}: ${problem.message}`);
    const next = this.#stateAfter(entry, problem, at);
    entry.state = next.state === "live" && entry.state.state === "live" ? entry.state : next;
  }

  #stateAfter({ state, lastHeardAt, waitMs }: Entry<T>, problem: PollError | null, at: string): SourceState {
    if (problem === null) return { state: "live", since: at };
    const kind = problem.rule !== null ? "forbidden" : lastHeardAt === null ? "failed" : "stale";
    const since = state.state === kind ? state.since : at;
    if (problem.rule !== null) return { state: "forbidden", since, rule: problem.rule };
    const error = { code: problem.code === "forbidden" ? ("unauthorized" as const) : problem.code, detail: problem.message };
    const retryAt = new Date(this.#options.clock.now() + waitMs).toISOString();
    return lastHeardAt === null ? { state: "failed", since, error, retryAt } : { state: "stale", since, lastError: error, retryAt };
  }

  /** The interval ± 10 %, longer after failures. */
  #nextWaitMs(failures: number): number {
    const { intervalMs, maxWaitMs, random } = this.#options;
    return Math.min(maxWaitMs, intervalMs * 2 ** Math.min(failures, MAX_DOUBLINGS)) * (0.9 + 0.2 * random());
  }

  #report(part: string | null, state: SourceState, lastHeardAt: string | null, way: SourceWay | null): SourceReport {
    const { cluster, source, clock } = this.#options;
    const from = clock.monotonic() - MINUTE_MS;
    this.#requests = this.#requests.filter((time) => time > from);
    return {
      key: [cluster, source, ...(part === null ? [] : [part])].join("/"),
      cluster,
      source,
      part,
      state,
      objects: null,
      lastHeardAt,
      requestsPerMinute: part === null ? this.#requests.length : null,
      openWatches: 0,
      relists: 0,
      reconnects: 0,
      ...(way === null ? {} : { way }),
    };
  }

  #iso(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }
}
