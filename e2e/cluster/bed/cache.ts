import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

const UNUSED_MS = 14 * 24 * 3_600_000;

/** Where built binaries and images live, outside of any checkout. */
export function cacheRoot(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env["RUNNERSCOPE_BED_CACHE"] || path.join(env["XDG_CACHE_HOME"] || path.join(homedir(), ".cache"), "runnerscope-bed");
}

/** A short key for what a build depends on: texts, and the names and contents of all files under the folders. */
export function cacheKey(texts: readonly string[], folders: readonly string[] = []): string {
  const hash = createHash("sha256");
  const add = (text: string | Buffer) => hash.update(`${text.length}:`).update(text);
  texts.forEach(add);
  for (const folder of folders) {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const names = files.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).toSorted();
    for (const name of names) {
      add(name);
      add(readFileSync(path.join(folder, name)));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

/** Holds the lock of the cache while `work` runs. The kernel frees it when the holder dies, however it dies. */
export async function withLock<T>(root: string, work: () => Promise<T>, onWait: () => void = () => {}): Promise<T> {
  mkdirSync(root, { recursive: true });
  const holder = spawn("flock", [path.join(root, "lock"), "sh", "-c", "echo held; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  const waiting = setTimeout(onWait, 1_000);
  try {
    await new Promise<void>((resolve, reject) => {
      holder.once("error", reject);
      holder.once("exit", (code) => reject(new Error(`flock ended with ${code} before it had the lock.`)));
      holder.stdout.once("data", () => resolve());
    });
    clearTimeout(waiting);
    return await work();
  } finally {
    clearTimeout(waiting);
    holder.stdin.end();
  }
}

/**
 * The folder `<kind>-<key>` of the cache; `make` fills it when it is not there yet, under the lock and in a folder that
 * gets its name only when it is complete. Older folders of the same kind go when nobody used them for two weeks.
 */
export async function cached(
  kind: string,
  key: string,
  make: (folder: string) => Promise<void>,
  log: (text: string) => void,
): Promise<string> {
  const root = cacheRoot();
  const folder = path.join(root, `${kind}-${key}`);
  if (!existsSync(folder)) {
    await withLock(
      root,
      async () => {
        if (existsSync(folder)) return;
        const fresh = path.join(root, `.new-${kind}-${process.pid}`);
        rmSync(fresh, { recursive: true, force: true });
        mkdirSync(fresh);
        try {
          await make(fresh);
          renameSync(fresh, folder);
        } finally {
          rmSync(fresh, { recursive: true, force: true });
        }
      },
      () => log(`Another bed builds into ${root}; waiting for it …`),
    );
    prune(root, kind, folder);
  }
  const now = new Date();
  utimesSync(folder, now, now);
  return folder;
}

function prune(root: string, kind: string, keep: string): void {
  for (const name of readdirSync(root)) {
    const folder = path.join(root, name);
    if (!name.startsWith(`${kind}-`) || folder === keep) continue;
    if (Date.now() - statSync(folder).mtimeMs > UNUSED_MS) rmSync(folder, { recursive: true, force: true });
  }
}
