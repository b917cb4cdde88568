import "server-only";
import { Kysely, PostgresDialect, SqliteDialect } from "kysely";
import { mkdirSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import type { Tables } from "../tables.ts";
import { migrate } from "./migrations.ts";
import { openSqlite } from "./sqlite-database.ts";

export type HistoryLocation = { kind: "sqlite"; folder: string } | { kind: "postgres"; url: string };
export interface Database {
  readonly db: Kysely<Tables>;
  readonly kind: "sqlite" | "postgres";
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
    throw unusable(location, error as Error);
  }
  const opened = db;
  return { db: opened, kind: location.kind, close: () => opened.destroy() };
}

function unusable(location: HistoryLocation, error: Error): Error {
  if (location.kind === "sqlite")
    return new Error(`RUNNERSCOPE_DATA: the history cannot be opened: ${error.message}. Check that the folder is writable.`, {
      cause: error,
    });
  const text = withoutPassword(error.message, location.url);
  // No cause: it may hold the URL.
  return new Error(
    `DATABASE_URL: the history cannot be opened: ${text}. Check that the server answers and that the user may create tables.`,
  );
}

function openFolder(folder: string): Kysely<Tables> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: openSqlite(path.join(folder, "history.sqlite")) }) });
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

function withoutPassword(text: string, url: string): string {
  const password = /\/\/[^:@/]*:([^@/]*)@/.exec(url)?.[1];
  return password ? text.replaceAll(password, "[removed]").replaceAll(decodeURIComponent(password), "[removed]") : text;
}
