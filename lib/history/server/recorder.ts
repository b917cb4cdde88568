import "server-only";
import { randomUUID } from "node:crypto";
import type { Transaction } from "kysely";
import type { Clock } from "../../base/clock.ts";
import type { Tables } from "../tables.ts";
import { writeFindings, writeJob, type KeptJob } from "../write-row.ts";
import type { Database } from "./database.ts";
import { SeatLost, type SeatState, type WriterSeat } from "./writer-seat.ts";

/** What a kill -9 may lose: jobs that ended within this time, and as much of the watched time. */
const FLUSH_MS = 500;
const SEEN_MS = 1_000;
/** Rows of one statement: PostgreSQL takes 65,535 parameters, SQLite 32,766; a job has 21. */
const AT_ONCE = 500;
/** More than this waits only when the database does not answer; then the oldest go, and are counted. */
export const MAX_WAITING = 20_000;

export interface RecorderState {
  /** null: all is written. */
  lastError: string | null;
  waiting: number;
  lost: number;
  written: number;
  writer: SeatState;
}

/** What a process knows of finished jobs when it begins to write: those that are in its memory, and since when that memory is whole (ms since the epoch). */
export interface Memory {
  jobs: readonly KeptJob[];
  fromMs: number;
}

export interface RecorderTasks {
  /** Clusters whose pods are watched at that moment, each with since when (ms since the epoch). */
  watching: () => ReadonlyMap<string, number>;
  memory: () => Memory;
}

const NO_TASKS: RecorderTasks = { watching: () => new Map(), memory: () => ({ jobs: [], fromMs: Number.NEGATIVE_INFINITY }) };

/**
 * Writes finished jobs in batches, and that somebody watched. A batch is one transaction: it is there whole or not at all; a job that comes again replaces
 * itself. With a seat only its holder writes; the others remember, and whoever takes the seat adds what is missing from its own memory.
 */
export class Recorder {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #seat: WriterSeat | null;
  readonly #queue = new Map<string, KeptJob>();
  readonly #watches = new Map<string, string>();
  readonly state: RecorderState = { lastError: null, waiting: 0, lost: 0, written: 0, writer: { here: false, name: null } };
  #tasks = NO_TASKS;
  #cancels: (() => void)[] = [];
  #flushing: Promise<void> | null = null;
  #seenAt = Number.NEGATIVE_INFINITY;
  /** Since when the memory is whole with which this process began to write; null: it does not write. */
  #wholeFromMs: number | null = null;
  #stopped = false;

  constructor(database: Database, clock: Clock, seat: WriterSeat | null = null) {
    this.#database = database;
    this.#clock = clock;
    this.#seat = seat;
  }

  start(tasks: RecorderTasks): void {
    this.#tasks = tasks;
    const loop = () => {
      if (this.#stopped) return;
      void this.flush().finally(() => (this.#cancels = [this.#clock.after(FLUSH_MS, loop)]));
    };
    loop();
  }

  /** A job that ended, or one that ended and about which something more is known now. */
  add(kept: KeptJob): void {
    this.#queue.delete(kept.job.key);
    this.#queue.set(kept.job.key, kept);
    for (const key of this.#queue.keys()) {
      if (this.#queue.size <= MAX_WAITING) break;
      this.#queue.delete(key);
      this.state.lost += 1;
    }
    this.state.waiting = this.#queue.size;
  }

  /** Takes out what waits. */
  drain(): KeptJob[] {
    const waiting = [...this.#queue.values()];
    this.#queue.clear();
    this.state.waiting = 0;
    return waiting;
  }

  /** Writes what waits. Never throws: what could not be written waits for the next time. */
  flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => (this.#flushing = null));
    return this.#flushing;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#cancels) cancel();
    await this.#flushing;
    await this.flush();
    await this.#seat?.release().catch(() => {});
  }

  async #write(): Promise<void> {
    try {
      if (await this.#mayWrite()) await this.#writeAll();
      this.state.lastError = null;
    } catch (error) {
      // Who has it now writes what waited here.
      if (error instanceof SeatLost) this.#leave();
      else this.state.lastError = this.#database.describe(error as Error).slice(0, 600);
    } finally {
      this.state.writer = this.#seat?.state ?? { here: true, name: null };
    }
  }

  /** Whether this process writes now. When it begins to, it adds what it remembers and nobody has written. */
  async #mayWrite(): Promise<boolean> {
    if (this.#seat !== null && !(await this.#seat.keep())) {
      this.#leave();
      return false;
    }
    if (this.#wholeFromMs === null) {
      const { jobs, fromMs } = this.#tasks.memory();
      for (const kept of await this.#missing(jobs)) if (!this.#queue.has(kept.job.key)) this.add(kept);
      this.#wholeFromMs = fromMs;
    }
    return true;
  }

  #leave(): void {
    this.#queue.clear();
    this.#watches.clear();
    this.#wholeFromMs = null;
    this.state.waiting = 0;
  }

  /** Those that are not in the database: what another has written of the rest may be more than what is known here. */
  async #missing(jobs: readonly KeptJob[]): Promise<KeptJob[]> {
    const missing: KeptJob[] = [];
    for (let from = 0; from < jobs.length; from += AT_ONCE) {
      const some = jobs.slice(from, from + AT_ONCE);
      const uids = some.map(({ job }) => job.uid);
      const there = await this.#database.db.selectFrom("job").select(["cluster", "uid"]).where("uid", "in", uids).execute();
      const keys = new Set(there.map(({ cluster, uid }) => `${cluster} ${uid}`));
      missing.push(...some.filter(({ job }) => !keys.has(`${job.cluster} ${job.uid}`)));
    }
    return missing;
  }

  async #writeAll(): Promise<void> {
    await this.#writeSeen();
    while (this.#queue.size > 0) {
      const batch = [...this.#queue.entries()].slice(0, AT_ONCE);
      const jobs = batch.map(([, kept]) => kept);
      await this.#writeWhole((db) => writeBatch(db, jobs));
      for (const [key, kept] of batch) if (this.#queue.get(key) === kept) this.#queue.delete(key);
      this.state.written += batch.length;
      this.state.waiting = this.#queue.size;
    }
  }

  /** In one transaction. Throws what went wrong first: where the connection is gone, Kysely's own rollback fails too. */
  async #writeWhole(work: (db: Transaction<Tables>) => Promise<void>): Promise<void> {
    let first: unknown = null;
    try {
      await this.#database.db.transaction().execute(async (db) => {
        try {
          await this.#seat?.check(db);
          await work(db);
        } catch (error) {
          first = error;
          throw error;
        }
      });
    } catch (error) {
      throw first ?? error;
    }
  }

  /** Moves the end of the watched time of each cluster that is watched now; one that comes back after a silence begins a new one. */
  async #writeSeen(): Promise<void> {
    const now = this.#clock.now();
    const watching = this.#tasks.watching();
    const begins = [...watching.keys()].some((cluster) => !this.#watches.has(cluster));
    if (!begins && now - this.#seenAt < SEEN_MS && now >= this.#seenAt) return;
    this.#seenAt = now;
    for (const cluster of this.#watches.keys()) if (!watching.has(cluster)) this.#watches.delete(cluster);
    const made = new Map<string, string>();
    await this.#writeWhole(async (db) => {
      for (const [cluster, sinceMs] of watching) {
        const known = this.#watches.get(cluster);
        if (known !== undefined) {
          await db.updateTable("watch").set({ seen_at: now }).where("id", "=", known).execute();
          continue;
        }
        const id = randomUUID();
        const started_at = Math.min(now, Math.max(sinceMs, this.#wholeFromMs ?? now));
        await db.insertInto("watch").values({ id, cluster, started_at, seen_at: now }).execute();
        made.set(cluster, id);
      }
    });
    for (const [cluster, id] of made) this.#watches.set(cluster, id);
  }
}

async function writeBatch(db: Transaction<Tables>, batch: readonly KeptJob[]): Promise<void> {
  for (const { job } of batch) await db.deleteFrom("finding").where("cluster", "=", job.cluster).where("uid", "=", job.uid).execute();
  await db
    .insertInto("job")
    .values(batch.map(writeJob))
    .onConflict((conflict) =>
      conflict.columns(["cluster", "uid"]).doUpdateSet((eb) => ({
        node: eb.ref("excluded.node"),
        gitlab_id: eb.ref("excluded.gitlab_id"),
        gitlab_url: eb.ref("excluded.gitlab_url"),
        name: eb.ref("excluded.name"),
        name_key: eb.ref("excluded.name_key"),
        project: eb.ref("excluded.project"),
        project_key: eb.ref("excluded.project_key"),
        ref: eb.ref("excluded.ref"),
        runner: eb.ref("excluded.runner"),
        image: eb.ref("excluded.image"),
        failure_reason: eb.ref("excluded.failure_reason"),
        verdict: eb.ref("excluded.verdict"),
        certainty: eb.ref("excluded.certainty"),
        container: eb.ref("excluded.container"),
        ended_at: eb.ref("excluded.ended_at"),
        document: eb.ref("excluded.document"),
      })),
    )
    .execute();
  const findings = batch.flatMap(writeFindings);
  if (findings.length > 0) await db.insertInto("finding").values(findings).execute();
}
