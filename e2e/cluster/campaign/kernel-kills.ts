import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, statSync } from "node:fs";
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
   * The cgroup was there some seconds before the kill, and still when the kubelet must have looked at it. A kubelet counts a kill only in
   * a cgroup that it knows already, and its counter goes with the cgroup (cAdvisor: manager.go, watchForNewOoms): of others nobody but
   * the kernel's log tells. Measured: of 12 kills in the first second of a nested container the kubelet counted 4, after 5 s 12 of 12.
   * null: not yet known.
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

/** Until then a kubelet may not know a new cgroup; it hears of it by inotify and reads it first. */
const KNOWN_AFTER_MS = 4_000;
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
    const group = path.join(MEMORY, kill.group);
    const since = statSync(group, { throwIfNoEntry: false })?.ctimeMs;
    if (since === undefined || kill.atMs - since < KNOWN_AFTER_MS) kill.lasted = false;
    else setTimeout(() => (kill.lasted = existsSync(group)), LOOKS_MS).unref();
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
