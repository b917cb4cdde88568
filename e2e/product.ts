import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");

/** The product as a user starts it, in its own process. */
export interface Product {
  url: string;
  /** Process id of the server that answers, for memory figures. */
  pid: number;
  /** Everything it wrote to its log so far. */
  log(): string;
  stop(): Promise<void>;
}

/** A free port on the loopback address. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

/**
 * Runs `npm start`'s launcher with these variables and waits until it answers `/healthz`.
 * Throws with its log when it exits early or does not answer within 120 s (a missing build is made first).
 */
export async function startProduct(env: Readonly<Record<string, string>>, port?: number): Promise<Product> {
  const chosen = port ?? (await freePort());
  const data = mkdtempSync(path.join(tmpdir(), "runnerscope-product-"));
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(RUNNERSCOPE_|KUBE|GITLAB_)/.test(name)));
  const variables: Record<string, string | undefined> = { ...clean, RUNNERSCOPE_PORT: String(chosen), RUNNERSCOPE_DATA: data, ...env };
  const child = spawn(process.execPath, [path.join(root, "deploy/start.mjs")], {
    cwd: root,
    env: variables as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const url = `http://127.0.0.1:${chosen}`;
  await answers(url, child, () => log);
  return {
    url,
    pid: await serverPid(child),
    log: () => log,
    stop: () => stop(child).then(() => rmSync(data, { recursive: true, force: true })),
  };
}

async function answers(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const end = Date.now() + 120_000;
  while (Date.now() < end) {
    if (child.exitCode !== null) throw new Error(`The product exited with ${child.exitCode}:\n${log()}`);
    const ok = await fetch(`${url}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill("SIGKILL");
  throw new Error(`No answer from ${url}/healthz within 120 s:\n${log()}`);
}

/** The launcher's child is the server itself; without one the launcher is. */
async function serverPid(child: ChildProcess): Promise<number> {
  const { readFile } = await import("node:fs/promises");
  const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").catch(() => "");
  return Number(children.trim().split(" ")[0] || child.pid);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  await new Promise<void>((resolve) => {
    const force = setTimeout(() => child.kill("SIGKILL"), 8_000);
    child.once("exit", () => {
      clearTimeout(force);
      resolve();
    });
    child.kill("SIGTERM");
  });
}
