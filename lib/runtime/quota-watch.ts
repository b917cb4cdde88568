import type { Clock } from "../base/clock.ts";
import type { QuotaReading } from "../fleet/capacity/quota-room.ts";
import { isManagerPod } from "../fleet/find-managers.ts";
import { isJobPod } from "../fleet/find-jobs.ts";
import type { PodRecord, QuotaRecord } from "../kubernetes/schema.ts";

/** What is needed of the API server; OptionalObjects is one, tests give their own. Rejects with an error that has the answer's `status`. */
export interface QuotaSource {
  quotas(namespace: string, signal: AbortSignal): Promise<QuotaRecord[]>;
}

/** A quota that fills up refuses the next pod: it should be known about when that happens. */
const EVERY_MS = 10_000;
/** Without the right, or where there is no such thing. */
const REFUSED_MS = 30_000;
/** Namespaces in which jobs run; a fleet with one for each project has more, and no quota to fear in common. */
const MOST = 20;

export const NO_QUOTAS: ReadonlyMap<string, QuotaReading> = new Map();

/** Reads the quotas of the namespaces in which jobs run. Optional: without the right it says which one is missing. */
export class QuotaWatch {
  readonly #source: QuotaSource;
  readonly #clock: Clock;
  readonly #ended = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #dueMs = new Map<string, number>();
  #pods: ReadonlyMap<string, PodRecord> | null = null;
  #namespaces: readonly string[] = [];
  #facts: ReadonlyMap<string, QuotaReading> = NO_QUOTAS;
  #cancel: (() => void) | null = null;

  constructor(source: QuotaSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** By namespace; a reading is the same object until it changes. */
  facts(): ReadonlyMap<string, QuotaReading> {
    return this.#facts;
  }

  follow(pods: ReadonlyMap<string, PodRecord>): void {
    if (pods === this.#pods || this.#ended.signal.aborted) return;
    this.#pods = pods;
    const ofJobs = namespacesOf(pods, isJobPod);
    // Where no job is seen, jobs would be beside their manager (runner docs, Kubernetes executor: `namespace`).
    this.#namespaces = ofJobs.length > 0 ? ofJobs : namespacesOf(pods, isManagerPod);
    if (this.#namespaces.length > 0 && this.#cancel === null) this.#next(0);
  }

  stop(): void {
    this.#ended.abort();
    this.#cancel?.();
    this.#listeners.clear();
  }

  #next(delayMs: number): void {
    this.#cancel = this.#clock.after(delayMs, () => void this.#readAll());
  }

  async #readAll(): Promise<void> {
    const next = new Map<string, QuotaReading>();
    for (const namespace of this.#namespaces) {
      const reading = await this.#read(namespace);
      if (this.#ended.signal.aborted) return;
      if (reading !== null) next.set(namespace, reading);
    }
    const same = next.size === this.#facts.size && [...next].every(([namespace, reading]) => this.#facts.get(namespace) === reading);
    if (!same) {
      this.#facts = next;
      for (const listener of this.#listeners) listener();
    }
    this.#next(EVERY_MS);
  }

  /** What was read before stays while the API server is away. */
  async #read(namespace: string): Promise<QuotaReading | null> {
    const before = this.#facts.get(namespace) ?? null;
    if (this.#clock.monotonic() < (this.#dueMs.get(namespace) ?? 0)) return before;
    try {
      const quotas = await this.#source.quotas(namespace, this.#ended.signal);
      const reading: QuotaReading = { quotas, rule: null };
      return before !== null && JSON.stringify(before) === JSON.stringify(reading) ? before : reading;
    } catch (error) {
      const status = error instanceof Error && "status" in error ? error.status : null;
      if (status !== 403 && status !== 404) return before;
      this.#dueMs.set(namespace, this.#clock.monotonic() + REFUSED_MS);
      if (status === 404) return null;
      return before?.rule != null
        ? before
        : { quotas: null, rule: { apiGroup: "", resource: "resourcequotas", verbs: ["list"], namespace } };
    }
  }
}

function namespacesOf(pods: ReadonlyMap<string, PodRecord>, wanted: (pod: PodRecord) => boolean): string[] {
  const namespaces = new Set<string>();
  for (const pod of pods.values()) {
    if (namespaces.size >= MOST) break;
    if (!namespaces.has(pod.namespace) && wanted(pod)) namespaces.add(pod.namespace);
  }
  return [...namespaces];
}
