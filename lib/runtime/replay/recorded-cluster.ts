import { PersistentMap } from "../../base/persistent-map.ts";
import { systemClock } from "../../base/clock.ts";
import type { SourceReport } from "../../base/source-state.ts";
import type { Timestamp } from "../../base/known.ts";
import { foldFleet, type ClusterInput, type Fleet } from "../../fleet/fold-fleet.ts";
import { isManagerPod } from "../../fleet/find-managers.ts";
import type { EndedPod } from "../../fleet/pod-facts.ts";
import type { ClusterRecord, EventRecord, NodeRecord, PodRecord, WorkloadRecord } from "../../kubernetes/schema.ts";
import { nextMachineUse } from "../../metrics/machine-use.ts";
import { PodUsages } from "../../metrics/pod-usages.ts";
import type { MachineUse } from "../../metrics/schema.ts";
import { groupEvents, type EventGroups } from "../group-events.ts";
import { ManagerWatch } from "../manager-watch.ts";
import { kubeletTargets } from "../kubelet-targets.ts";
import type { Scraper } from "../use-watch.ts";
import type { Watch } from "../watched-cluster.ts";
import { RecordedPoller } from "./recorded-poller.ts";
import type { Step } from "./step.ts";

/** Under this much of recorded time, steps are folded together. */
const FOLD_MS = 1_000;
/** Nothing of a recording is let go. */
export const KEEP_ALL = { maxJobs: 1_000_000, maxAgeMs: 10 * 365 * 86_400_000 };

/** A cluster as it was recorded: plays the steps, folding as the live product does, and then stands still at the recording's end. */
export class RecordedCluster {
  readonly record: ClusterRecord;
  readonly #usages = new PodUsages();
  readonly #poller = new RecordedPoller();
  /** The managers that were recorded, and the jobs they held. */
  readonly managers: ManagerWatch;
  #pods = new Map<string, PodRecord>();
  #ended = new Map<string, EndedPod>();
  #events = new Map<string, EventRecord>();
  #nodes = new Map<string, NodeRecord>();
  #workloads = new Map<string, WorkloadRecord>();
  #machines = new Map<string, MachineUse>();
  #groups: EventGroups = PersistentMap.from();
  #grouped: ReadonlyMap<string, EventRecord> = new Map();
  #measured = false;
  /** The recording's end, ms since the epoch. */
  endMs = 0;

  constructor(name: string) {
    this.record = { key: name, name, namespaces: null, scope: "cluster", serverVersion: null };
    this.managers = new ManagerWatch(this.#poller, { ...systemClock, now: () => this.endMs });
  }

  /** Plays all steps (in the order of time) and returns the fleet as the product would have it at the end. */
  play(steps: readonly Step[]): Fleet {
    let fleet: Fleet | null = null;
    let foldedAt = 0;
    for (const step of steps) {
      if (fleet !== null && step.atMs - foldedAt >= FOLD_MS) {
        fleet = this.#fold(fleet);
        foldedAt = this.endMs;
      }
      this.#take(step);
      fleet ??= this.#fold(null);
    }
    return this.#fold(fleet);
  }

  /** The recording as a watch that has everything and hears nothing more. */
  watch(): Watch {
    const still = <T>(map: ReadonlyMap<string, T>) => ({ revision: 1, snapshot: () => map });
    return {
      record: this.record,
      pods: still(this.#pods),
      events: still(this.#events),
      nodes: still(this.#nodes),
      workloads: still(this.#workloads),
      start: () => {},
      stop: () => Promise.resolve(),
      reports: () => this.#reports(),
      onChange: () => () => {},
      onDeleted: (listener) => {
        for (const { record, ending, deletedAt } of this.#ended.values()) listener(record, ending, deletedAt);
        return () => {};
      },
    };
  }

  /** The use that was recorded. */
  scraper(): Scraper {
    return {
      pods: () => this.#usages.snapshot(),
      machines: () => this.#machines,
      setTargets: () => {},
      keepOnly: () => {},
      reports: () => [],
      onChange: () => () => {},
      stop: () => Promise.resolve(),
    };
  }

  #take(step: Step): void {
    this.endMs = Math.max(this.endMs, step.atMs);
    if (step.kind === "page") return this.#takePage(step);
    if (step.kind === "manager") {
      const pod = [...this.#pods.values()].find((one) => one.podIp === step.address && isManagerPod(one));
      if (pod !== undefined) this.#poller.take(pod.uid, step);
      return;
    }
    const { uid } = step.record;
    if (step.kind === "pod") this.#pods = new Map(this.#pods).set(uid, step.record);
    else if (step.kind === "event") this.#events.set(uid, step.record);
    else if (step.kind === "node") this.#nodes = new Map(this.#nodes).set(uid, step.record);
    else if (step.kind === "workload") this.#workloads = new Map(this.#workloads).set(uid, step.record);
    else {
      this.#pods = new Map(this.#pods);
      this.#pods.delete(uid);
      this.#ended = new Map(this.#ended).set(uid, { record: step.record, ending: step.ending, deletedAt: iso(step.atMs) });
    }
  }

  #takePage({ page }: Step & { kind: "page" }): void {
    this.#measured = true;
    const targets = kubeletTargets([...this.#pods.values()], this.#nodes);
    this.#usages.add(page, new Map(targets.flatMap((target) => [...target.wanted])));
    // A page of an own recording does not say its node; with one node there is no doubt.
    const only = this.#nodes.size === 1 ? [...this.#nodes.values()][0] : undefined;
    if (only !== undefined && page.machine !== null)
      this.#machines = new Map(this.#machines).set(only.name, nextMachineUse(this.#machines.get(only.name) ?? null, page.machine));
  }

  #fold(previous: Fleet | null): Fleet {
    const events = new Map(this.#events);
    this.#groups = groupEvents(this.#groups, this.#grouped, events);
    this.#grouped = events;
    const input: ClusterInput = {
      cluster: this.record,
      pods: this.#pods,
      ended: this.#ended,
      events: this.#groups,
      nodes: this.#nodes,
      workloads: this.#workloads,
      usages: this.#usages.snapshot(),
      machines: this.#machines,
      ...this.managers.facts(),
      sources: this.#reports(),
    };
    return foldFleet(previous, { clusters: [input], gitlab: null, at: iso(this.endMs), keep: KEEP_ALL });
  }

  #reports(): SourceReport[] {
    const at = iso(this.endMs);
    const report = (source: SourceReport["source"], objects: number): SourceReport => ({
      key: `${this.record.key}/${source}`,
      cluster: this.record.key,
      source,
      part: null,
      state: { state: "live", since: at },
      objects,
      lastHeardAt: at,
      requestsPerMinute: 0,
      openWatches: 0,
      relists: 0,
      reconnects: 0,
    });
    return [
      report("kubernetes-pods", this.#pods.size),
      report("kubernetes-events", this.#events.size),
      report("kubernetes-nodes", this.#nodes.size),
      ...(this.managers.facts().readings.size > 0 ? [report("managers", this.managers.facts().readings.size)] : []),
      ...(this.#measured ? [report("kubelet-metrics", this.#nodes.size)] : []),
    ];
  }
}

function iso(ms: number): Timestamp {
  return new Date(ms).toISOString();
}
