import { PersistentMap } from "../base/persistent-map.ts";
import type { Clock } from "../base/clock.ts";
import type { SourceReport } from "../base/source-state.ts";
import type { ClusterInput } from "../fleet/fold-fleet.ts";
import { isJobPod } from "../fleet/find-jobs.ts";
import type { EventRecord, NodeRecord, PodRecord, WorkloadRecord, ClusterRecord } from "../kubernetes/schema.ts";
import { groupEvents, type EventGroups } from "./group-events.ts";
import { KeepEnded } from "./keep-ended.ts";
import type { LogFactsBook } from "./logs/log-facts-book.ts";
import { NO_MANAGER_FACTS, type ManagerWatch } from "./manager-watch.ts";
import type { OptionalWatch } from "./optional-watch.ts";
import type { UseWatch } from "./use-watch.ts";

interface Collection<T> {
  readonly revision: number;
  snapshot(): ReadonlyMap<string, T>;
}

/** What the runtime needs of a cluster's watch; ClusterWatch is one, tests give their own. */
export interface Watch {
  readonly record: ClusterRecord;
  readonly pods: Collection<PodRecord>;
  readonly events: Collection<EventRecord>;
  readonly nodes: Collection<NodeRecord>;
  readonly workloads: Collection<WorkloadRecord>;
  start(): void;
  stop(): Promise<void>;
  reports(): SourceReport[];
  onChange(listener: () => void): () => void;
  onDeleted(listener: (pod: PodRecord, how: "watched" | "missed", at: string, after?: string | null) => void): () => void;
}

const NO_USAGES: ClusterInput["usages"] = new Map();
const NO_MACHINES: ClusterInput["machines"] = new Map();

/** The sources of one cluster. */
export interface ClusterParts {
  watch: Watch;
  use: UseWatch | null;
  managers: ManagerWatch | null;
  optional: OptionalWatch | null;
  logs?: LogFactsBook | null;
}

/** One cluster: its watch, what it keeps of pods that are gone, and its events by object. */
export class WatchedCluster {
  readonly watch: Watch;
  /** CPU and memory of its pods; null: nobody asks the kubelets. */
  readonly use: UseWatch | null;
  /** What its managers say; null: nobody asks them. */
  readonly managers: ManagerWatch | null;
  /** ConfigMaps and quotas; null: nobody reads those. */
  readonly #optional: OptionalWatch | null;
  /** Times that its jobs' logs told; null: nobody reads logs. */
  readonly logs: LogFactsBook | null;
  readonly #clock: Clock;
  readonly #ended: KeepEnded;
  readonly #unlisten: (() => void)[];
  #groups: EventGroups = PersistentMap.from();
  #events: ReadonlyMap<string, EventRecord> = new Map();

  constructor(parts: ClusterParts, clock: Clock, keep: { maxJobs: number; maxAgeMs: number }, onChange: () => void) {
    const { watch, use, managers, optional, logs = null } = parts;
    this.logs = logs;
    this.managers = managers;
    this.#optional = optional;
    this.watch = watch;
    this.use = use;
    this.#clock = clock;
    this.#ended = new KeepEnded(keep);
    this.#unlisten = [
      watch.onChange(onChange),
      use?.onChange(onChange) ?? (() => {}),
      managers?.onChange(onChange) ?? (() => {}),
      optional?.onChange(onChange) ?? (() => {}),
      logs?.onChange(onChange) ?? (() => {}),
      watch.onDeleted((record, ending, deletedAt, after = null) => {
        // Other pods that went are nobody's question.
        if (isJobPod(record)) this.#ended.add({ record, ending, deletedAt, after });
        onChange();
      }),
    ];
  }

  /** What the fold reads. */
  input(): ClusterInput {
    const { watch } = this;
    const pods = watch.pods.snapshot();
    this.#ended.sweep(this.#clock.now(), pods);
    this.use?.follow(pods, watch.nodes.snapshot(), this.#ended.pods);
    this.managers?.follow(pods);
    this.#optional?.follow(pods);
    this.logs?.follow(pods, this.#ended.pods);
    return {
      cluster: watch.record,
      pods,
      ended: this.#ended.pods,
      events: this.events(),
      nodes: watch.nodes.snapshot(),
      workloads: watch.workloads.snapshot(),
      usages: this.use?.pods() ?? NO_USAGES,
      machines: this.use?.machines() ?? NO_MACHINES,
      ...(this.managers?.facts() ?? NO_MANAGER_FACTS),
      ...this.#optional?.facts(),
      ...(this.logs === null ? {} : { logs: this.logs.facts() }),
      sources: this.reports(),
    };
  }

  /** Every source of this cluster. */
  reports(): SourceReport[] {
    return [...this.watch.reports(), ...(this.use?.reports() ?? []), ...(this.managers?.reports() ?? [])];
  }

  /** Events by the uid of the object they are about. */
  events(): EventGroups {
    const events = this.watch.events.snapshot();
    this.#groups = groupEvents(this.#groups, this.#events, events);
    this.#events = events;
    return this.#groups;
  }

  async stop(): Promise<void> {
    for (const unlisten of this.#unlisten) unlisten();
    this.logs?.stop();
    await Promise.all([this.watch.stop(), this.use?.stop(), this.managers?.stop(), this.#optional?.stop()]);
  }
}
