import { ClusterModel } from "./cluster.ts";
import type { ClusterSpec, RegistrySpec } from "./cluster-spec.ts";
import { GitlabModel } from "./gitlab.ts";
import type { JobSpec } from "./job-spec.ts";
import type { ManagerProcess } from "./manager.ts";
import { NO_LOGS, type LogSink } from "./log-book.ts";
import { deployManagers, type ManagerAddress } from "./manager-deployment.ts";
import type { SimulatedNode } from "./node.ts";
import type { ObjectSink } from "./objects.ts";
import { Random } from "./random.ts";
import { Registry } from "./registry.ts";
import { Timeline } from "./timeline.ts";

/** Everything that makes a fleet; the same plan, seed and start give the same life. */
export interface FleetPlan {
  clusters: ClusterSpec[];
  registry: RegistrySpec;
  eventTtlMs: number;
  /** How much of its life is over when the first visitor looks, ms. */
  warmUpMs: number;
  /** Arrivals and incidents. */
  live(fleet: Fleet): void;
}

export interface FleetParts {
  seed: number;
  /** Start of the simulated life, ms since the epoch; the warm-up lies before the visitor's now. */
  start: number;
  speed: number;
  sinkOf(cluster: string): ObjectSink;
  /** Container logs; left out: none are kept. */
  logsOf?(cluster: string): LogSink;
  /** Where the HTTP port of a manager is; index over all managers of the cluster. */
  managerAddress(cluster: string, index: number): ManagerAddress;
}

/** The whole simulated world: clusters, their managers, GitLab. */
export class Fleet {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly gitlab: GitlabModel;
  readonly registry: Registry;
  readonly clusters: ClusterModel[];
  readonly managers: ManagerProcess[] = [];

  constructor(plan: FleetPlan, parts: FleetParts) {
    this.timeline = new Timeline(parts.start, parts.speed);
    this.random = new Random(parts.seed);
    this.gitlab = new GitlabModel(this.timeline, this.random);
    this.registry = new Registry(plan.registry);
    this.clusters = plan.clusters.map(
      (spec) =>
        new ClusterModel(spec, {
          timeline: this.timeline,
          random: this.random,
          sink: parts.sinkOf(spec.name),
          registry: this.registry,
          gitlab: this.gitlab,
          eventTtlMs: plan.eventTtlMs,
          logs: parts.logsOf?.(spec.name) ?? NO_LOGS,
        }),
    );
    for (const cluster of this.clusters) {
      let index = 0;
      for (const runner of cluster.spec.runners)
        this.managers.push(...deployManagers(cluster, runner, () => parts.managerAddress(cluster.spec.name, index++)));
    }
    plan.live(this);
  }

  /** Puts jobs into GitLab's queue as one pipeline. */
  pipeline(specs: readonly JobSpec[]): void {
    this.gitlab.enqueue(specs);
  }

  /** A node by name, in any cluster. */
  node(name: string): { cluster: ClusterModel; node: SimulatedNode } | null {
    for (const cluster of this.clusters) {
      const node = cluster.nodes.find((entry) => entry.name === name);
      if (node) return { cluster, node };
    }
    return null;
  }

  /** Job pods that exist now. */
  get jobPods(): number {
    return this.clusters.reduce((sum, cluster) => sum + cluster.pods.size, 0) - this.managers.length;
  }

  advanceTo(time: number): void {
    this.timeline.advanceTo(time);
  }
}
