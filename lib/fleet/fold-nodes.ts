import type { NodeRecord } from "../kubernetes/schema.ts";
import type { MachineUse } from "../metrics/schema.ts";
import { kubeletOf, type Kubelets, type KubeletState } from "./derive-usage.ts";
import type { NodeView } from "./schema.ts";
import { viewNode, type PlacedPod, type Wholeness } from "./view-nodes.ts";

export interface NodeMemo {
  readonly record: NodeRecord;
  /** By uid. */
  readonly pods: ReadonlyMap<string, PlacedPod>;
  readonly whole: Wholeness;
  readonly machine: MachineUse | null;
  readonly kubelet: KubeletState;
  readonly view: NodeView;
}

/** The nodes by uid; a node on which nothing changed keeps its view. */
export function foldNodes(
  previous: ReadonlyMap<string, NodeMemo>,
  nodes: ReadonlyMap<string, NodeRecord>,
  onNode: ReadonlyMap<string, ReadonlyMap<string, PlacedPod>>,
  { whole, machines, kubelets }: { whole: Wholeness; machines: ReadonlyMap<string, MachineUse>; kubelets: Kubelets },
): ReadonlyMap<string, NodeMemo> {
  const next = new Map<string, NodeMemo>();
  for (const record of nodes.values()) {
    const pods = onNode.get(record.name) ?? NO_PODS;
    const before = previous.get(record.uid);
    const machine = machines.get(record.name) ?? null;
    const kubelet = kubeletOf(kubelets, record.name);
    const around = before !== undefined && before.whole === whole && before.machine === machine && before.kubelet === kubelet;
    if (around && before.record === record && before.pods === pods) {
      next.set(record.uid, before);
      continue;
    }
    const view = viewNode(record, inOrder(pods), { whole, machine, kubelet });
    const kept = before !== undefined && JSON.stringify(before.view) === JSON.stringify(view) ? before.view : view;
    next.set(record.uid, { record, pods, whole, machine, kubelet, view: kept });
  }
  const same = next.size === previous.size && [...next].every(([uid, memo]) => previous.get(uid) === memo);
  return same ? previous : next;
}

const NO_PODS: ReadonlyMap<string, PlacedPod> = new Map();

/** One order, however they came to stand there: the longest there first. */
function inOrder(pods: ReadonlyMap<string, PlacedPod>): PlacedPod[] {
  const since = (pod: PlacedPod) => Date.parse(pod.since);
  return [...pods].sort(([uidA, a], [uidB, b]) => since(a) - since(b) || (uidA < uidB ? -1 : 1)).map(([, pod]) => pod);
}
