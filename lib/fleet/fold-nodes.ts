import type { NodeRecord } from "../kubernetes/schema.ts";
import type { NodeView } from "./schema.ts";
import { viewNode, type PlacedPod, type Wholeness } from "./view-nodes.ts";

export interface NodeMemo {
  readonly record: NodeRecord;
  readonly pods: readonly PlacedPod[];
  readonly whole: Wholeness;
  readonly view: NodeView;
}

/** The nodes by uid; a node on which nothing changed keeps its view. */
export function foldNodes(
  previous: ReadonlyMap<string, NodeMemo>,
  nodes: ReadonlyMap<string, NodeRecord>,
  byNode: ReadonlyMap<string, readonly PlacedPod[]>,
  whole: Wholeness,
): ReadonlyMap<string, NodeMemo> {
  const next = new Map<string, NodeMemo>();
  for (const record of nodes.values()) {
    const pods = byNode.get(record.name) ?? [];
    const before = previous.get(record.uid);
    if (before !== undefined && before.record === record && before.whole === whole && samePods(before.pods, pods)) {
      next.set(record.uid, before);
      continue;
    }
    const view = viewNode(record, pods, whole);
    const kept = before !== undefined && JSON.stringify(before.view) === JSON.stringify(view) ? before.view : view;
    next.set(record.uid, { record, pods, whole, view: kept });
  }
  return next;
}

function samePods(before: readonly PlacedPod[], now: readonly PlacedPod[]): boolean {
  return before.length === now.length && before.every((pod, index) => pod === now[index]);
}
