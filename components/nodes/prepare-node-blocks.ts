import type { NodeView } from "@/lib/fleet/schema.ts";

type Block = NodeView["blocks"][number];
export type PackedKind = Block["kind"] | "rest";

export interface PackedBlock {
  id: string;
  kind: PackedKind;
  /** The job's key for one job pod, else null. */
  key: string | null;
  name: string;
  namespace: string | null;
  /** How many pods stand in this block; 1 except for `rest`. */
  pods: number;
  cpuMillicores: number;
  /** Share of the node's allocatable CPU, 0 to 1. */
  share: number;
}

export interface PackedNode {
  blocks: PackedBlock[];
  /** Share of allocatable CPU that nothing requests; 0 when full. */
  free: number;
  /** Requested CPU beyond allocatable, in millicores; 0 in the ordinary case. */
  overMillicores: number;
  /** Pods that request no CPU: they have no width, and still run here. */
  unset: Block[];
}

const ORDER: readonly Block["kind"][] = ["job", "manager", "pause", "other"];
/** Narrower than this nothing can be seen or hit: such pods that are no jobs stand together in one block. */
const LEAST_SHARE = 0.015;

/**
 * Packs the pods of a node side by side: width is the share of allocatable CPU that a pod requests. Jobs keep a block of their own,
 * widest first. Null when the node does not say what it can allocate.
 */
export function packNode(node: Pick<NodeView, "allocatable" | "blocks">): PackedNode | null {
  const total = node.allocatable.cpuMillicores;
  if (total === null || total <= 0) return null;
  const sized = node.blocks.filter((block) => (block.cpuMillicores ?? 0) > 0);
  const sum = sized.reduce((cpu, block) => cpu + (block.cpuMillicores ?? 0), 0);
  const scale = Math.max(total, sum);
  const own: PackedBlock[] = [];
  const rest: Block[] = [];
  for (const block of sized.toSorted(byKindAndSize)) {
    const cpuMillicores = block.cpuMillicores ?? 0;
    if (block.kind !== "job" && cpuMillicores / scale < LEAST_SHARE) rest.push(block);
    else
      own.push({
        id: idOf(block),
        kind: block.kind,
        key: block.key,
        name: block.name,
        namespace: block.namespace,
        pods: 1,
        cpuMillicores,
        share: cpuMillicores / scale,
      });
  }
  const restCpu = rest.reduce((cpu, block) => cpu + (block.cpuMillicores ?? 0), 0);
  if (rest.length > 0)
    own.push({
      id: "rest",
      kind: "rest",
      key: null,
      name: "",
      namespace: null,
      pods: rest.length,
      cpuMillicores: restCpu,
      share: restCpu / scale,
    });
  return {
    blocks: own,
    free: Math.max(0, (total - sum) / scale),
    overMillicores: Math.max(0, sum - total),
    unset: node.blocks.filter((block) => (block.cpuMillicores ?? 0) === 0),
  };
}

function byKindAndSize(a: Block, b: Block): number {
  return ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || (b.cpuMillicores ?? 0) - (a.cpuMillicores ?? 0) || a.name.localeCompare(b.name);
}

function idOf(block: Block): string {
  return block.key ?? `${block.namespace}/${block.name}`;
}

/** Conditions that are bad when they are not False; the kubelet reports them beside Ready (`core/v1` NodeConditionType). */
export function pressuresOf(node: Pick<NodeView, "conditions">): NodeView["conditions"] {
  return node.conditions.filter((condition) => condition.type !== "Ready" && condition.status !== "False");
}

/** Nodes with something wrong first, then by name; numbers in names count as numbers. */
export function orderNodes(nodes: Iterable<NodeView>): NodeView[] {
  const rank = (node: NodeView) => (node.ready === "True" ? (pressuresOf(node).length > 0 ? 1 : node.schedulable ? 3 : 2) : 0);
  return [...nodes].toSorted(
    (a, b) => rank(a) - rank(b) || a.cluster.localeCompare(b.cluster) || a.name.localeCompare(b.name, "en", { numeric: true }),
  );
}
