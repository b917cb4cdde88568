import type { Clock } from "../../base/clock.ts";
import { deriveContainers } from "../../fleet/derive-containers.ts";
import { isJobPod } from "../../fleet/find-jobs.ts";
import type { PodRecord } from "../../kubernetes/schema.ts";
import type { LogFacts, LogSection, StageMark } from "../../logs/schema.ts";
import type { Watch } from "../watched-cluster.ts";
import type { LogConnections } from "./open-logs.ts";
import { PodLogFacts, type PodLogParts } from "./pod-log-facts.ts";

/** Pods whose containers are followed at the same time; three or four connections each. */
const MOST_PODS = 40;
/** Pods are looked through at most this often. */
const FOLLOW_MS = 1_000;

/** Times that the logs of one cluster's jobs told: read from containers where that is allowed, learnt from a trace at which somebody looked. */
export class LogFactsBook {
  readonly #open: PodLogParts["open"] | null;
  readonly #clock: Clock;
  readonly #running = new Map<string, PodLogFacts>();
  readonly #listeners = new Set<() => void>();
  #facts: ReadonlyMap<string, LogFacts> = new Map();
  #pods: ReadonlyMap<string, PodRecord> = new Map();
  #followedAt = Number.NEGATIVE_INFINITY;

  /** `open`: how a container's log is read; null: that is not allowed. */
  constructor(open: PodLogParts["open"] | null, clock: Clock) {
    this.#open = open;
    this.#clock = clock;
  }

  /** By pod uid. Another map when something in it changed. */
  facts(): ReadonlyMap<string, LogFacts> {
    return this.#facts;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Begins with the pods whose containers run by now, ends with those that are gone, and forgets those that nobody keeps. */
  follow(pods: ReadonlyMap<string, PodRecord>, kept: ReadonlyMap<string, unknown>): void {
    this.#pods = pods;
    const now = this.#clock.monotonic();
    if (now - this.#followedAt < FOLLOW_MS) return;
    this.#followedAt = now;
    for (const [uid, running] of this.#running)
      if (!pods.has(uid)) {
        running.stop();
        this.#running.delete(uid);
      }
    const forgotten = [...this.#facts.keys()].filter((uid) => !pods.has(uid) && !kept.has(uid));
    if (forgotten.length > 0) this.#facts = new Map([...this.#facts].filter(([uid]) => !forgotten.includes(uid)));
    const open = this.#open;
    if (open === null) return;
    for (const [uid, pod] of pods) {
      if (this.#running.size >= MOST_PODS) break;
      if (this.#running.has(uid) || pod.phase !== "Running" || pod.deletionRequestedAt !== null || !isJobPod(pod)) continue;
      this.#running.set(uid, new PodLogFacts({ ...this.#partsOf(uid, pod), open }));
    }
  }

  /** What the sections of a trace told; the trace has all stages, so it replaces what containers told of them. */
  learn(uid: string, stages: readonly StageMark[]): void {
    const before = this.#facts.get(uid);
    if (stages.length === 0 || JSON.stringify(before?.stages) === JSON.stringify(stages)) return;
    this.#set(uid, { docker: before?.docker ?? null, stages: [...stages], from: "trace" });
  }

  stop(): void {
    for (const running of this.#running.values()) running.stop();
    this.#running.clear();
    this.#listeners.clear();
  }

  #partsOf(uid: string, pod: PodRecord): Omit<PodLogParts, "open"> {
    const dind = deriveContainers(pod, null, false).filter(({ role }) => role === "dind");
    return {
      pod,
      dind: dind.map(({ name }) => name),
      now: () => this.#pods.get(uid) ?? null,
      clock: this.#clock,
      onChange: () => {
        const told = this.#running.get(uid)?.facts();
        if (told === undefined) return;
        const before = this.#facts.get(uid);
        this.#set(uid, before?.from === "trace" ? { ...told, stages: before.stages, from: "trace" } : told);
      },
    };
  }

  #set(uid: string, facts: LogFacts): void {
    this.#facts = new Map(this.#facts).set(uid, facts);
    for (const listener of this.#listeners) listener();
  }
}

/** The book of one cluster; null: no log may be read at all. */
export function factsOf(logs: LogConnections | null, { record }: Watch, clock: Clock): LogFactsBook | null {
  if (logs === null || !(logs.allowed.gitlab || logs.allowed.pods)) return null;
  const pods = logs.pods.get(record.key);
  return new LogFactsBook(pods === undefined ? null : (ask, signal) => pods.open(ask, signal), clock);
}

/** The runner's own stages among the sections of a trace. */
export function stagesOf(sections: readonly LogSection[]): StageMark[] {
  return sections.filter(({ depth }) => depth === 0).map(({ name, startMs, endMs }) => ({ stage: name, startMs, endMs }));
}
