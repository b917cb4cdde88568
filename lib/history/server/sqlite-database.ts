import "server-only";
import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { SqliteDatabase, SqliteStatement } from "kysely";

/** Statements are kept: preparing costs more than most of our queries. */
const MAX_STATEMENTS = 200;

const NOTHING = { changes: 0, lastInsertRowid: 0 };

/**
 * `node:sqlite` as Kysely's SQLite dialect wants it. WAL with synchronous NORMAL: a killed process loses nothing that was committed, and nothing
 * is half-written (sqlite.org/wal.html); a power cut may lose the last commits.
 */
export function openSqlite(file: string): SqliteDatabase {
  // SQLite makes its files as open as the umask lets it, and -wal and -shm as open as the file: names of jobs and projects are not for everybody.
  closeSync(openSync(file, "a", 0o600));
  const database = new DatabaseSync(file, { timeout: 5_000 });
  for (const pragma of [
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "foreign_keys = ON",
    "auto_vacuum = INCREMENTAL",
    "cache_size = -16000",
  ])
    database.exec(`PRAGMA ${pragma}`);
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare(sql) {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      const statement = database.prepare(sql);
      const isRollback = sql === "rollback";
      const made: SqliteStatement = {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
        // A full disk has ended the transaction already (sqlite.org/lang_transaction.html); the error of a second end would hide that.
        run: (parameters) => (isRollback && !database.isTransaction ? NOTHING : statement.run(...(parameters as SQLInputValue[]))),
        iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<unknown>,
      };
      if (statements.size >= MAX_STATEMENTS) statements.clear();
      statements.set(sql, made);
      return made;
    },
  };
}
