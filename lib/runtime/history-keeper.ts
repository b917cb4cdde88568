import type { Clock } from "../base/clock.ts";
import { Backoff } from "../base/retry.ts";
import type { Job } from "../fleet/schema.ts";
import { readOnNode, readRuns } from "../history/server/read-around.ts";
import { openDatabase, type Database } from "../history/server/database.ts";
import type { HistoryLocation } from "../history/server/describe-fault.ts";
import { findByGitlabId, findJobs, readKeptJob } from "../history/server/find-jobs.ts";
import { MAX_WAITING, Recorder, type Memory } from "../history/server/recorder.ts";
import { describeKept, sweep } from "../history/server/retention.ts";
import { WriterSeat } from "../history/server/writer-seat.ts";
import type { HistoryFilter, HistoryKept, HistoryPage, HistoryWriting } from "../history/schema.ts";
import { endOf, type KeptJob } from "../history/write-row.ts";
import type { Log } from "./log.ts";

const SWEEP_MS = 600_000;
const LOOK_MS = 1_000;
/** Counting and measuring a million jobs takes a moment; the page need not pay for it each time. */
const KEPT_MS = 60_000;
/** What is quickly counted is counted again sooner, so that the page does not say fewer jobs than it shows: counting takes 2 % of the time at most. */
const KEPT_SHARE = 50;

export interface HistoryOptions {
  location: HistoryLocation;
  maxAgeMs: number;
  maxBytes: number;
  clock: Clock;
  log: Log;
  /** Clusters whose pods are watched now, each with since when (ms since the epoch). */
  watching: () => ReadonlyMap<string, number>;
  /** All ended jobs that are in memory: what nobody has written yet is, when this process begins to write. */
  ended: () => Iterable<KeptJob>;
  /** How long and how many of them stay there. */
  keep: { maxJobs: number; maxAgeMs: number };
  /** Of this process, for those that share its database and for people. */
  name: string;
  /** Decides which of several processes writes; null: whoever finds the seat in the database free. */
  election?: Election | null;
}

/** A decision from elsewhere about who writes. `problem`: why nobody can be elected; null: somebody can. */
export interface Election {
  readonly identity: string;
  readonly elected: boolean;
  readonly problem: string | null;
  start(): void;
  stop(): Promise<void>;
}

/** The database did not answer; that says nothing about whether the job is in it. */
export class HistoryError extends Error {
  override readonly name = "HistoryError";
}

/** By name: Next evaluates a module several times, so the class that threw need not be the one that a route imports. */
export function isHistoryError(error: unknown): error is HistoryError {
  return error instanceof Error && error.name === "HistoryError";
}

/** For `/metrics`. `writable`: open, and what was written last was taken. `lost`: jobs that were let go because the database did not take them for too long. */
export interface HistoryFigures {
  open: boolean;
  writable: boolean;
  waiting: number;
  written: number;
  lost: number;
  /** This process writes; of several that share a database one does. */
  writes: boolean;
}

export type HistoryState = { state: "opening" } | { state: "open" } | { state: "failed"; error: string };

/** The history of one process: opens the database, again and again if need be, writes what ended, lets go of what is too old. The product works without it. */
export class HistoryKeeper {
  readonly #options: HistoryOptions;
  readonly #backoff = new Backoff({ baseMs: 2_000, maxMs: 60_000, minMs: 1_000, random: Math.random });
  #open: { database: Database; recorder: Recorder } | null = null;
  #state: HistoryState = { state: "opening" };
  #kept: { at: number; until: number; value: HistoryKept } | null = null;
  #cancel: () => void = () => {};
  #cancelLook: () => void = () => {};
  #failing = false;
  /** What ended while no database was open. */
  readonly #carried = new Map<string, KeptJob>();
  #lost = 0;
  #stopped = false;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  get state(): HistoryState {
    const recorded = this.#open?.recorder.state;
    const unelected = recorded?.writer.name === null && !recorded.writer.here ? this.#options.election?.problem : null;
    const error = recorded?.lastError ?? unelected ?? null;
    return error === null ? this.#state : { state: "failed", error };
  }

  /** For `/history`. */
  writing(): HistoryWriting {
    const { waiting, lost } = this.figures();
    const writer = this.#open?.recorder.state.writer ?? { here: false, name: null };
    return { error: this.state.state === "failed" ? this.state.error : null, waiting, lost, writer };
  }

  figures(): HistoryFigures {
    const { waiting = this.#carried.size, written = 0, lost = 0, writer } = this.#open?.recorder.state ?? {};
    return {
      open: this.#open !== null,
      writable: this.state.state === "open",
      waiting,
      written,
      lost: this.#lost + lost,
      writes: writer?.here ?? false,
    };
  }

  start(): void {
    this.#options.election?.start();
    void this.#opening();
  }

  /** A job that ended, or about whose end more is known now. */
  add(kept: KeptJob): void {
    if (this.#open === null) this.#carry([kept]);
    else this.#open.recorder.add(kept);
  }

  /** null: the history is not open. This and the reads below throw HistoryError when the database does not answer. */
  async find(filter: HistoryFilter, limit: number, cursor: string | null): Promise<HistoryPage | null> {
    return this.#read((database) => findJobs(database, filter, limit, cursor), null);
  }

  async job(cluster: string, uid: string): Promise<KeptJob | null> {
    return this.#read((database) => readKeptJob(database, cluster, uid), null);
  }

  async byGitlabId(id: string): Promise<{ cluster: string; uid: string }[]> {
    return this.#read((database) => findByGitlabId(database, id), []);
  }

  /** Finished runs of one job, newest first. */
  async runs(project: string, name: string, limit: number): Promise<Job[]> {
    return this.#read((database) => readRuns(database, project, name, limit), []);
  }

  /** Finished jobs that were on a node in a stretch of time. */
  async onNode(where: Parameters<typeof readOnNode>[1], limit: number): Promise<Job[]> {
    return this.#read((database) => readOnNode(database, where, limit), []);
  }

  async kept(): Promise<HistoryKept | null> {
    const now = this.#options.clock.now();
    if (this.#kept === null || now > this.#kept.until || now < this.#kept.at) {
      const { maxAgeMs, maxBytes, clock } = this.#options;
      const began = clock.monotonic();
      const value = await this.#read((database) => describeKept(database, { maxAgeMs, maxBytes }), null);
      if (value === null) return null;
      this.#kept = { at: now, until: now + Math.min(KEPT_MS, (clock.monotonic() - began) * KEPT_SHARE), value };
    }
    return this.#kept.value;
  }

  async #read<T>(read: (database: Database) => Promise<T>, closed: T): Promise<T> {
    if (this.#open === null) return closed;
    const { database } = this.#open;
    try {
      return await read(database);
    } catch (error) {
      throw new HistoryError(`The history's database does not answer. ${database.describe(error as Error).slice(0, 600)}`);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    this.#cancelLook();
    await this.#open?.recorder.stop();
    await this.#options.election?.stop();
    await this.#open?.database.close();
    this.#open = null;
  }

  async #opening(): Promise<void> {
    const { location, clock, log, watching } = this.#options;
    try {
      const database = await openDatabase(location);
      if (this.#stopped) return await database.close();
      const recorder = new Recorder(database, clock, database.kind === "postgres" ? this.#seat(database) : null);
      this.#open = { database, recorder };
      this.#state = { state: "open" };
      recorder.start({ watching, memory: () => this.#memory() });
      this.#sweeping();
      this.#looking();
    } catch (error) {
      if (this.#stopped) return;
      const message = (error as Error).message;
      if (this.#state.state !== "failed") log.error(message);
      this.#state = { state: "failed", error: message };
      this.#cancel = clock.after(this.#backoff.next(), () => void this.#opening());
    }
  }

  /** Several processes may share a database across the network; a folder belongs to one. */
  #seat(database: Database): WriterSeat {
    const { name, clock, election = null } = this.#options;
    return new WriterSeat(database, { name, clock, ...(election === null ? {} : { elected: () => election.elected }) });
  }

  #carry(jobs: readonly KeptJob[]): void {
    for (const kept of jobs) this.#carried.set(kept.job.key, kept);
    for (const key of this.#carried.keys()) {
      if (this.#carried.size <= MAX_WAITING) break;
      this.#carried.delete(key);
      this.#lost += 1;
    }
  }

  #memory(): Memory {
    const { ended, keep, clock } = this.#options;
    const jobs = [...new Map([...this.#carried, ...Array.from(ended(), (kept) => [kept.job.key, kept] as const)]).values()];
    this.#carried.clear();
    const oldest = clock.now() - keep.maxAgeMs;
    // Full, so that older ones may have had to go before their time.
    return { jobs, fromMs: jobs.length < keep.maxJobs ? oldest : jobs.reduce((ms, { job }) => Math.min(ms, endOf(job)), clock.now()) };
  }

  /** Says in the log when writing begins to fail and when it works again: once each, however long it lasts. */
  #looking(): void {
    if (this.#open === null || this.#stopped) return;
    if (this.#open.database.isMoved()) return void this.#reopen();
    const { lastError, waiting, lost, writer } = this.#open.recorder.state;
    // Another dashboard writes what ended before this one could.
    if (!writer.here && writer.name !== null) this.#carried.clear();
    if ((lastError !== null) !== this.#failing) {
      this.#failing = lastError !== null;
      if (lastError === null) this.#options.log.info({ lost }, "history: finished jobs are written again");
      else this.#options.log.error({ waiting, lost }, `history: finished jobs cannot be written: ${lastError}`);
    }
    this.#cancelLook = this.#options.clock.after(LOOK_MS, () => this.#looking());
  }

  /** What was written is where the file went; what is in memory goes into the new one. */
  async #reopen(): Promise<void> {
    const old = this.#open;
    this.#open = null;
    this.#failing = false;
    this.#cancel();
    this.#state = { state: "opening" };
    this.#kept = null;
    this.#options.log.warn("history: the database's file is no longer in its folder; a new one is opened");
    await old?.recorder.stop();
    this.#carry(old?.recorder.drain() ?? []);
    this.#lost += old?.recorder.state.lost ?? 0;
    await old?.database.close().catch(() => {});
    if (!this.#stopped) await this.#opening();
  }

  #sweeping(): void {
    const { clock, log, maxAgeMs, maxBytes } = this.#options;
    const open = this.#open;
    if (open === null || this.#stopped) return;
    const work = open.recorder.state.writer.here ? sweep(open.database, { maxAgeMs, maxBytes }, clock.now()) : Promise.resolve(0);
    void work
      .then(
        (gone) => gone > 0 && log.info({ jobs: gone }, "history: let go of the oldest"),
        (error: Error) => log.warn(`history: the clean-up failed: ${error.message}`),
      )
      .then(() => {
        if (!this.#stopped && this.#open === open) this.#cancel = clock.after(SWEEP_MS, () => this.#sweeping());
      });
  }
}
