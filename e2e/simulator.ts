import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";

const root = path.resolve(import.meta.dirname, "..");

/** The simulated fleet in its own process. */
export interface RunningSimulator {
  /** What the product needs to see all of it: clusters and GitLab. */
  env: Record<string, string>;
  /** The page that breaks things. */
  control: string;
  seed: number;
  /** Presses a button of the page, for example `kubelet:ci-node-2` and `refuse`. */
  press(target: string, verb: string, fields?: { resource?: string; path?: string }): Promise<void>;
  /** How many requests this server has taken, for example `gitlab api`. */
  requests(server: string): Promise<number>;
  stop(): Promise<void>;
}

interface Ready {
  environment: Record<string, string>;
  control: string;
  seed: number;
}

/** Runs `lib/demo/main.ts` with these flags and waits until its warm-up is over. Throws when it ends before. */
export async function startSimulator(args: readonly string[]): Promise<RunningSimulator> {
  const child = spawn(process.execPath, ["--max-semi-space-size=16", "lib/demo/main.ts", ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  // A worker that ends without `stop` leaves no simulator behind.
  const end = () => void child.kill("SIGTERM");
  process.once("exit", end);
  const ready = await new Promise<Ready>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("{")) resolve(JSON.parse(line) as Ready);
    });
    child.once("exit", (code) => reject(new Error(`The simulator ended with ${code}.`)));
  });
  return {
    env: ready.environment,
    control: ready.control,
    seed: ready.seed,
    press: (target, verb, fields) => press(ready.control, { target, verb, ...fields }),
    requests: async (server) => {
      const counts = (await (await fetch(new URL("/requests", ready.control))).json()) as Record<string, number>;
      return counts[server] ?? 0;
    },
    async stop() {
      process.off("exit", end);
      if (child.exitCode === null) {
        const ended = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGTERM");
        await ended;
      }
    },
  };
}

async function press(control: string, fields: Record<string, string>): Promise<void> {
  const response = await fetch(control, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
  if (response.status !== 303) throw new Error(`${fields["target"]} ${fields["verb"]}: ${response.status} ${await response.text()}`);
}
