import type { Timestamp } from "../base/known.ts";
import type { SourceReport } from "../base/source-state.ts";
import type { ClusterRecord, EventRecord, NodeRecord, PodRecord, WorkloadRecord } from "../kubernetes/schema.ts";
import type { ManagedTrack, ManagerReading, ManagerSlots } from "../manager/schema.ts";
import type { MachineUse, PodUsage } from "../metrics/schema.ts";
import { kubeletOf, kubeletsOf, type Kubelets } from "./derive-usage.ts";
import { isJobPod } from "./find-jobs.ts";
import { deriveManager, isManagerPod } from "./find-managers.ts";
import { foldJob, isCurrent, type JobInput, type JobMemo } from "./fold-job.ts";
import { foldNodes, type NodeMemo } from "./fold-nodes.ts";
import { nodeKillsOf } from "./node-kills.ts";
import type { EndedPod, NodeTrouble } from "./pod-facts.ts";
import type { Manager } from "./schema.ts";
import { isListed } from "./source-health.ts";
import { placePod, samePlace, troubleOf, type PlacedPod, type Wholeness } from "./view-nodes.ts";

/** What the sources hold of one cluster. Maps keep their identity until something in them changes. */
export interface ClusterInput {
  cluster: ClusterRecord;
  /** By uid. */
  pods: ReadonlyMap<string, PodRecord>;
  /** By uid. */
  ended: ReadonlyMap<string, EndedPod>;
  /** By the uid of the object they are about, oldest first. */
  events: ReadonlyMap<string, readonly EventRecord[]>;
  nodes: ReadonlyMap<string, NodeRecord>;
  workloads: ReadonlyMap<string, WorkloadRecord>;
  /** What kubelets said about containers, by pod uid; a pod keeps its object until a sample changes it. */
  usages: ReadonlyMap<string, PodUsage>;
  /** By node name. */
  machines: ReadonlyMap<string, MachineUse>;
  /** What managers said last, by the manager pod's uid; empty where nobody asks them. */
  readings: ReadonlyMap<string, ManagerReading>;
  /** Their slots now, by the manager pod's uid. */
  slots: ReadonlyMap<string, ManagerSlots>;
  /** Jobs that managers hold, or held lately, by GitLab job id. */
  managed: ReadonlyMap<string, ManagedTrack>;
  /** `kubelet-metrics`: one report of the cluster (`part: null`), and one for each node (`part: <node>`) that is not live. */
  sources: readonly SourceReport[];
}

/** One pod and what was made of it. */
interface PodEntry {
  readonly pod: PodRecord;
  readonly manager: boolean;
  readonly memo: JobMemo | null;
  readonly place: PlacedPod | null;
}

/** The fold of one cluster, and what it was made of. */
export interface ClusterFold {
  readonly input: Omit<ClusterInput, "cluster" | "sources">;
  readonly whole: Wholeness;
  readonly kubelets: Kubelets;
  readonly nodeKills: ReadonlyMap<string, readonly EventRecord[]>;
  /** Every pod, live or kept, by uid. */
  readonly entries: ReadonlyMap<string, PodEntry>;
  /** Jobs that are not what they were in the fold before, and keys of those that are no more. */
  readonly changed: readonly JobMemo[];
  readonly removed: readonly string[];
  readonly managers: readonly Manager[];
  readonly nodes: ReadonlyMap<string, NodeMemo>;
  /** When time alone may change a job, milliseconds since the epoch. */
  readonly recheckAtMs: number;
}

export function foldCluster(previous: ClusterFold | null, input: ClusterInput, at: Timestamp): ClusterFold {
  const whole = wholenessOf(input);
  const kubelets = kubeletsOf(previous?.kubelets ?? null, input.sources);
  const { cluster: _cluster, sources: _sources, ...held } = input;
  const { pods, ended, events, nodes, workloads, usages, machines } = held;
  const atMs = Date.parse(at);
  const before = previous?.input;
  const same =
    before !== undefined &&
    before.pods === pods &&
    before.ended === ended &&
    before.events === events &&
    before.nodes === nodes &&
    before.workloads === workloads &&
    before.usages === usages &&
    before.machines === machines;
  const around = previous !== null && previous.whole === whole && previous.kubelets === kubelets;
  if (around && same && atMs < previous.recheckAtMs) {
    return previous.changed.length === 0 && previous.removed.length === 0 ? previous : { ...previous, changed: [], removed: [] };
  }
  const nodeKills = nodeKillsOf(previous?.nodeKills ?? new Map(), events, nodes);
  const scan = scanPods(previous, input, { kubelets, nodeKills, atMs });
  const placesSame = around && !scan.placesChanged && before?.nodes === nodes && before.machines === machines;
  const managersSame = previous !== null && !scan.managersChanged && before?.workloads === workloads;
  return {
    input: held,
    whole,
    kubelets,
    nodeKills,
    entries: scan.entries,
    changed: scan.changed,
    removed: scan.removed,
    managers: managersSame ? previous.managers : foldManagers(previous?.managers ?? [], scan.entries, workloads),
    nodes: placesSame
      ? previous.nodes
      : foldNodes(previous?.nodes ?? new Map(), nodes, placesOf(scan.entries), { whole, machines, kubelets }),
    recheckAtMs: scan.recheckAtMs,
  };
}

interface Scan {
  entries: Map<string, PodEntry>;
  changed: JobMemo[];
  removed: string[];
  placesChanged: boolean;
  managersChanged: boolean;
  recheckAtMs: number;
}

/** Looks at every pod once: one look-up for a pod that did not change. */
function scanPods(
  previous: ClusterFold | null,
  { pods, ended, events, nodes, usages }: ClusterInput,
  { kubelets, nodeKills, atMs }: Pick<ClusterFold, "kubelets" | "nodeKills"> & { atMs: number },
): Scan {
  const usagesSame = previous?.input.usages === usages;
  const troubles = troublesOf(nodes);
  const scan: Scan = {
    entries: new Map(),
    changed: [],
    removed: [],
    placesChanged: false,
    managersChanged: false,
    recheckAtMs: Number.POSITIVE_INFINITY,
  };
  let known = 0;
  const add = (uid: string, pod: PodRecord, gone: EndedPod | null) => {
    const before = previous?.entries.get(uid);
    if (before !== undefined) known += 1;
    const own = events.get(uid) ?? NONE;
    const input: JobInput = {
      pod,
      ended: gone,
      events: own,
      node: pod.node === null ? null : (troubles.get(pod.node) ?? null),
      usage: usagesSame && before !== undefined && before.memo !== null ? before.memo.input.usage : (usages.get(uid) ?? null),
      kubelet: kubeletOf(kubelets, pod.node),
      nodeKills: (pod.node === null ? undefined : nodeKills.get(pod.node)) ?? NONE,
      atMs,
    };
    const same = before !== undefined && before.pod === pod && (before.memo === null || isCurrent(before.memo, input));
    const entry = same ? before : makeEntry(before, input);
    scan.entries.set(uid, entry);
    if (entry.memo !== null && entry.memo.recheckAtMs !== null && entry.memo.recheckAtMs < scan.recheckAtMs)
      scan.recheckAtMs = entry.memo.recheckAtMs;
    if (same) return;
    if (entry.memo !== null) scan.changed.push(entry.memo);
    scan.placesChanged ||= entry.place !== (before?.place ?? null);
    scan.managersChanged ||= entry.manager || before?.manager === true;
  };
  for (const [uid, pod] of pods) add(uid, pod, null);
  for (const [uid, gone] of ended) if (!pods.has(uid) && isJobPod(gone.record)) add(uid, gone.record, gone);
  if (previous !== null && known < previous.entries.size) noteRemoved(previous.entries, scan);
  return scan;
}

const NONE: readonly EventRecord[] = [];

function noteRemoved(before: ReadonlyMap<string, PodEntry>, scan: Scan): void {
  for (const [uid, { memo, place, manager }] of before) {
    if (scan.entries.has(uid)) continue;
    if (memo !== null) scan.removed.push(memo.job.key);
    scan.placesChanged ||= place !== null;
    scan.managersChanged ||= manager;
  }
}

function makeEntry(before: PodEntry | undefined, input: JobInput): PodEntry {
  const { pod, ended } = input;
  const job = isJobPod(pod);
  const place = ended === null ? placePod(pod) : null;
  return {
    pod,
    manager: !job && isManagerPod(pod),
    memo: job ? foldJob(before?.memo ?? null, input) : null,
    place: place !== null && before !== undefined && before.place !== null && samePlace(before.place, place) ? before.place : place,
  };
}

function troublesOf(nodes: ReadonlyMap<string, NodeRecord>): ReadonlyMap<string, NodeTrouble> {
  const troubles = new Map<string, NodeTrouble>();
  for (const node of nodes.values()) {
    const trouble = troubleOf(node);
    if (trouble !== null) troubles.set(node.name, trouble);
  }
  return troubles;
}

/** A sum over the pods of a node is right only when pods of all namespaces are listed. */
function wholenessOf({ cluster, sources }: ClusterInput): Wholeness {
  if (cluster.namespaces !== null || cluster.scope === "namespaces" || cluster.scope === "none") return "forbidden";
  return isListed(sources, "kubernetes-pods") ? "yes" : "not-reached";
}

function placesOf(entries: ReadonlyMap<string, PodEntry>): ReadonlyMap<string, PlacedPod[]> {
  const byNode = new Map<string, PlacedPod[]>();
  for (const { place } of entries.values()) {
    if (place === null) continue;
    const list = byNode.get(place.node);
    if (list === undefined) byNode.set(place.node, [place]);
    else list.push(place);
  }
  return byNode;
}

function foldManagers(
  previous: readonly Manager[],
  entries: ReadonlyMap<string, PodEntry>,
  workloads: ReadonlyMap<string, WorkloadRecord>,
): readonly Manager[] {
  const pods = [...entries.values()].filter((entry) => entry.manager).map((entry) => entry.pod);
  const byUid = new Map([...workloads.values()].map((workload) => [workload.uid, workload]));
  const next = pods.map((pod) => {
    const manager = deriveManager(pod, byUid);
    const before = previous.find((one) => one.key === manager.key);
    return before !== undefined && JSON.stringify(before) === JSON.stringify(manager) ? before : manager;
  });
  return next.length === previous.length && next.every((manager, index) => manager === previous[index]) ? previous : next;
}
