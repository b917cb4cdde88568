import { known, unknown, type Timestamp } from "../base/known.ts";
import type { NodeRecord, PodContainer, PodRecord } from "../kubernetes/schema.ts";
import type { MachineUse } from "../metrics/schema.ts";
import { USAGE_SOURCE, type KubeletState } from "./derive-usage.ts";
import { isJobPod, isPausePod } from "./find-jobs.ts";
import { isManagerPod } from "./find-managers.ts";
import { latest, type NodeTrouble } from "./pod-facts.ts";
import type { NodeView } from "./schema.ts";

type Block = NodeView["blocks"][number];

/** Whether the pods of all namespaces are listed; without them the sums of a node would be too small. */
export type Wholeness = "yes" | "forbidden" | "not-reached";

/** A pod on a node, and since when it counts there. */
export interface PlacedPod {
  node: string;
  block: Block;
  since: Timestamp;
}

/** What a pod takes of its node; null for one that is finished or on no node. */
export function placePod(pod: PodRecord): PlacedPod | null {
  if (pod.node === null || pod.phase === "Succeeded" || pod.phase === "Failed") return null;
  const job = isJobPod(pod);
  return {
    node: pod.node,
    since: pod.conditions.find((condition) => condition.type === "PodScheduled")?.lastTransitionAt ?? pod.createdAt,
    block: {
      kind: job ? "job" : isPausePod(pod) ? "pause" : isManagerPod(pod) ? "manager" : "other",
      key: job ? `${pod.cluster}/${pod.uid}` : null,
      name: pod.name,
      namespace: pod.namespace,
      cpuMillicores: effectiveRequest(pod.containers, "cpuMillicores"),
      memoryBytes: effectiveRequest(pod.containers, "memoryBytes"),
    },
  };
}

/** Most new versions of a pod change nothing on its node. */
export function samePlace(a: PlacedPod, b: PlacedPod): boolean {
  const { block: x } = a;
  const { block: y } = b;
  return (
    a.node === b.node && a.since === b.since && x.kind === y.kind && x.cpuMillicores === y.cpuMillicores && x.memoryBytes === y.memoryBytes
  );
}

/**
 * What the scheduler counts: the larger of what runs side by side and of each init container with the sidecars started before it
 * (kubernetes `pkg/api/v1/resource/helpers.go` PodRequests). Overhead and pod-level requests are not kept. null: nothing requested.
 */
export function effectiveRequest(containers: readonly PodContainer[], amount: "cpuMillicores" | "memoryBytes"): number | null {
  let beside = 0;
  let sidecars = 0;
  let init = 0;
  let any = false;
  for (const container of containers) {
    const request = container.requests[amount];
    if (request !== null) any = true;
    if (container.kind === "regular") beside += request ?? 0;
    if (container.kind === "sidecar") sidecars += request ?? 0;
    if (container.kind === "init") init = Math.max(init, sidecars + (request ?? 0));
    else if (container.kind === "sidecar") init = Math.max(init, sidecars);
  }
  return any ? Math.max(beside + sidecars, init) : null;
}

/** A node with the pods on it. `whole`: pods of all namespaces are listed, without which the sum would be too small. */
export function viewNode(
  node: NodeRecord,
  pods: readonly PlacedPod[],
  { whole, machine, kubelet }: { whole: Wholeness; machine: MachineUse | null; kubelet: KubeletState },
): NodeView {
  const blocks = pods.map((pod) => pod.block);
  const sum = (amount: "cpuMillicores" | "memoryBytes") => blocks.reduce((total, block) => total + (block[amount] ?? 0), 0);
  const since = latest([node.createdAt, ...pods.map((pod) => pod.since)]) ?? node.createdAt;
  const requested = { cpuMillicores: sum("cpuMillicores"), memoryBytes: sum("memoryBytes"), pods: blocks.length };
  return {
    key: `${node.cluster}/${node.uid}`,
    cluster: node.cluster,
    uid: node.uid,
    name: node.name,
    createdAt: node.createdAt,
    ready: readyOf(node),
    schedulable: !node.unschedulable,
    conditions: node.conditions,
    taints: node.taints,
    allocatable: node.allocatable,
    requested: whole === "yes" ? known(requested, since, "pods on the node, spec.containers.resources.requests") : unknown(whole),
    used: usedOf(machine, kubelet, blocks),
    jobs: blocks.filter((block) => block.kind === "job").length,
    blocks,
    kubeletVersion: node.kubeletVersion,
    containerRuntimeVersion: node.containerRuntimeVersion,
    kernelVersion: node.kernelVersion,
    osImage: node.osImage,
    architecture: node.architecture,
  };
}

/** Only nodes that run pods of the fleet are read. CPU is a difference, so it needs two samples. */
function usedOf(machine: MachineUse | null, kubelet: KubeletState, blocks: readonly Block[]): NodeView["used"] {
  const { cpuMillicores = null, workingSetBytes = null } = machine ?? {};
  if (machine !== null && cpuMillicores !== null && workingSetBytes !== null)
    return known({ cpuMillicores, memoryBytes: workingSetBytes }, new Date(machine.atMs).toISOString(), `${USAGE_SOURCE}, id="/"`);
  // Only a kubelet tells of the whole node.
  if (kubelet === "instead") return unknown("not-measured");
  if (kubelet !== "live" && kubelet !== "connecting") return unknown(kubelet);
  return unknown(blocks.some((block) => block.kind === "job" || block.kind === "manager") ? "not-sampled" : "not-collected");
}

function readyOf(node: NodeRecord): NodeView["ready"] {
  return node.conditions.find((condition) => condition.type === "Ready")?.status ?? "Unknown";
}

/** What is wrong with a node for the pods on it; null: nothing, or a node so new that it has not said anything. */
export function troubleOf(node: NodeRecord): NodeTrouble | null {
  const ready = node.conditions.find((condition) => condition.type === "Ready");
  return ready === undefined || ready.status === "True" ? null : { status: ready.status, since: ready.lastTransitionAt };
}
