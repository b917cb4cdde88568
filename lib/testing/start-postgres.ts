import { execFileSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

export interface TestPostgres {
  url: string;
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
  run("pg_ctl", [
    "-D",
    data,
    "-w",
    "-l",
    path.join(folder, "log"),
    "-o",
    `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off`,
    "start",
  ]);
  return {
    url: `postgres://tester@127.0.0.1:${port}/postgres`,
    stop() {
      run("pg_ctl", ["-D", data, "-m", "immediate", "-w", "stop"]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function id(flag: "-u" | "-g"): number {
  return Number(execFileSync("id", [flag, "postgres"]).toString().trim());
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
