import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** What the cgroup of a container says itself; null: it has no such file. */
export interface CgroupReading {
  atMs: number;
  periods: number | null;
  throttledPeriods: number | null;
  /** The kernel's high-water mark. */
  peakBytes: number | null;
}

export interface CgroupHistory {
  podUid: string;
  containerId: string;
  readings: CgroupReading[];
}

const ROOT = "/sys/fs/cgroup";
const EVERY_MS = 1_000;

/** Reads cpu.stat and the peak of memory of every container under the bed's cgroup, each second, as long as the container lives. */
export class CgroupWitness {
  readonly #containers = new Map<string, CgroupHistory>();
  readonly #cpu: string;
  readonly #memory: string;
  readonly #timer: NodeJS.Timeout;

  constructor(cgroup: string) {
    const v2 = existsSync(path.join(ROOT, "cgroup.controllers"));
    this.#cpu = path.join(ROOT, v2 ? "" : "cpu", cgroup, "kubepods");
    this.#memory = path.join(ROOT, v2 ? "" : "memory", cgroup, "kubepods");
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  ofPod(uid: string): CgroupHistory[] {
    return [...this.#containers.values()].filter((container) => container.podUid === uid);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    // Guaranteed pods lie directly under kubepods, others under their QoS class.
    for (const quality of ["", "burstable", "besteffort"]) {
      for (const pod of folders(path.join(this.#cpu, quality)).filter((name) => name.startsWith("pod"))) {
        for (const id of folders(path.join(this.#cpu, quality, pod))) this.#read(path.join(quality, pod, id), pod.slice(3), id);
      }
    }
  }

  #read(inner: string, podUid: string, containerId: string): void {
    const cpu = textOf(path.join(this.#cpu, inner, "cpu.stat"));
    const memory = path.join(this.#memory, inner);
    const peak = textOf(path.join(memory, "memory.max_usage_in_bytes")) ?? textOf(path.join(memory, "memory.peak"));
    if (cpu === null) return; // it ended in between
    const history = this.#containers.get(containerId) ?? { podUid, containerId, readings: [] };
    this.#containers.set(containerId, history);
    const stat = (name: string) => {
      const value = new RegExp(`^${name} (\\d+)$`, "m").exec(cpu)?.[1];
      return value === undefined ? null : Number(value);
    };
    const peakBytes = peak === null ? null : Number(peak);
    history.readings.push({ atMs: Date.now(), periods: stat("nr_periods"), throttledPeriods: stat("nr_throttled"), peakBytes });
  }
}

function folders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return null;
  }
}
