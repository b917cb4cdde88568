import "server-only";
import { Kysely, PostgresDialect, SqliteDialect } from "kysely";
import { mkdirSync, statSync } from "node:fs";
import pg from "pg";
import type { Tables } from "../tables.ts";
import { describeFault, sqliteFile, type HistoryLocation } from "./describe-fault.ts";
import { migrate } from "./migrations.ts";
import { openSqlite } from "./sqlite-database.ts";

export interface Database {
  readonly db: Kysely<Tables>;
  readonly kind: "sqlite" | "postgres";
  /** What went wrong in words for people. */
  describe(error: Error): string;
  /** Its file is no longer where it was opened: what is written now goes to nobody. */
  isMoved(): boolean;
  close(): Promise<void>;
}

/** Milliseconds. */
const QUERY_MS = 15_000;

/** Opens (and makes) the database and brings its tables up to date. Throws an Error that names the variable and the remedy, never the password in the URL. */
export async function openDatabase(location: HistoryLocation): Promise<Database> {
  let db: Kysely<Tables> | null = null;
  try {
    db = location.kind === "sqlite" ? openFolder(location.folder) : openPostgres(location.url);
    await migrate(db as unknown as Kysely<never>);
  } catch (error) {
    await db?.destroy().catch(() => {});
    // No cause: it may hold the URL.
    throw new Error(describeFault(location, error as Error));
  }
  const opened = db;
  return {
    db: opened,
    kind: location.kind,
    describe: (error) => describeFault(location, error),
    isMoved: location.kind === "sqlite" ? watchFile(sqliteFile(location.folder)) : () => false,
    close: () => opened.destroy(),
  };
}

function openFolder(folder: string): Kysely<Tables> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: openSqlite(sqliteFile(folder)) }) });
}

/** SQLite itself does not notice it in WAL mode. */
function watchFile(file: string): () => boolean {
  const opened = statSync(file).ino;
  return () => {
    try {
      return statSync(file, { throwIfNoEntry: false })?.ino !== opened;
    } catch {
      // It cannot be looked at; the next write tells.
      return false;
    }
  };
}

function openPostgres(url: string): Kysely<Tables> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 4,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    // The server's own timeout does not help when the server, or the way to it, has fallen silent.
    query_timeout: QUERY_MS,
    keepAlive: true,
    application_name: "runnerscope",
  });
  // An idle connection that the server ends is not an error of ours; the next query opens another.
  pool.on("error", () => {});
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}
