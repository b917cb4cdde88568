import type { NodeRecord } from "../kubernetes/schema.ts";
import type { MachineUse } from "../metrics/schema.ts";
import { kubeletOf, type Kubelets, type KubeletState } from "./derive-usage.ts";
import type { NodeView } from "./schema.ts";
import { viewNode, type PlacedPod, type Wholeness } from "./view-nodes.ts";

export interface NodeMemo {
  readonly record: NodeRecord;
  readonly pods: readonly PlacedPod[];
  readonly whole: Wholeness;
  readonly machine: MachineUse | null;
  readonly kubelet: KubeletState;
  readonly view: NodeView;
}

/** The nodes by uid; a node on which nothing changed keeps its view. */
export function foldNodes(
  previous: ReadonlyMap<string, NodeMemo>,
  nodes: ReadonlyMap<string, NodeRecord>,
  byNode: ReadonlyMap<string, readonly PlacedPod[]>,
  { whole, machines, kubelets }: { whole: Wholeness; machines: ReadonlyMap<string, MachineUse>; kubelets: Kubelets },
): ReadonlyMap<string, NodeMemo> {
  const next = new Map<string, NodeMemo>();
  for (const record of nodes.values()) {
    const pods = byNode.get(record.name) ?? [];
    const before = previous.get(record.uid);
    const machine = machines.get(record.name) ?? null;
    const kubelet = kubeletOf(kubelets, record.name);
    const around = before !== undefined && before.whole === whole && before.machine === machine && before.kubelet === kubelet;
    if (around && before.record === record && samePods(before.pods, pods)) {
      next.set(record.uid, before);
      continue;
    }
    const view = viewNode(record, pods, { whole, machine, kubelet });
    const kept = before !== undefined && JSON.stringify(before.view) === JSON.stringify(view) ? before.view : view;
    next.set(record.uid, { record, pods, whole, machine, kubelet, view: kept });
  }
  return next;
}

function samePods(before: readonly PlacedPod[], now: readonly PlacedPod[]): boolean {
  return before.length === now.length && before.every((pod, index) => pod === now[index]);
}
