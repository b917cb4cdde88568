import type { NodeSpec } from "./cluster-spec.ts";
import type { PodRuntime } from "./pod.ts";

/** Memory that the kubelet keeps from the pods: the default hard eviction threshold `memory.available<100Mi`. */
export const RESERVED_BYTES = 100 * 2 ** 20;

export interface Taint {
  key: string;
  value?: string;
  effect: "NoSchedule" | "NoExecute" | "PreferNoSchedule";
  timeAdded?: string;
}

export interface NodeCondition {
  type: "MemoryPressure" | "DiskPressure" | "PIDPressure" | "Ready";
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  changedAt: number;
}

export interface NodeIdentity {
  uid: string;
  address: string;
  bootId: string;
  machineId: string;
}

/** A node: what it can hold, what it has pulled, what the API says of it. */
export class SimulatedNode {
  readonly spec: NodeSpec;
  readonly identity: NodeIdentity;
  readonly createdAt: number;
  readonly pods = new Set<PodRuntime>();
  readonly images = new Set<string>();
  readonly taints: Taint[] = [];
  unschedulable = false;
  /** False: the machine is gone; nothing on it runs on, nobody reports. */
  alive = true;
  heartbeatAt: number;
  /** Pulls happen one after the other (serializeImagePulls); this is when the last one ends. */
  pullsEndAt = 0;
  /** Pulls under way: image and when its pull ends. */
  readonly pulls = new Map<string, number>();
  readonly requested = { cpuMillicores: 0, memoryBytes: 0 };
  readonly conditions: NodeCondition[];

  constructor(spec: NodeSpec, identity: NodeIdentity, at: number) {
    this.spec = spec;
    this.identity = identity;
    this.createdAt = at;
    this.heartbeatAt = at;
    this.conditions = [
      {
        type: "MemoryPressure",
        status: "False",
        reason: "KubeletHasSufficientMemory",
        message: "kubelet has sufficient memory available",
        changedAt: at,
      },
      { type: "DiskPressure", status: "False", reason: "KubeletHasNoDiskPressure", message: "kubelet has no disk pressure", changedAt: at },
      {
        type: "PIDPressure",
        status: "False",
        reason: "KubeletHasSufficientPID",
        message: "kubelet has sufficient PID available",
        changedAt: at,
      },
      { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status", changedAt: at },
    ];
  }

  get name(): string {
    return this.spec.name;
  }

  get address(): string {
    return this.identity.address;
  }

  get allocatableBytes(): number {
    return this.spec.memoryBytes - RESERVED_BYTES;
  }

  get freeMillicores(): number {
    return this.spec.cpuMillicores - this.requested.cpuMillicores;
  }

  get freeBytes(): number {
    return this.allocatableBytes - this.requested.memoryBytes;
  }

  hold(pod: PodRuntime): void {
    this.pods.add(pod);
    this.requested.cpuMillicores += pod.requests.cpuMillicores;
    this.requested.memoryBytes += pod.requests.memoryBytes;
  }

  /** Gives a pod's requests back once; a pod that has ended no longer counts. */
  release(pod: PodRuntime): void {
    if (!this.pods.delete(pod)) return;
    this.requested.cpuMillicores -= pod.requests.cpuMillicores;
    this.requested.memoryBytes -= pod.requests.memoryBytes;
  }

  /** Memory that pods and system use now, bytes. */
  usedBytes(at: number): number {
    let sum = this.spec.systemBytes;
    for (const pod of this.pods) for (const container of pod.containers) if (container.isRunning) sum += container.memoryBytes(at);
    return sum;
  }

  /** What the node leaves of the CPU that its containers want now (0…1). */
  cpuShare(extraCores: number): number {
    let wanted = extraCores;
    for (const pod of this.pods) {
      for (const { activity, limitCores } of pod.containers)
        if (activity) wanted += activity.busy * Math.min(activity.cores, limitCores ?? activity.cores);
    }
    const cores = this.spec.cpuMillicores / 1000;
    return wanted <= cores ? 1 : cores / wanted;
  }

  setCondition(type: NodeCondition["type"], status: NodeCondition["status"], reason: string, message: string, at: number): void {
    const condition = this.conditions.find((entry) => entry.type === type);
    if (!condition) return;
    if (condition.status !== status) condition.changedAt = at;
    Object.assign(condition, { status, reason, message });
  }
}
