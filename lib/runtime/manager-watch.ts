import { changedKeys, PersistentMap } from "../base/persistent-map.ts";
import type { Clock } from "../base/clock.ts";
import type { SourceReport } from "../base/source-state.ts";
import { jobIdOf } from "../fleet/derive-gitlab.ts";
import { isJobPod } from "../fleet/find-jobs.ts";
import { isManagerPod } from "../fleet/find-managers.ts";
import type { PodRecord } from "../kubernetes/schema.ts";
import { deriveSlots } from "../manager/derive-slots.ts";
import type { ManagedTrack, ManagerReading, ManagerSlots } from "../manager/schema.ts";
import { countVanished } from "../manager/count-vanished.ts";
import type { ManagerTarget } from "../manager/server/manager-poller.ts";
import { NO_TRACKS, trackJobs, type JobTracks } from "../manager/track-jobs.ts";
import { managerTargets } from "./manager-targets.ts";

/** What is needed of a manager poller; ManagerPoller is one, tests give their own. */
export interface Poller {
  readings(): ReadonlyMap<string, ManagerReading>;
  setTargets(targets: readonly ManagerTarget[]): void;
  /** Reads these managers (all, unless named) within `delayMs` instead of at their next turn. */
  soon(delayMs: number, keys?: ReadonlySet<string>): void;
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
  readonly managed: PersistentMap<ManagedTrack>;
  /** When jobs were lost by a manager's failure before any list showed them, one for each, oldest first. */
  readonly vanished: readonly string[];
}

export const NO_MANAGER_FACTS: ManagerFacts = { readings: new Map(), slots: new Map(), managed: PersistentMap.from(), vanished: [] };

/** So long, and so many, are jobs remembered that no list showed. */
const VANISHED_MS = 300_000;
const MOST_VANISHED = 1_000;

/**
 * A manager sets a job's last state, deletes its pod, tells GitLab, and only then takes the job off its list (runner `common/build.go`): looked at at
 * once and then quickly until the job is gone, few jobs leave between two looks, and many are seen in their last state. A manager that is told to stop
 * ends all its jobs within a second or two.
 */
const FIRST_LOOK_MS = 20;
const NEXT_LOOK_MS = 250;
const LOOK_CLOSELY_MS = 5_000;

/** Keeps a poller's targets in step with the manager pods, and follows the jobs on their lists. */
export class ManagerWatch {
  readonly #poller: Poller;
  readonly #clock: Clock;
  readonly #unlisten: () => void;
  readonly #listeners = new Set<() => void>();
  readonly #tracks = new Map<string, JobTracks>();
  /** Pods that are being deleted, of jobs with their job id, and of managers. */
  readonly #deleting = new Map<string, string | null>();
  /** Managers that are looked at closely, until when (ms since the epoch). */
  readonly #close = new Map<string, number>();
  readonly #managers = new Map<string, PodRecord>();
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
    const changed = changedKeys(this.#pods ?? NO_PODS, pods);
    this.#pods = pods;
    this.#followManagers(changed, pods);
    for (const uid of changed) {
      const pod = pods.get(uid);
      if (pod === undefined) this.#deleting.delete(uid);
      if (pod === undefined || pod.deletionRequestedAt === null || this.#deleting.has(uid)) continue;
      const ofJob = isJobPod(pod);
      if (!ofJob && !isManagerPod(pod)) continue;
      const jobId = ofJob ? jobIdOf(pod) : null;
      this.#deleting.set(uid, jobId);
      const keys = ofJob ? this.#holdersOf(jobId) : [uid];
      for (const key of keys) this.#close.set(key, this.#clock.now() + LOOK_CLOSELY_MS);
      if (keys.length > 0) this.#poller.soon(FIRST_LOOK_MS, new Set(keys));
    }
  }

  #followManagers(changed: readonly string[], pods: ReadonlyMap<string, PodRecord>): void {
    let moved = false;
    for (const uid of changed) {
      const pod = pods.get(uid);
      const manager = pod !== undefined && managerTargets([pod]).length > 0;
      moved ||= manager || this.#managers.has(uid);
      if (manager) this.#managers.set(uid, pod);
      else this.#managers.delete(uid);
    }
    if (moved) this.#poller.setTargets(managerTargets(this.#managers.values()));
  }

  /** The manager whose list shows the job, else all. */
  #holdersOf(jobId: string | null): string[] {
    const track = jobId === null ? undefined : this.#facts.managed.get(jobId);
    return track === undefined ? [...this.#facts.readings.keys()] : track.left === null ? [track.manager] : [];
  }

  /** Once more those managers that still hold a job which is about to leave them. */
  #lookAgain(): void {
    if (this.#close.size === 0) return;
    const ending = new Set(this.#deleting.values());
    const again = new Set<string>();
    for (const [key, untilMs] of this.#close) {
      const held = [...(this.#tracks.get(key)?.tracks.values() ?? [])].filter(({ left }) => left === null);
      const leaving = held.some(({ jobId, end }) => end !== null || this.#deleting.has(key) || ending.has(jobId));
      if (this.#clock.now() < untilMs && leaving) again.add(key);
      else this.#close.delete(key);
    }
    if (again.size > 0) this.#poller.soon(NEXT_LOOK_MS, again);
  }

  async stop(): Promise<void> {
    this.#unlisten();
    this.#listeners.clear();
    await this.#poller.stop();
  }

  #take(): void {
    const readings = this.#poller.readings();
    const moved = new Set<string>();
    const vanished: string[] = [];
    const set = (key: string, tracks: JobTracks) => {
      for (const id of changedKeys((this.#tracks.get(key) ?? NO_TRACKS).tracks, tracks.tracks)) moved.add(id);
      if (tracks === NO_TRACKS) this.#tracks.delete(key);
      else this.#tracks.set(key, tracks);
    };
    for (const key of this.#tracks.keys()) if (!readings.has(key)) set(key, NO_TRACKS);
    for (const [key, reading] of readings) {
      if (reading === this.#facts.readings.get(key) || reading.metrics === null || reading.jobs === null) continue;
      // List and metrics belong together only when both were read in the same turn.
      if (reading.metricsAt !== reading.jobsAt || reading.metricsAt === null) continue;
      const moment = { atMs: Date.parse(reading.metricsAt), jobs: reading.jobs, metrics: reading.metrics };
      const before = this.#tracks.get(key) ?? NO_TRACKS;
      vanished.push(...Array.from({ length: countVanished(before.last, moment) }, () => reading.metricsAt ?? ""));
      set(key, trackJobs(before, key, moment));
    }
    this.#facts = { readings, slots: this.#facts.slots, managed: this.#managed(moved), vanished: this.#vanished(vanished) };
    this.#lookAgain();
  }

  #vanished(more: readonly string[]): readonly string[] {
    const { vanished } = this.#facts;
    const from = this.#clock.now() - VANISHED_MS;
    const kept = vanished.filter((at) => Date.parse(at) > from);
    return more.length === 0 && kept.length === vanished.length ? vanished : [...kept, ...more].slice(-MOST_VANISHED);
  }

  /** All jobs by id; only those whose track is not what it was are looked at. */
  #managed(ids: ReadonlySet<string>): ManagerFacts["managed"] {
    const set: [string, ManagedTrack][] = [];
    const remove: string[] = [];
    for (const id of ids) {
      const track = this.#trackOf(id);
      if (track === null) remove.push(id);
      else set.push([id, track]);
    }
    return this.#facts.managed.patch(set, remove);
  }

  /** Of a retried pick-up the one that has it now, else the later one. */
  #trackOf(id: string): ManagedTrack | null {
    let found: ManagedTrack | null = null;
    for (const { tracks } of this.#tracks.values()) {
      const track = tracks.get(id);
      if (track === undefined) continue;
      if (found === null || (found.left !== null && (track.left === null || track.left.to > found.left.to))) found = track;
    }
    return found;
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

const NO_PODS: ReadonlyMap<string, never> = new Map<string, never>();
