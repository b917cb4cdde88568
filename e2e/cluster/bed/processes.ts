import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { run, waitUntil } from "./command.ts";
import { identify, type ProcessIdentity } from "./inventory.ts";

/** Folders of the host that the bed sees empty: whatever its programs leave there by habit ends with the bed. */
const PRIVATE = ["/run", "/var/lib", "/var/log"];

interface Running {
  child: ChildProcess;
  log: string;
}

/**
 * The bed's processes, in network, mount and PID namespaces of their own. The first one (the holder) is PID 1 there:
 * when it ends the kernel kills all others, and with them go the mounts, the network namespace and its link.
 */
export class BedProcesses {
  readonly holder: ProcessIdentity;
  readonly #logs: string;
  readonly #running = new Map<string, Running>();

  private constructor(holder: ProcessIdentity, logs: string) {
    this.holder = holder;
    this.#logs = logs;
  }

  /** Starts the holder. `onStart` gets it at once, before anything else is made. `pause`: a program that sleeps and lets its children be reaped. */
  static async start(pause: string, folder: string, onStart: (holder: ProcessIdentity) => void): Promise<BedProcesses> {
    const logs = path.join(folder, "log");
    mkdirSync(logs, { recursive: true });
    const flags = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "slave"];
    const errors = openSync(path.join(logs, "unshare.log"), "a");
    const unshare = spawn("unshare", [...flags, pause], { stdio: ["ignore", "ignore", errors], detached: true });
    closeSync(errors);
    unshare.unref();
    await new Promise<void>((resolve, reject) => void unshare.once("spawn", resolve).once("error", reject));
    let inner: ProcessIdentity | null = null;
    await waitUntil(
      "The bed's namespaces were not made",
      () => {
        if (unshare.exitCode !== null)
          throw new Error(`unshare ended with ${unshare.exitCode}: ${readFileSync(path.join(logs, "unshare.log"), "utf8").trim()}`);
        const pid = Number(readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, "utf8").trim().split(" ")[0]);
        inner = pid && readFileSync(`/proc/${pid}/comm`, "utf8").trim() === path.basename(pause) ? identify(pid) : null;
        return inner !== null;
      },
      10_000,
      10,
    );
    const holder = inner as ProcessIdentity | null;
    if (!holder) throw new Error("The bed's first process ended at once.");
    onStart(holder);
    const processes = new BedProcesses(holder, logs);
    for (const target of PRIVATE) await processes.run("mount", ["-t", "tmpfs", "-o", "mode=755", "tmpfs", target]);
    return processes;
  }

  #enter(file: string, args: readonly string[]): string[] {
    return ["--target", String(this.holder.pid), "--mount", "--net", "--pid", "--", file, ...args];
  }

  /** Runs a program inside the bed to its end. */
  run(file: string, args: readonly string[], input?: string): Promise<string> {
    return run("nsenter", this.#enter(file, args), input === undefined ? {} : { input });
  }

  /** Starts a program inside the bed that stays; it writes to `log/<name>.log`. */
  stay(name: string, file: string, args: readonly string[]): void {
    const log = path.join(this.#logs, `${name}.log`);
    const out = openSync(log, "a");
    const child = spawn("nsenter", this.#enter(file, args), { stdio: ["ignore", out, out], detached: true });
    closeSync(out);
    child.unref();
    this.#running.set(name, { child, log });
  }

  /** Throws when one of the programs has ended, with the last lines it wrote. */
  check(): void {
    for (const [name, { child, log }] of this.#running) {
      if (child.exitCode === null && child.signalCode === null) continue;
      throw new Error(
        `${name} ended with ${child.signalCode ?? child.exitCode}:\n${readFileSync(log, "utf8").trimEnd().split("\n").slice(-15).join("\n")}`,
      );
    }
  }

  /** Waits for something that the programs bring about; gives up at once when one of them ends. */
  until(what: string, ready: () => Promise<boolean> | boolean, timeoutMs: number): Promise<void> {
    return waitUntil(
      what,
      () => {
        this.check();
        return ready();
      },
      timeoutMs,
    );
  }
}
