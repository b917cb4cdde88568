import type { ClusterModel } from "./cluster.ts";
import type { ContainerRuntime } from "./container.ts";
import { RESERVED_BYTES, type SimulatedNode } from "./node.ts";
import { wholeSeconds } from "./objects.ts";
import type { PodRuntime } from "./pod.ts";

const PRESSURE = "node.kubernetes.io/memory-pressure";

interface Candidate {
  pod: PodRuntime;
  container: ContainerRuntime;
  bytes: number;
  over: number;
}

/** One round of the kubelet's eviction manager for memory (pkg/kubelet/eviction): below the threshold the worst pod goes. */
export function evictIfNeeded(cluster: ClusterModel, node: SimulatedNode): void {
  if (!node.alive) return;
  const { timeline } = cluster;
  const available = node.spec.memoryBytes - node.usedBytes(timeline.now);
  if (available >= RESERVED_BYTES) {
    relax(cluster, node);
    return;
  }
  pressureSeen.set(node, timeline.now);
  markPressure(cluster, node);
  if (available < 0) systemOom(cluster, node);
  const victim = rank(node, timeline.now)[0];
  if (!victim) return;
  const kib = (bytes: number) => `${Math.max(0, Math.round(bytes / 1024))}Ki`;
  const request = victim.container.plan.resources.requests.memoryBytes ?? 0;
  const using = `Container ${victim.container.plan.name} was using ${kib(victim.bytes)}, request is ${request === 0 ? "0" : kib(request)}, has larger consumption of memory. `;
  const message = `The node was low on resource: memory. Threshold quantity: 100Mi, available: ${kib(available)}. ${using}`;
  const annotations = {
    offending_containers: victim.container.plan.name,
    offending_containers_usage: kib(victim.bytes),
    starved_resource: "memory",
  };
  cluster.events.record(
    cluster.about(victim.pod),
    { type: "Warning", reason: "Evicted", message, annotations },
    { component: "kubelet", host: node.name },
  );
  cluster.kubelet.fail(victim.pod, "Evicted", message, true);
}

const pressureSeen = new WeakMap<SimulatedNode, number>();

/** Pods above their request first, then by how far above. */
function rank(node: SimulatedNode, at: number): Candidate[] {
  const found: Candidate[] = [];
  for (const pod of node.pods) {
    if (pod.deletion || !pod.namespace) continue;
    let worst: Candidate | null = null;
    let sum = 0;
    for (const container of pod.containers) {
      if (!container.isRunning || container.plan.role === "manager") continue;
      const bytes = container.memoryBytes(at);
      sum += bytes;
      const over = bytes - (container.plan.resources.requests.memoryBytes ?? 0);
      if (!worst || over > worst.over) worst = { pod, container, bytes, over };
    }
    if (worst) found.push({ ...worst, over: sum - pod.requests.memoryBytes });
  }
  return found.toSorted((a, b) => b.over - a.over);
}

function markPressure(cluster: ClusterModel, node: SimulatedNode): void {
  const { timeline, nodeController } = cluster;
  if (node.conditions.some((entry) => entry.type === "MemoryPressure" && entry.status === "True")) return;
  node.setCondition("MemoryPressure", "True", "KubeletHasInsufficientMemory", "kubelet has insufficient memory available", timeline.now);
  node.taints.push({ key: PRESSURE, effect: "NoSchedule", timeAdded: wholeSeconds(timeline.now) });
  nodeController.publish(node);
  nodeController.say(node, "Warning", "EvictionThresholdMet", "Attempting to reclaim memory");
  nodeController.say(node, "Normal", "NodeHasInsufficientMemory", `Node ${node.name} status is now: NodeHasInsufficientMemory`);
}

function relax(cluster: ClusterModel, node: SimulatedNode): void {
  const { timeline, nodeController } = cluster;
  const seen = pressureSeen.get(node);
  if (seen === undefined || (timeline.now - seen) * timeline.speed < node.spec.pressureTransitionMs) return;
  pressureSeen.delete(node);
  node.setCondition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available", timeline.now);
  node.taints.splice(0, node.taints.length, ...node.taints.filter((taint) => taint.key !== PRESSURE));
  nodeController.publish(node);
  nodeController.say(node, "Normal", "NodeHasSufficientMemory", `Node ${node.name} status is now: NodeHasSufficientMemory`);
  cluster.scheduler.wake();
}

/** All memory is gone before the eviction manager looked: the kernel kills the biggest process, and the kubelet says so on the node. */
function systemOom(cluster: ClusterModel, node: SimulatedNode): void {
  const biggest = rank(node, cluster.timeline.now).toSorted((a, b) => b.bytes - a.bytes)[0];
  if (!biggest) return;
  cluster.nodeController.say(
    node,
    "Warning",
    "SystemOOM",
    `System OOM encountered, victim process: ${biggest.container.plan.role === "service" ? biggest.container.plan.name : "java"}, pid: ${cluster.random.integer(2000, 90_000)}`,
  );
}
