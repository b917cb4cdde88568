import { ContainerRuntime, type ContainerPlan } from "./container.ts";
import type { KubeObject } from "./objects.ts";
import type { SimulatedNode } from "./node.ts";

export type ConditionType = "PodReadyToStartContainers" | "Initialized" | "Ready" | "ContainersReady" | "PodScheduled" | "DisruptionTarget";

export interface Condition {
  type: ConditionType;
  status: "True" | "False";
  reason?: string;
  message?: string;
  changedAt: number;
  /** The scheduler's binding writes its condition without one. */
  observedGeneration: number | null;
}

/** What the deletion of a pod needs to know. */
export interface Deletion {
  askedAt: number;
  graceSeconds: number;
}

/** One pod: what the API shows of it, and what the kubelet knows. */
export class PodRuntime {
  object: KubeObject;
  readonly containers: ContainerRuntime[];
  readonly init: ContainerRuntime[];
  readonly conditions = new Map<ConditionType, Condition>();
  node: SimulatedNode | null = null;
  ip: string | null = null;
  /** Set once by the kubelet: it has seen the pod. */
  startedAt: number | null = null;
  sandboxId: string | null = null;
  sandboxAt = 0;
  phase: "Pending" | "Running" | "Succeeded" | "Failed" = "Pending";
  reason: string | null = null;
  message: string | null = null;
  deletion: Deletion | null = null;
  gone = false;
  /** Sum of the containers' requests (or of the largest init container): what the scheduler counts. */
  readonly requests: { cpuMillicores: number; memoryBytes: number };
  readonly qosClass: "Guaranteed" | "Burstable" | "BestEffort";
  /** Called by the kubelet and the garbage collector when something happened that the runner's informer would see. */
  readonly listeners = new Set<(change: PodChange) => void>();
  /** Work that ends with the pod: pulls, back-off timers. */
  readonly timers = new Set<() => void>();

  constructor(object: KubeObject, plans: ContainerPlan[], qosClass: PodRuntime["qosClass"], jitter: () => number) {
    this.object = object;
    this.qosClass = qosClass;
    this.containers = plans.filter((plan) => plan.role !== "init").map((plan) => new ContainerRuntime(plan, jitter));
    this.init = plans.filter((plan) => plan.role === "init").map((plan) => new ContainerRuntime(plan, jitter));
    this.requests = requestsOf(plans);
  }

  get name(): string {
    return this.object.metadata.name;
  }

  get namespace(): string {
    return this.object.metadata.namespace ?? "default";
  }

  get uid(): string {
    return this.object.metadata.uid;
  }

  container(name: string): ContainerRuntime | null {
    return this.containers.find((entry) => entry.plan.name === name) ?? null;
  }

  /** Every container that has or had a cgroup. */
  get all(): ContainerRuntime[] {
    return [...this.init, ...this.containers];
  }

  /** Ends everything that was to happen to it. */
  stopTimers(): void {
    for (const stop of this.timers) stop();
    this.timers.clear();
  }

  tell(change: PodChange): void {
    for (const listener of this.listeners) listener(change);
  }
}

/** What a watcher of one pod reacts to. */
export type PodChange = "status" | "image-failed" | "deleting" | "deleted" | "disrupted" | "build-ended" | "helper-ended";

/** What the scheduler counts: the sum of the regular containers, or the largest init container. */
export function requestsOf(plans: readonly ContainerPlan[]): { cpuMillicores: number; memoryBytes: number } {
  const sum = (amount: "cpuMillicores" | "memoryBytes") => {
    const of = (plan: ContainerPlan) => plan.resources.requests[amount] ?? 0;
    const regular = plans.filter((plan) => plan.role !== "init").reduce((total, plan) => total + of(plan), 0);
    return Math.max(regular, ...plans.filter((plan) => plan.role === "init").map(of));
  };
  return { cpuMillicores: sum("cpuMillicores"), memoryBytes: sum("memoryBytes") };
}
