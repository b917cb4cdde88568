import "server-only";
import { randomUUID } from "node:crypto";
import type { Transaction } from "kysely";
import type { Clock } from "../../base/clock.ts";
import type { Tables } from "../tables.ts";
import { writeFindings, writeJob, type KeptJob } from "../write-row.ts";
import type { Database } from "./database.ts";

/** What a kill -9 may lose: jobs that ended within this time, and as much of the watched time. */
const FLUSH_MS = 500;
const SEEN_MS = 1_000;
/** Rows of one statement: PostgreSQL takes 65,535 parameters, SQLite 32,766; a job has 21. */
const AT_ONCE = 500;
/** More than this waits only when the database does not answer; then the oldest go, and are counted. */
const MAX_WAITING = 20_000;

export interface RecorderState {
  /** null: all is written. */
  lastError: string | null;
  waiting: number;
  lost: number;
  written: number;
}

/** Writes finished jobs in batches, and that somebody watched. A batch is one transaction: it is there whole or not at all; a job that comes again replaces itself. */
export class Recorder {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #queue = new Map<string, KeptJob>();
  readonly #watches = new Map<string, { id: string; startedAt: number }>();
  readonly state: RecorderState = { lastError: null, waiting: 0, lost: 0, written: 0 };
  #watching = () => new Set<string>();
  #cancels: (() => void)[] = [];
  #flushing: Promise<void> | null = null;
  #seenAt = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** `watching` names the clusters whose pods are watched at that moment. */
  start(watching: () => Set<string>): void {
    this.#watching = watching;
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
  }

  async #write(): Promise<void> {
    try {
      await this.#writeSeen();
      while (this.#queue.size > 0) {
        const batch = [...this.#queue.entries()].slice(0, AT_ONCE);
        await this.#writeWhole(batch.map(([, kept]) => kept));
        for (const [key, kept] of batch) if (this.#queue.get(key) === kept) this.#queue.delete(key);
        this.state.written += batch.length;
        this.state.waiting = this.#queue.size;
      }
      this.state.lastError = null;
    } catch (error) {
      this.state.lastError = (error as Error).message.slice(0, 300);
    }
  }

  /** In one transaction. Throws what went wrong first: after a full disk SQLite has rolled back by itself, and Kysely's own rollback then fails with that. */
  async #writeWhole(batch: readonly KeptJob[]): Promise<void> {
    let first: unknown = null;
    try {
      await this.#database.db.transaction().execute((db) =>
        writeBatch(db, batch).catch((error: unknown) => {
          first = error;
          throw error;
        }),
      );
    } catch (error) {
      throw first ?? error;
    }
  }

  /** Moves the end of the watched time of each cluster that is watched now; one that comes back after a silence begins a new one. */
  async #writeSeen(): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#seenAt < SEEN_MS && now >= this.#seenAt) return;
    this.#seenAt = now;
    const watching = this.#watching();
    for (const cluster of this.#watches.keys()) if (!watching.has(cluster)) this.#watches.delete(cluster);
    for (const cluster of watching) {
      const known = this.#watches.get(cluster);
      if (known !== undefined) {
        await this.#database.db.updateTable("watch").set({ seen_at: now }).where("id", "=", known.id).execute();
        continue;
      }
      const watch = { id: randomUUID(), startedAt: now };
      await this.#database.db.insertInto("watch").values({ id: watch.id, cluster, started_at: now, seen_at: now }).execute();
      this.#watches.set(cluster, watch);
    }
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
