import type { ClusterModel } from "./cluster.ts";
import { evictIfNeeded } from "./eviction.ts";
import { buildNode } from "./build-node.ts";
import type { SimulatedNode } from "./node.ts";
import { microSeconds, wholeSeconds } from "./objects.ts";
import { setCondition } from "./pod-status.ts";

/** How often a quiet kubelet writes its node status (nodeStatusReportFrequency 5 min). */
const HEARTBEAT_MS = 300_000;
/** The eviction manager's loop (kubelet evictionMonitoringPeriod). */
const EVICTION_MS = 10_000;
/** Grace of the node lifecycle controller before it marks a silent node (nodeMonitorGracePeriod 50 s since 1.32). */
const SILENT_MS = 50_000;
/** Tolerations of a pod for a lost node, given by admission (DefaultTolerationSeconds). */
const TOLERATION_MS = 300_000;
const UNREACHABLE = "node.kubernetes.io/unreachable";

/** Nodes in the API: heartbeats, pressure, loss. */
export class NodeController {
  readonly #cluster: ClusterModel;

  constructor(cluster: ClusterModel) {
    this.#cluster = cluster;
    for (const node of cluster.nodes) {
      this.publish(node);
      cluster.timeline.every(HEARTBEAT_MS, () => this.#heartbeat(node), HEARTBEAT_MS * cluster.random.next());
      cluster.timeline.every(EVICTION_MS, () => evictIfNeeded(cluster, node), EVICTION_MS * cluster.random.next());
    }
  }

  publish(node: SimulatedNode): void {
    const { spec, registry, sink } = this.#cluster;
    const versions = {
      kubelet: `v1.${spec.minor}.${spec.patch}`,
      runtime: spec.containerRuntime,
      kernel: spec.kernel,
      osImage: spec.osImage,
    };
    sink.put(
      "nodes",
      buildNode(node, versions, (image) => registry.size(image)),
    );
  }

  #heartbeat(node: SimulatedNode): void {
    if (!node.alive) return;
    node.heartbeatAt = this.#cluster.timeline.now;
    this.publish(node);
  }

  say(node: SimulatedNode, type: "Normal" | "Warning", reason: string, message: string, component = "kubelet"): void {
    const own = component === "kubelet";
    const regarding = {
      kind: "Node",
      apiVersion: "v1",
      namespace: null,
      name: node.name,
      uid: own ? node.name : node.identity.uid,
    } as const;
    this.#cluster.events.record(regarding, { type, reason, message }, own ? { component, host: node.name } : { component });
  }

  /** The machine is gone: its kubelet is silent, its containers are nobody's business any more. */
  lose(node: SimulatedNode): void {
    const { timeline } = this.#cluster;
    if (!node.alive) return;
    node.alive = false;
    for (const pod of node.pods) {
      pod.stopTimers();
      for (const container of pod.containers) if (container.isRunning) container.idle(timeline.now);
    }
    timeline.after(SILENT_MS, () => this.#markSilent(node));
    timeline.after(SILENT_MS + TOLERATION_MS, () => this.#evictByTaint(node));
  }

  #markSilent(node: SimulatedNode): void {
    const { timeline } = this.#cluster;
    if (node.alive) return;
    for (const type of ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"] as const)
      node.setCondition(type, "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.", timeline.now);
    const timeAdded = wholeSeconds(timeline.now);
    node.taints.push({ key: UNREACHABLE, effect: "NoSchedule", timeAdded }, { key: UNREACHABLE, effect: "NoExecute", timeAdded });
    this.publish(node);
    this.say(node, "Normal", "NodeNotReady", `Node ${node.name} status is now: NodeNotReady`, "node-controller");
    for (const pod of node.pods) {
      setCondition(pod, "Ready", "False", timeline.now);
      this.#cluster.publish(pod, null);
      this.#cluster.events.record(
        this.#cluster.about(pod),
        { type: "Warning", reason: "NodeNotReady", message: "Node is not ready" },
        { component: "node-controller" },
      );
      timeline.after(this.#cluster.random.between(5_000, 40_000), () => pod.tell("disrupted"));
    }
  }

  #evictByTaint(node: SimulatedNode): void {
    if (node.alive) return;
    for (const pod of node.pods) {
      setCondition(pod, "DisruptionTarget", "True", this.#cluster.timeline.now, {
        reason: "DeletionByTaintManager",
        message: "Taint manager: deleting due to NoExecute taint",
      });
      this.#cluster.publish(pod, null);
      this.#cluster.events.record(
        this.#cluster.about(pod),
        { type: "Normal", reason: "TaintManagerEviction", message: `Marking for deletion Pod ${pod.namespace}/${pod.name}` },
        { component: "taint-eviction-controller" },
      );
      this.#cluster.deletePod(pod);
    }
  }

  /** The machine is back after a reboot: its old containers are not. */
  recover(node: SimulatedNode): void {
    const { timeline } = this.#cluster;
    if (node.alive) return;
    node.alive = true;
    node.heartbeatAt = timeline.now;
    node.taints.splice(0, node.taints.length, ...node.taints.filter((taint) => taint.key !== UNREACHABLE));
    node.setCondition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available", timeline.now);
    node.setCondition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", timeline.now);
    node.setCondition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available", timeline.now);
    node.setCondition("Ready", "True", "KubeletReady", "kubelet is posting ready status", timeline.now);
    this.publish(node);
    this.say(node, "Warning", "Rebooted", `Node ${node.name} has been rebooted, boot id: ${node.identity.bootId}`);
    this.say(node, "Normal", "NodeReady", `Node ${node.name} status is now: NodeReady`);
    for (const pod of node.pods) {
      for (const container of pod.containers) {
        if (container.isRunning || container.state.kind === "waiting")
          container.state = {
            kind: "terminated",
            reason: "ContainerStatusUnknown",
            exitCode: 137,
            startedAt: null,
            finishedAt: null,
            message: "The container could not be located when the pod was terminated",
          };
      }
      if (pod.deletion) this.#cluster.kubelet.terminate(pod);
      else this.#cluster.kubelet.fail(pod, "Terminated", "Pod was terminated in response to imminent node shutdown.", false);
    }
    this.#cluster.scheduler.wake();
  }

  /** `kubectl cordon` and back. */
  setSchedulable(node: SimulatedNode, schedulable: boolean): void {
    node.unschedulable = !schedulable;
    const key = "node.kubernetes.io/unschedulable";
    node.taints.splice(0, node.taints.length, ...node.taints.filter((taint) => taint.key !== key));
    if (!schedulable)
      node.taints.push({ key, effect: "NoSchedule", timeAdded: microSeconds(this.#cluster.timeline.now).slice(0, 19) + "Z" });
    this.publish(node);
    this.#cluster.scheduler.wake();
  }
}
