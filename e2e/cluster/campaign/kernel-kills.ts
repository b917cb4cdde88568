import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

/** A process that the kernel killed because the cgroup it was in had reached its limit. */
export interface KernelKill {
  atMs: number;
  podUid: string;
  containerId: string;
  /** In a cgroup that something inside the container made: Docker-in-Docker. */
  nested: boolean;
  /** Path of its cgroup, from the root of the hierarchy. */
  group: string;
  /**
   * The cgroup was still there when the kubelet must have looked at it. Counters of kills live in it, so those of a nested cgroup that
   * goes at once can be seen by nobody (cAdvisor: manager.go, watchForNewOoms). null: not yet known.
   */
  lasted: boolean | null;
  /** Its command name, at most 15 characters. */
  task: string;
}

/** One line of the kernel's log (Linux: mm/oom_kill.c, dump_oom_summary); null: it tells of something else. */
export function readKill(line: string, atMs: number): KernelKill | null {
  const match = /oom-kill:.*,task_memcg=([^,]*\/pod([0-9a-f-]{36})\/([0-9a-f]{64})(\/[^,]*)?),task=([^,]*),pid=/.exec(line);
  if (!match) return null;
  const [, group = "", podUid = "", containerId = "", inner, task = ""] = match;
  return { atMs, podUid, containerId, nested: inner !== undefined, group, lasted: null, task };
}

/** Two looks of a kubelet (cAdvisor's housekeeping: 10–15 s) and one of the product (15 s). */
const LOOKS_MS = 32_000;
const MEMORY = existsSync("/sys/fs/cgroup/memory") ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup";

/** The kernel's own word on kills for memory, from the start on: no component of Kubernetes is between. */
export class KernelKills {
  readonly kills: KernelKill[] = [];
  readonly #child: ChildProcess;
  #failed: string | null = null;

  constructor() {
    this.#child = spawn("dmesg", ["--follow-new", "--notime"], { stdio: ["ignore", "pipe", "pipe"] });
    let rest = "";
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#note(readKill(line, Date.now()));
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#failed = text.trim()));
    this.#child.once("error", (error) => (this.#failed = error.message));
    this.#child.once("exit", (code) => (this.#failed ??= `it ended with ${code}`));
  }

  #note(kill: KernelKill | null): void {
    if (kill === null) return;
    this.kills.push(kill);
    setTimeout(() => (kill.lasted = existsSync(path.join(MEMORY, kill.group))), LOOKS_MS).unref();
  }

  /** Throws when the log could not be followed all the time: then there is no truth about kills. */
  check(): void {
    if (this.#failed !== null) throw new Error(`The kernel's log cannot be followed (dmesg --follow-new): ${this.#failed}`);
  }

  ofPod(uid: string): KernelKill[] {
    return this.kills.filter((kill) => kill.podUid === uid);
  }

  stop(): void {
    this.#child.kill("SIGTERM");
  }
}
