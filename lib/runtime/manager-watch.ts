import type { Clock } from "../base/clock.ts";
import type { SourceReport } from "../base/source-state.ts";
import { isJobPod } from "../fleet/find-jobs.ts";
import type { PodRecord } from "../kubernetes/schema.ts";
import { deriveSlots } from "../manager/derive-slots.ts";
import type { ManagedTrack, ManagerReading, ManagerSlots } from "../manager/schema.ts";
import type { ManagerTarget } from "../manager/server/manager-poller.ts";
import { NO_TRACKS, trackJobs, type JobTracks } from "../manager/track-jobs.ts";
import { managerTargets } from "./manager-targets.ts";

/** What is needed of a manager poller; ManagerPoller is one, tests give their own. */
export interface Poller {
  readings(): ReadonlyMap<string, ManagerReading>;
  setTargets(targets: readonly ManagerTarget[]): void;
  /** Reads all managers within `delayMs` instead of at their next turn. */
  soon(delayMs: number): void;
  reports(): SourceReport[];
  onChange(listener: () => void): () => void;
  stop(): Promise<void>;
}

/** What managers say, in the words the fold takes. Maps and values keep their identity until something changes. */
export interface ManagerFacts {
  /** By the manager pod's uid. */
  readonly readings: ReadonlyMap<string, ManagerReading>;
  /** By the manager pod's uid. */
  readonly slots: ReadonlyMap<string, ManagerSlots>;
  /** By GitLab job id. */
  readonly managed: ReadonlyMap<string, ManagedTrack>;
}

export const NO_MANAGER_FACTS: ManagerFacts = { readings: new Map(), slots: new Map(), managed: new Map() };

/** After a pod's deletion was asked for, its job leaves the manager's list: looked at at once, few jobs leave between two looks, and each one's outcome can be told. */
const AFTER_DELETION_MS = 400;

/** Keeps a poller's targets in step with the manager pods, and follows the jobs on their lists. */
export class ManagerWatch {
  readonly #poller: Poller;
  readonly #clock: Clock;
  readonly #unlisten: () => void;
  readonly #listeners = new Set<() => void>();
  readonly #tracks = new Map<string, JobTracks>();
  readonly #deleting = new Set<string>();
  #pods: ReadonlyMap<string, PodRecord> | null = null;
  #facts: ManagerFacts = NO_MANAGER_FACTS;

  constructor(poller: Poller, clock: Clock) {
    this.#poller = poller;
    this.#clock = clock;
    this.#unlisten = poller.onChange(() => {
      this.#take();
      for (const listener of this.#listeners) listener();
    });
  }

  /** Slots grow stale by time alone, so they are looked at each time; what did not change keeps its identity. */
  facts(): ManagerFacts {
    const slots = this.#slots();
    if (slots !== this.#facts.slots) this.#facts = { ...this.#facts, slots };
    return this.#facts;
  }

  reports(): SourceReport[] {
    return this.#poller.reports();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Looks which managers to ask, and whether a job's pod began to be deleted. */
  follow(pods: ReadonlyMap<string, PodRecord>): void {
    if (pods === this.#pods) return;
    this.#pods = pods;
    this.#poller.setTargets(managerTargets(pods.values()));
    let more = false;
    for (const [uid, pod] of pods) {
      if (pod.deletionRequestedAt === null || this.#deleting.has(uid) || !isJobPod(pod)) continue;
      this.#deleting.add(uid);
      more = true;
    }
    for (const uid of this.#deleting) if (!pods.has(uid)) this.#deleting.delete(uid);
    if (more) this.#poller.soon(AFTER_DELETION_MS);
  }

  async stop(): Promise<void> {
    this.#unlisten();
    this.#listeners.clear();
    await this.#poller.stop();
  }

  #take(): void {
    const readings = this.#poller.readings();
    for (const key of this.#tracks.keys()) if (!readings.has(key)) this.#tracks.delete(key);
    for (const [key, reading] of readings) {
      if (reading === this.#facts.readings.get(key) || reading.metrics === null || reading.jobs === null) continue;
      // List and metrics belong together only when both were read in the same turn.
      if (reading.metricsAt !== reading.jobsAt || reading.metricsAt === null) continue;
      const moment = { atMs: Date.parse(reading.metricsAt), jobs: reading.jobs, metrics: reading.metrics };
      this.#tracks.set(key, trackJobs(this.#tracks.get(key) ?? NO_TRACKS, key, moment));
    }
    this.#facts = { readings, slots: this.#facts.slots, managed: this.#managed() };
  }

  #managed(): ReadonlyMap<string, ManagedTrack> {
    const managed = new Map<string, ManagedTrack>();
    for (const { tracks } of this.#tracks.values())
      for (const [id, track] of tracks) {
        const other = managed.get(id);
        // A retried pick-up: the one that has it now, else the later one.
        if (other === undefined || (other.left !== null && (track.left === null || track.left.to > other.left.to))) managed.set(id, track);
      }
    const before = this.#facts.managed;
    const same = before.size === managed.size && [...managed].every(([id, track]) => before.get(id) === track);
    return same ? before : managed;
  }

  #slots(): ReadonlyMap<string, ManagerSlots> {
    const now = this.#clock.now();
    let same = this.#facts.slots.size === this.#facts.readings.size;
    const slots = new Map<string, ManagerSlots>();
    for (const [key, reading] of this.#facts.readings) {
      const derived = deriveSlots(reading, now);
      const before = this.#facts.slots.get(key);
      const kept = before !== undefined && JSON.stringify(before) === JSON.stringify(derived) ? before : derived;
      same &&= kept === before;
      slots.set(key, kept);
    }
    return same ? this.#facts.slots : slots;
  }
}
