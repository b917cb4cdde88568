import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import type { Socket } from "node:net";
import path from "node:path";

export interface Watchdog {
  /** Has the bed taken away; resolves when nothing of it is left. */
  release(): Promise<void>;
}

/** Starts the reaper of a bed. It lives until the bed is gone, also when this process is killed. */
export async function startWatchdog(folder: string): Promise<Watchdog> {
  const script = path.resolve(import.meta.dirname, "../reaper.ts");
  const errors = openSync(path.join(folder, "reaper.log"), "a+");
  const reaper = spawn(process.execPath, [script, folder], { stdio: ["pipe", "pipe", errors], detached: true, cwd: "/" });
  const { stdin, stdout } = reaper;
  if (!stdin || !stdout) throw new Error("The reaper has no pipes.");
  const ended = new Promise<number | null>((resolve) => void reaper.once("exit", resolve));
  await new Promise<void>((resolve, reject) => {
    reaper.once("error", reject);
    void ended.then((code) => reject(new Error(`The reaper ended with ${code} at its start.`)));
    stdout.once("data", () => resolve());
  });
  stdout.destroy();
  if ("unref" in stdin) (stdin as Socket).unref();
  reaper.unref();
  return {
    async release() {
      reaper.ref();
      stdin.end();
      const code = await ended;
      if (code !== 0)
        throw new Error(
          `The bed in ${folder} was not taken away entirely (reaper ended with ${code}); see reaper.log there, and run "down".`,
        );
    },
  };
}
