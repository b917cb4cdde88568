import "server-only";
import { setTimeout } from "node:timers/promises";
import { sql } from "kysely";
import type { HistoryGap, HistoryKept } from "../schema.ts";
import type { Database } from "./database.ts";

export interface Bounds {
  maxAgeMs: number;
  maxBytes: number;
}

/** Rows that go in one transaction, so that a big clean-up holds nobody up for long. */
const AT_ONCE = 2_000;
const PAUSE_MS = 10;
/** Silence between two watches of a cluster that is shorter than this is a restart of the recorder's own loop, not a gap. */
const GAP_MS = 3_000;

/** Lets go of what is too old, then of the oldest while the database is too large. Returns how many jobs went. */
export async function sweep(database: Database, bounds: Bounds, nowMs: number): Promise<number> {
  let gone = await removeBefore(database, nowMs - bounds.maxAgeMs);
  await database.db
    .deleteFrom("watch")
    .where("seen_at", "<", nowMs - bounds.maxAgeMs)
    .execute();
  for (let bytes = await sizeOf(database); bytes !== null && bytes > bounds.maxBytes; bytes = await sizeOf(database)) {
    const oldest = await database.db
      .selectFrom("job")
      .select("ended_at")
      .orderBy("ended_at")
      .offset(AT_ONCE - 1)
      .limit(1)
      .executeTakeFirst();
    const removed = await removeBefore(database, oldest === undefined ? Number.MAX_SAFE_INTEGER : Number(oldest.ended_at) + 1);
    gone += removed;
    if (removed === 0) break;
    await shrink(database);
  }
  return gone;
}

/** In pieces with a pause between: SQLite's work is done on the thread that serves everybody. */
async function removeBefore({ db }: Database, before: number): Promise<number> {
  let gone = 0;
  for (;;) {
    const last = await db
      .selectFrom("job")
      .select("ended_at")
      .where("ended_at", "<", before)
      .orderBy("ended_at")
      .offset(AT_ONCE - 1)
      .limit(1)
      .executeTakeFirst();
    const until = last === undefined ? before : Number(last.ended_at) + 1;
    const removed = await db.deleteFrom("job").where("ended_at", "<", until).executeTakeFirst();
    await db.deleteFrom("finding").where("ended_at", "<", until).execute();
    gone += Number(removed.numDeletedRows);
    if (last === undefined) return gone;
    await setTimeout(PAUSE_MS);
  }
}

async function shrink({ db, kind }: Database): Promise<void> {
  if (kind === "sqlite") await sql`pragma incremental_vacuum`.execute(db);
}

/** Bytes the data takes; PostgreSQL gives freed space back only after its own vacuum, so there the live share is estimated from the rows. */
export async function sizeOf({ db, kind }: Database): Promise<number | null> {
  if (kind === "sqlite") {
    const pages = await sql<{
      bytes: number;
    }>`select (page_count - freelist_count) * page_size as bytes from pragma_page_count(), pragma_freelist_count(), pragma_page_size()`.execute(
      db,
    );
    return Number(pages.rows[0]?.bytes ?? 0);
  }
  const live = await sql<{ bytes: string | null }>`select sum(pg_column_size(job.*))::bigint as bytes from job`.execute(db);
  return live.rows[0]?.bytes === undefined ? null : Number(live.rows[0].bytes ?? 0);
}

/** What is kept and which times nobody watched, for the pages. */
export async function describeKept(database: Database, bounds: Bounds): Promise<HistoryKept> {
  const { db } = database;
  const jobs = await db
    .selectFrom("job")
    .select((eb) => [eb.fn.countAll().as("count"), eb.fn.min("ended_at").as("oldest")])
    .executeTakeFirst();
  return {
    jobs: Number(jobs?.count ?? 0),
    oldestAt: jobs?.oldest === null || jobs?.oldest === undefined ? null : new Date(Number(jobs.oldest)).toISOString(),
    bytes: await sizeOf(database),
    ...bounds,
    gaps: await findGaps(database),
  };
}

/** Times between two watches of the same cluster. */
async function findGaps({ db }: Database): Promise<HistoryGap[]> {
  const watches = await db
    .selectFrom("watch")
    .select(["cluster", "started_at", "seen_at"])
    .orderBy("cluster")
    .orderBy("started_at")
    .execute();
  const gaps: HistoryGap[] = [];
  let before: { cluster: string; until: number } = { cluster: "", until: 0 };
  for (const watch of watches) {
    const start = Number(watch.started_at);
    if (before.cluster === watch.cluster && start - before.until > GAP_MS)
      gaps.push({ cluster: watch.cluster, from: new Date(before.until).toISOString(), to: new Date(start).toISOString() });
    const until = Number(watch.seen_at);
    before = { cluster: watch.cluster, until: before.cluster === watch.cluster ? Math.max(before.until, until) : until };
  }
  return gaps.slice(-100);
}
