import type { Clock } from "../../base/clock.ts";
import type { PodRecord } from "../../kubernetes/schema.ts";
import { DockerdReader, isDockerCommand } from "../../logs/read-dockerd.ts";
import type { LogFacts, StageMark } from "../../logs/schema.ts";
import { LogText } from "../../logs/server/log-text.ts";
import type { ContainerLogAsk } from "../../kubernetes/server/pod-logs.ts";
import { readContainerLog } from "./read-container-log.ts";

/** Of a script's output so much is read for its first docker command. */
const MOST_BUILD_BYTES = 4_000_000;

export interface PodLogParts {
  pod: PodRecord;
  /** Names of its Docker-in-Docker services. */
  dind: readonly string[];
  open: (ask: ContainerLogAsk, signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;
  /** The pod as it is now; null: it is gone. */
  now: () => PodRecord | null;
  clock: Clock;
  onChange: () => void;
}

/**
 * Reads the containers of one pod for their times alone: stages from what the runner's scripts write when they begin and end, dockerd until it
 * listens, the script until its first docker command. Texts are dropped as they are read.
 */
export class PodLogFacts {
  readonly #parts: PodLogParts;
  readonly #abort = new AbortController();
  readonly #texts: LogText[] = [];
  readonly #dockerd: DockerdReader | null;
  #commandAt: string | null = null;

  constructor(parts: PodLogParts) {
    this.#parts = parts;
    this.#dockerd = parts.dind.length === 0 ? null : new DockerdReader();
    void this.#read("helper", () => false);
    void this.#read("build", (text) => this.#isBuildRead(text));
    for (const name of parts.dind) void this.#read(name, () => this.#dockerd?.facts.listeningAt != null);
  }

  facts(): LogFacts {
    const stages = this.#texts.flatMap(({ sections }) =>
      sections.map(({ name, startMs, endMs }): StageMark => ({ stage: name, startMs, endMs })),
    );
    const docker =
      this.#dockerd === null ? null : { ...this.#dockerd.facts, problems: [...this.#dockerd.facts.problems], commandAt: this.#commandAt };
    return {
      stages: stages.toSorted((a, b) => a.startMs - b.startMs),
      from: stages.length === 0 ? null : "containers",
      docker,
    };
  }

  stop(): void {
    this.#abort.abort();
  }

  /** Follows one container until `isDone`, its end, or an error: what was read before that stays. */
  async #read(container: string, isDone: (text: LogText) => boolean): Promise<void> {
    const { pod, open, now, clock, onChange } = this.#parts;
    const { namespace, name } = pod;
    const text = new LogText({ from: "kubelet", maxPackedBytes: 0, onLine: (atMs, line) => this.#take(container, atMs, line) });
    this.#texts.push(text);
    const upstream = readContainerLog({
      open: (since, signal) => open({ namespace, pod: name, container, since }, signal),
      isOver: () => isContainerOver(now(), container),
      clock,
    });
    let marks = 0;
    try {
      for await (const chunk of upstream.read(this.#abort.signal)) {
        text.append(chunk);
        // A section that ends changes no count.
        const known = text.sections.reduce((sum, { endMs }) => sum + (endMs === null ? 1 : 2), 0);
        if (known !== marks) onChange();
        marks = known;
        if (isDone(text)) return;
      }
    } catch {
      // Not allowed, or gone with its node: what is not known stays unknown, and the page says so.
    }
  }

  #take(container: string, atMs: number | null, line: string): void {
    const { dind, onChange } = this.#parts;
    if (dind.includes(container)) {
      if (this.#dockerd?.take(atMs, line) === true) onChange();
    } else if (container === "build" && this.#dockerd !== null && this.#commandAt === null && atMs !== null && isDockerCommand(line)) {
      this.#commandAt = new Date(atMs).toISOString();
      onChange();
    }
  }

  #isBuildRead(text: LogText): boolean {
    if (text.bytes > MOST_BUILD_BYTES) return true;
    const begun = text.sections.some(({ name }) => name.startsWith("step_") || name === "build_script");
    return begun && (this.#dockerd === null || this.#commandAt !== null);
  }
}

function isContainerOver(pod: PodRecord | null, name: string): boolean {
  const state = pod?.containers.find((container) => container.name === name)?.state;
  return pod === null || state?.kind === "terminated";
}
