import { spawn } from "node:child_process";

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Written to the command's standard input, which is closed after it. */
  input?: string;
}

/** Runs a program to its end and resolves with its standard output. Rejects with the end of its error output when it fails. */
export function run(file: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: ["pipe", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err = (err + text).slice(-4_000)));
    child.stdin.on("error", () => {}); // a command that does not read its input
    child.stdin.end(options.input ?? "");
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve(out);
      else
        reject(
          new Error(`${[file, ...args].join(" ").slice(0, 200)}: ${signal ?? `exit ${code}`}\n${err.trim() || out.trim().slice(-2_000)}`),
        );
    });
  });
}

/** Asks `ready` every `everyMs` until it says true. Throws `what` after `timeoutMs`; an error inside `ready` ends the wait at once. */
export async function waitUntil(what: string, ready: () => Promise<boolean> | boolean, timeoutMs: number, everyMs = 100): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await ready())) {
    if (performance.now() > end) throw new Error(`${what} within ${Math.round(timeoutMs / 1_000)} s.`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** `ready` as a question: true when `attempt` did not fail. */
export const succeeds = (attempt: Promise<unknown>): Promise<boolean> =>
  attempt.then(
    () => true,
    () => false,
  );
