import { spawn, type ChildProcess } from "node:child_process";

/** A process that the kernel killed because the cgroup it was in had reached its limit. */
export interface KernelKill {
  atMs: number;
  podUid: string;
  containerId: string;
  /** In a cgroup that something inside the container made: Docker-in-Docker. */
  nested: boolean;
  /** Its command name, at most 15 characters. */
  task: string;
}

/** One line of the kernel's log (Linux: mm/oom_kill.c, dump_oom_summary); null: it tells of something else. */
export function readKill(line: string, atMs: number): KernelKill | null {
  const match = /oom-kill:.*,task_memcg=[^,]*\/pod([0-9a-f-]{36})\/([0-9a-f]{64})(\/[^,]*)?,task=([^,]*),pid=/.exec(line);
  if (!match) return null;
  return { atMs, podUid: match[1] ?? "", containerId: match[2] ?? "", nested: match[3] !== undefined, task: match[4] ?? "" };
}

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
      this.kills.push(...lines.flatMap((line) => readKill(line, Date.now()) ?? []));
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#failed = text.trim()));
    this.#child.once("error", (error) => (this.#failed = error.message));
    this.#child.once("exit", (code) => (this.#failed ??= `it ended with ${code}`));
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
