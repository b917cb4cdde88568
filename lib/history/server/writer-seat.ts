import "server-only";
import { sql, type Transaction } from "kysely";
import type { Clock } from "../../base/clock.ts";
import type { Tables } from "../tables.ts";
import type { Database } from "./database.ts";

/** As client-go's leader election has them: LeaseDuration and RetryPeriod. */
const EXPIRY_MS = 15_000;
const BEAT_MS = 2_000;

export interface SeatOptions {
  /** Who takes it, as people may read it. */
  name: string;
  clock: Clock;
  /** Somebody else decides who writes, and this process is it now. Without it the seat goes to whoever finds it free or silent. */
  elected?: () => boolean;
  expiryMs?: number;
  beatMs?: number;
}

/** Who writes: this process, or who was read last; null: nobody. */
export interface SeatState {
  here: boolean;
  name: string | null;
}

/** Another process has taken the seat: what this one wanted to write is not written. */
export class SeatLost extends Error {
  override readonly name = "SeatLost";
}

interface Row {
  name: string;
  term: number;
  beat: number;
}

/**
 * The right to write to a database that several processes share: one row. Its holder moves `beat`; whoever sees it stand still for `expiryMs` by its own
 * clock takes it and moves `term` on, so clocks need not agree. Each write looks at `term` in its own transaction: one that was asleep when another took the
 * seat writes nothing, whatever it believes (a fencing token).
 */
export class WriterSeat {
  readonly #database: Database;
  readonly #options: SeatOptions;
  #term: number | null = null;
  #name: string | null = null;
  /** The row of another, since when it has stood still. */
  #seen: { row: Row; since: number } | null = null;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(database: Database, options: SeatOptions) {
    this.#database = database;
    this.#options = options;
  }

  get state(): SeatState {
    return { here: this.#term !== null, name: this.#name };
  }

  /** Keeps or tries to take the seat, at most every `beatMs`; true: it is this process's. Throws what the database throws. */
  async keep(): Promise<boolean> {
    const { clock, elected, beatMs = BEAT_MS } = this.#options;
    if (elected?.() === false) await this.release();
    const now = clock.monotonic();
    if (now - this.#askedAt < beatMs) return this.#term !== null;
    try {
      await (this.#term === null ? this.#take() : this.#beat(this.#term));
    } catch (error) {
      // While the database does not answer nobody can move the beat: silence counts from its return.
      this.#seen = null;
      throw error;
    }
    this.#askedAt = now;
    return this.#term !== null;
  }

  /** Inside of the transaction of a write, before anything else. Throws SeatLost. The row stays locked until the transaction ends. */
  async check(db: Transaction<Tables>): Promise<void> {
    const row = await db.selectFrom("writer").select(["name", "term"]).where("id", "=", 1).forShare().executeTakeFirst();
    if (this.#term !== null && Number(row?.term) === this.#term) return;
    this.#lose(row?.name ?? null);
    throw new SeatLost(`finished jobs are written by ${row?.name || "nobody"}`);
  }

  /** Lets another take it at once. */
  async release(): Promise<void> {
    const term = this.#term;
    if (term === null) return;
    this.#lose(null);
    await this.#database.db
      .updateTable("writer")
      .set((eb) => ({ name: "", beat: eb("beat", "+", 1) }))
      .where("id", "=", 1)
      .where("term", "=", term)
      .execute();
  }

  async #beat(term: number): Promise<void> {
    const { numUpdatedRows } = await this.#database.db
      .updateTable("writer")
      .set((eb) => ({ beat: eb("beat", "+", 1) }))
      .where("id", "=", 1)
      .where("term", "=", term)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) this.#lose(null);
  }

  async #take(): Promise<void> {
    const row = await this.#read();
    this.#name = row.name || null;
    const { name, elected } = this.#options;
    if (elected === undefined ? !this.#isFree(row) : !elected()) return;
    const { numUpdatedRows } = await this.#database.db
      .updateTable("writer")
      .set({ name, term: row.term + 1, beat: row.beat + 1 })
      .where("id", "=", 1)
      .where("term", "=", row.term)
      .where("beat", "=", row.beat)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return;
    this.#term = row.term + 1;
    this.#name = name;
    this.#seen = null;
  }

  #isFree(row: Row): boolean {
    const { clock, expiryMs = EXPIRY_MS } = this.#options;
    if (row.name === "") return true;
    const now = clock.monotonic();
    if (this.#seen?.row.term !== row.term || this.#seen.row.beat !== row.beat) this.#seen = { row, since: now };
    return now - this.#seen.since >= expiryMs;
  }

  async #read(): Promise<Row> {
    const { db } = this.#database;
    // PostgreSQL gives bigint as text.
    const row = await db.selectFrom("writer").select(["name", "term", "beat"]).where("id", "=", 1).executeTakeFirst();
    if (row !== undefined) return { name: row.name, term: Number(row.term), beat: Number(row.beat) };
    await sql`insert into writer (id, name, term, beat) values (1, '', 0, 0) on conflict (id) do nothing`.execute(db);
    return { name: "", term: 0, beat: 0 };
  }

  #lose(name: string | null): void {
    this.#term = null;
    this.#name = name || null;
    this.#seen = null;
  }
}
