import type { Timestamp } from "../base/known.ts";
import type { SourceReport } from "../base/source-state.ts";
import type { ClusterRecord, EventRecord, NodeRecord, PodRecord, WorkloadRecord } from "../kubernetes/schema.ts";
import { deriveManager, isManagerPod } from "./find-managers.ts";
import { isJobPod } from "./find-jobs.ts";
import { jobKey } from "./derive-job.ts";
import { foldJob, type JobMemo } from "./fold-job.ts";
import type { EndedPod, NodeTrouble } from "./pod-facts.ts";
import type { Manager, NodeView } from "./schema.ts";
import { isListed } from "./source-health.ts";
import { placePod, troubleOf, viewNode, type PlacedPod } from "./view-nodes.ts";

/** What the sources hold of one cluster. Maps keep their identity until something in them changes. */
export interface ClusterInput {
  cluster: ClusterRecord;
  pods: ReadonlyMap<string, PodRecord>;
  ended: ReadonlyMap<string, EndedPod>;
  /** By the uid of the object they are about, oldest first. */
  events: ReadonlyMap<string, readonly EventRecord[]>;
  nodes: ReadonlyMap<string, NodeRecord>;
  workloads: ReadonlyMap<string, WorkloadRecord>;
  sources: readonly SourceReport[];
}

interface NodeMemo {
  record: NodeRecord;
  pods: readonly PlacedPod[];
  whole: Wholeness;
  view: NodeView;
}
type Wholeness = "yes" | "forbidden" | "not-reached";

/** The fold of one cluster, and what it was made of. */
export interface ClusterFold {
  readonly input: Pick<ClusterInput, "pods" | "ended" | "events" | "nodes" | "workloads">;
  readonly whole: Wholeness;
  readonly jobs: ReadonlyMap<string, JobMemo>;
  readonly managers: readonly Manager[];
  readonly nodes: ReadonlyMap<string, NodeMemo>;
  /** When time alone may change a job, milliseconds since the epoch. */
  readonly recheckAtMs: number;
}

export function foldCluster(previous: ClusterFold | null, input: ClusterInput, at: Timestamp): ClusterFold {
  const whole = wholenessOf(input);
  const { pods, ended, events, nodes, workloads } = input;
  const atMs = Date.parse(at);
  const before = previous?.input;
  const same =
    before !== undefined &&
    before.pods === pods &&
    before.ended === ended &&
    before.events === events &&
    before.nodes === nodes &&
    before.workloads === workloads;
  if (previous !== null && same && previous.whole === whole && atMs < previous.recheckAtMs) return previous;
  const troubles = new Map<string, NodeTrouble>();
  for (const node of nodes.values()) {
    const trouble = troubleOf(node);
    if (trouble !== null) troubles.set(node.name, trouble);
  }
  const jobs = new Map<string, JobMemo>();
  const managerPods: PodRecord[] = [];
  const byNode = new Map<string, PlacedPod[]>();
  let recheckAtMs = Number.POSITIVE_INFINITY;
  const add = (pod: PodRecord, gone: EndedPod | null) => {
    const key = jobKey(pod.cluster, pod.uid);
    const trouble = pod.node === null ? undefined : troubles.get(pod.node);
    const memo = foldJob(previous?.jobs.get(key) ?? null, {
      pod,
      ended: gone,
      events: events.get(pod.uid) ?? NONE,
      node: trouble ?? null,
      atMs,
    });
    recheckAtMs = Math.min(recheckAtMs, memo.recheckAtMs ?? Number.POSITIVE_INFINITY);
    jobs.set(key, memo);
  };
  for (const pod of pods.values()) {
    const kind = kindOf(pod);
    if (kind === "job") add(pod, null);
    else if (kind === "manager") managerPods.push(pod);
    const place = nodes.size === 0 ? null : placePod(pod);
    if (place === null || pod.node === null) continue;
    const list = byNode.get(pod.node);
    if (list === undefined) byNode.set(pod.node, [place]);
    else list.push(place);
  }
  for (const [uid, gone] of ended) if (!pods.has(uid) && kindOf(gone.record) === "job") add(gone.record, gone);
  return {
    input: { pods, ended, events, nodes, workloads },
    whole,
    jobs,
    managers: foldManagers(previous?.managers ?? [], managerPods, workloads),
    nodes: foldNodes(previous?.nodes ?? new Map(), nodes, byNode, whole),
    recheckAtMs,
  };
}

const NONE: readonly EventRecord[] = [];
const kinds = new WeakMap<PodRecord, "job" | "manager" | "other">();

function kindOf(pod: PodRecord): "job" | "manager" | "other" {
  const before = kinds.get(pod);
  if (before !== undefined) return before;
  const kind = isJobPod(pod) ? "job" : isManagerPod(pod) ? "manager" : "other";
  kinds.set(pod, kind);
  return kind;
}

/** A sum over the pods of a node is right only when pods of all namespaces are listed. */
function wholenessOf({ cluster, sources }: ClusterInput): Wholeness {
  if (cluster.namespaces !== null || cluster.scope === "namespaces" || cluster.scope === "none") return "forbidden";
  return isListed(sources, "kubernetes-pods") ? "yes" : "not-reached";
}

function foldManagers(
  previous: readonly Manager[],
  pods: readonly PodRecord[],
  workloads: ReadonlyMap<string, WorkloadRecord>,
): readonly Manager[] {
  if (pods.length === 0) return previous.length === 0 ? previous : [];
  const byUid = new Map([...workloads.values()].map((workload) => [workload.uid, workload]));
  const next = pods.map((pod) => {
    const manager = deriveManager(pod, byUid);
    const before = previous.find((one) => one.key === manager.key);
    return before !== undefined && JSON.stringify(before) === JSON.stringify(manager) ? before : manager;
  });
  return next.length === previous.length && next.every((manager, index) => manager === previous[index]) ? previous : next;
}

function foldNodes(
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
