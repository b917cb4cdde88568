import type { Timestamp } from "../base/known.ts";
import type { SourceReport } from "../base/source-state.ts";
import type { ClusterRecord, EventRecord, NodeRecord, PodRecord, WorkloadRecord } from "../kubernetes/schema.ts";
import type { LogFacts } from "../logs/schema.ts";
import type { ManagedTrack, ManagerConfigReading, ManagerReading, ManagerSlots } from "../manager/schema.ts";
import type { MachineUse, PodUsage } from "../metrics/schema.ts";
import type { QuotaReading } from "./capacity/quota-room.ts";
import { kubeletsOf, type Kubelets } from "./derive-usage.ts";
import type { JobMemo } from "./fold-job.ts";
import type { GitlabFacts } from "./gitlab-facts.ts";
import { followJobs, NOTHING_FOLLOWED, type Followed } from "./link/follow-jobs.ts";
import { linkContext, type LinkContext } from "./link/relink.ts";
import { foldManagers, type ManagerMemo } from "./fold-managers.ts";
import { foldNodes, type NodeMemo } from "./fold-nodes.ts";
import { nodeKillsOf } from "./node-kills.ts";
import type { EndedPod } from "./pod-facts.ts";
import { PodScan, type PodEntry } from "./scan-pods.ts";
import { isListed } from "./source-health.ts";
import type { PlacedPod, Wholeness } from "./view-nodes.ts";

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
  /** Their configuration, by the manager pod's uid; without it nobody reads ConfigMaps. */
  configs?: ReadonlyMap<string, ManagerConfigReading>;
  /** Quotas by namespace; without it nobody reads them. */
  quotas?: ReadonlyMap<string, QuotaReading>;
  /** Jobs that managers hold, or held lately, by GitLab job id. */
  managed: ReadonlyMap<string, ManagedTrack>;
  /** Times that jobs' logs told, by pod uid; a pod keeps its object until it changes. Not there: nobody reads logs. */
  logs?: ReadonlyMap<string, LogFacts>;
  /** `kubelet-metrics`: one report of the cluster (`part: null`), and one for each node (`part: <node>`) that is not live. */
  sources: readonly SourceReport[];
}

/** The fold of one cluster, and what it was made of. */
export interface ClusterFold {
  readonly input: Omit<ClusterInput, "cluster" | "sources">;
  readonly whole: Wholeness;
  readonly kubelets: Kubelets;
  readonly nodeKills: ReadonlyMap<string, readonly EventRecord[]>;
  readonly gitlab: GitlabFacts | null;
  readonly context: LinkContext;
  readonly followed: Followed;
  /** Every pod, live or kept, by uid. */
  readonly entries: ReadonlyMap<string, PodEntry>;
  /** Jobs that are not what they were in the fold before, and keys of those that are no more. */
  readonly changed: readonly JobMemo[];
  readonly removed: readonly string[];
  /** By pod uid. */
  readonly managers: ReadonlyMap<string, ManagerMemo>;
  readonly nodes: ReadonlyMap<string, NodeMemo>;
  /** When time alone may change a job, milliseconds since the epoch. */
  readonly recheckAtMs: number;
}

export function foldCluster(
  previous: ClusterFold | null,
  input: ClusterInput,
  { at, gitlab }: { at: Timestamp; gitlab: GitlabFacts | null },
): ClusterFold {
  const whole = wholenessOf(input);
  const kubelets = kubeletsOf(previous?.kubelets ?? null, input.sources);
  const context = linkContext(previous?.context ?? null, input, gitlab);
  const { cluster: _cluster, sources: _sources, ...held } = input;
  const { events, nodes, machines } = held;
  const atMs = Date.parse(at);
  const before = previous?.input;
  const around = previous !== null && previous.whole === whole && previous.kubelets === kubelets;
  if (
    around &&
    sameInput(previous.input, held) &&
    previous.context === context &&
    previous.gitlab === gitlab &&
    atMs < previous.recheckAtMs
  ) {
    return previous.changed.length === 0 && previous.removed.length === 0 ? previous : { ...previous, changed: [], removed: [] };
  }
  const nodeKills = nodeKillsOf(previous?.nodeKills ?? new Map(), events, nodes);
  const scan = new PodScan({ input, previous, kubelets, nodeKills, context, atMs });
  const followed = followJobs(previous?.followed ?? NOTHING_FOLLOWED, scan, input, atMs);
  const placesSame = around && !scan.placesChanged && before?.nodes === nodes && before.machines === machines;
  return {
    input: held,
    whole,
    kubelets,
    nodeKills,
    gitlab,
    context,
    followed,
    entries: scan.entries,
    changed: scan.changed,
    removed: scan.removed,
    managers: foldManagers(previous?.managers ?? new Map(), scan.entries, { input, kubelets, gitlab, byJob: followed.byJob }),
    nodes: placesSame
      ? previous.nodes
      : foldNodes(previous?.nodes ?? new Map(), nodes, placesOf(scan.entries), { whole, machines, kubelets }),
    recheckAtMs: Math.min(scan.recheckAtMs, followed.unhelds.recheckAtMs),
  };
}

function sameInput(before: ClusterFold["input"], now: ClusterFold["input"]): boolean {
  return (Object.keys(now) as (keyof typeof now)[]).every((key) => before[key] === now[key]);
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
