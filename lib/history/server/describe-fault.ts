import "server-only";
import path from "node:path";

export type HistoryLocation = { kind: "sqlite"; folder: string } | { kind: "postgres"; url: string };

export function sqliteFile(folder: string): string {
  return path.join(folder, "history.sqlite");
}

/** Primary result codes of SQLite (sqlite.org/rescode.html); the extended ones hold them in the lowest byte. */
const NOT_A_DATABASE = 26;
const CORRUPT = 11;
const FULL = 13;
const BUSY = 5;
const CANNOT_WRITE = new Set([8, 10, 14]);

/** What is wrong with the history's database and what to do, beginning with the variable; never the password in the URL. */
export function describeFault(location: HistoryLocation, error: Error): string {
  if (location.kind === "postgres")
    return `DATABASE_URL: ${withoutPassword(error.message, location.url).slice(0, 300)}. Check that the server answers and that the user may create tables and write.`;
  const file = sqliteFile(location.folder);
  const code = codeOf(error);
  const again = "It is tried again by itself.";
  if (code === NOT_A_DATABASE)
    return `RUNNERSCOPE_DATA: ${file} is not a SQLite database. Move it away, then a new one is made, or put a copy back. ${again}`;
  if (code === CORRUPT)
    return `RUNNERSCOPE_DATA: ${file} is damaged (${error.message}). Move it away with its -wal and -shm, then a new one is made; sqlite3 FILE .recover saves what can be read. ${again}`;
  const system = systemCodeOf(error);
  if (code === FULL || system === "ENOSPC")
    return `RUNNERSCOPE_DATA: no room is left for ${file} (${error.message}). Free some, or set RUNNERSCOPE_HISTORY_MEGABYTES lower. ${again}`;
  if (code === BUSY)
    return `RUNNERSCOPE_DATA: another process holds ${file} (${error.message}). A folder belongs to one dashboard; several share a DATABASE_URL. ${again}`;
  if (CANNOT_WRITE.has(code ?? 0) || system !== null)
    return `RUNNERSCOPE_DATA: ${file} cannot be opened or written (${error.message}). Check the rights of the folder and that its disk is not mounted read-only. ${again}`;
  return `RUNNERSCOPE_DATA: ${file}: ${error.message}. ${again}`;
}

/** The code of the operating system, as EACCES or EROFS; null: it did not fail. */
function systemCodeOf(error: Error): string | null {
  return "code" in error && typeof error.code === "string" && /^E[A-Z]+$/.test(error.code) ? error.code : null;
}

/** The primary code of SQLite along the causes; null: SQLite did not fail. */
function codeOf(error: Error): number | null {
  for (let link: unknown = error; link instanceof Error; link = link.cause)
    if ("errcode" in link && typeof link.errcode === "number") return link.errcode & 0xff;
  return null;
}

function withoutPassword(text: string, url: string): string {
  const password = /\/\/[^:@/]*:([^@/]*)@/.exec(url)?.[1];
  return password ? text.replaceAll(password, "[removed]").replaceAll(decodeURIComponent(password), "[removed]") : text;
}
