import type { Timestamp } from "../base/known.ts";
import type { PodRecord } from "../kubernetes/schema.ts";

/** The last that was seen of a pod that is gone. */
export interface EndedPod {
  record: PodRecord;
  /** When that was noticed. */
  deletedAt: Timestamp;
  /** It may have gone since then: nobody could watch. */
  after?: Timestamp | null;
  ending: "watched" | "missed";
}

/** Pods that are gone, by uid, of one cluster; bounded by number and age, the oldest go first. */
export class KeepEnded {
  readonly #maxJobs: number;
  readonly #maxAgeMs: number;
  /** In the order of deletion. */
  #pods: ReadonlyMap<string, EndedPod> = new Map();

  constructor(bounds: { maxJobs: number; maxAgeMs: number }) {
    this.#maxJobs = bounds.maxJobs;
    this.#maxAgeMs = bounds.maxAgeMs;
  }

  /** The same map until something changes. */
  get pods(): ReadonlyMap<string, EndedPod> {
    return this.#pods;
  }

  add(pod: EndedPod): void {
    if (this.#maxJobs === 0) return;
    const next = new Map(this.#pods);
    next.delete(pod.record.uid);
    next.set(pod.record.uid, pod);
    for (const uid of next.keys()) {
      if (next.size <= this.#maxJobs) break;
      next.delete(uid);
    }
    this.#pods = next;
  }

  /** Lets go of what is too old at `now` (ms), and of pods that turn out to be alive: a list may have missed them. */
  sweep(now: number, alive: ReadonlyMap<string, unknown>): void {
    const gone = [...this.#pods.values()].filter((pod) => now - Date.parse(pod.deletedAt) > this.#maxAgeMs || alive.has(pod.record.uid));
    if (gone.length === 0) return;
    const next = new Map(this.#pods);
    for (const pod of gone) next.delete(pod.record.uid);
    this.#pods = next;
  }
}
