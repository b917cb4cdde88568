import { execFileSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "./free-port.ts";

export interface TestPostgres {
  url: string;
  /** Gone, as after a crash; `resume` brings it back on the same port. */
  pause(): void;
  resume(): void;
  stop(): void;
}

const bin = globSync("/usr/lib/postgresql/*/bin").toSorted().at(-1) ?? "";

/** Why no PostgreSQL can be started here; null: it can. */
export const postgresMissing: string | null = existsSync(path.join(bin, "initdb"))
  ? null
  : "PostgreSQL is not installed (apt-get install postgresql)";

/** A real PostgreSQL of its own, in a temporary folder, on a free port of the loopback address. PostgreSQL does not run as root, so then it runs as `postgres`. */
export async function startPostgres(): Promise<TestPostgres> {
  const folder = mkdtempSync(path.join(tmpdir(), "runnerscope-postgres-"));
  const port = await freePort();
  const root = process.getuid?.() === 0;
  const user = root ? { uid: id("-u"), gid: id("-g") } : {};
  if (root) chownSync(folder, id("-u"), id("-g"));
  const run = (command: string, args: string[]) =>
    execFileSync(path.join(bin, command), args, { stdio: ["ignore", "ignore", "pipe"], cwd: folder, ...user });
  const data = path.join(folder, "data");
  run("initdb", ["-D", data, "-U", "tester", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]);
  const options = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off`;
  const resume = () => void run("pg_ctl", ["-D", data, "-w", "-l", path.join(folder, "log"), "-o", options, "start"]);
  const pause = () => void run("pg_ctl", ["-D", data, "-m", "immediate", "-w", "stop"]);
  resume();
  return {
    url: `postgres://tester@127.0.0.1:${port}/postgres`,
    pause,
    resume,
    stop() {
      pause();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function id(flag: "-u" | "-g"): number {
  return Number(execFileSync("id", [flag, "postgres"]).toString().trim());
}
