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
import { followJobs, type Followed } from "./link/follow-jobs.ts";
import { linkContext, type LinkContext } from "./link/relink.ts";
import { foldManagers, type ManagerMemo } from "./fold-managers.ts";
import { foldNodes, type NodeMemo } from "./fold-nodes.ts";
import { nodeKillsOf } from "./node-kills.ts";
import { indexJobs, indexManaged, indexPods, NO_PODS, type PodIndex } from "./pod-index.ts";
import type { EndedPod, NodeTrouble } from "./pod-facts.ts";
import { PodScan } from "./scan-pods.ts";
import { isListed } from "./source-health.ts";
import { troubleOf, type Wholeness } from "./view-nodes.ts";

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
  /** When jobs were lost by their manager's failure before its list showed them, one for each. */
  vanished?: readonly string[];
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
export interface ClusterFold extends PodIndex {
  readonly input: Omit<ClusterInput, "cluster" | "sources">;
  readonly whole: Wholeness;
  readonly kubelets: Kubelets;
  readonly nodeKills: ReadonlyMap<string, readonly EventRecord[]>;
  /** Nodes that do not say they are ready, by name. */
  readonly troubles: ReadonlyMap<string, NodeTrouble>;
  readonly gitlab: GitlabFacts | null;
  readonly context: LinkContext;
  readonly followed: Followed;
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
  const atMs = Date.parse(at);
  if (
    previous !== null &&
    previous.whole === whole &&
    previous.kubelets === kubelets &&
    sameInput(previous.input, held) &&
    previous.context === context &&
    previous.gitlab === gitlab &&
    atMs < previous.recheckAtMs
  ) {
    return previous.changed.length === 0 && previous.removed.length === 0 ? previous : { ...previous, changed: [], removed: [] };
  }
  const nodeKills = nodeKillsOf(previous?.nodeKills ?? new Map(), held.events, held.nodes);
  const troubles = previous?.input.nodes === held.nodes ? previous.troubles : troublesOf(previous?.troubles, held.nodes);
  const scan = new PodScan({ input, previous, kubelets, nodeKills, troubles, context, atMs });
  const before = previous ?? NO_PODS;
  const groups = {
    byJob: indexJobs(before.byJob, before.entries, scan.changed),
    byManager: indexManaged(before.byManager, before.entries, scan.changed),
  };
  const followed = followJobs(scan, { input, context, before: previous, ...groups, atMs });
  const index = indexPods(before, scan, groups);
  return {
    ...index,
    input: held,
    whole,
    kubelets,
    nodeKills,
    troubles,
    gitlab,
    context,
    followed,
    ...changesOf(scan),
    managers: foldManagers(previous?.managers ?? new Map(), scan, { input, kubelets, gitlab, context, index }),
    nodes: foldNodes(previous?.nodes ?? new Map(), held.nodes, index.onNode, { whole, machines: held.machines, kubelets }),
    recheckAtMs: Math.min(followed.unhelds.recheckAtMs, earliest(index.rechecks.values())),
  };
}

function sameInput(before: ClusterFold["input"], now: ClusterFold["input"]): boolean {
  return (Object.keys(now) as (keyof typeof now)[]).every((key) => before[key] === now[key]);
}

function changesOf({ changed, before }: PodScan): Pick<ClusterFold, "changed" | "removed"> {
  const memos: JobMemo[] = [];
  const removed: string[] = [];
  for (const [uid, entry] of changed) {
    const old = before.get(uid)?.memo ?? null;
    if (entry !== null && entry.memo !== null) memos.push(entry.memo);
    else if (old !== null) removed.push(old.row.key);
  }
  return { changed: memos, removed };
}

function earliest(times: Iterable<number>): number {
  let first = Number.POSITIVE_INFINITY;
  for (const time of times) first = Math.min(first, time);
  return first;
}

function troublesOf(
  before: ReadonlyMap<string, NodeTrouble> | undefined,
  nodes: ReadonlyMap<string, NodeRecord>,
): ReadonlyMap<string, NodeTrouble> {
  const troubles = new Map<string, NodeTrouble>();
  for (const node of nodes.values()) {
    const trouble = troubleOf(node);
    if (trouble === null) continue;
    const old = before?.get(node.name);
    troubles.set(node.name, old?.status === trouble.status && old.since === trouble.since ? old : trouble);
  }
  return troubles;
}

/** A sum over the pods of a node is right only when pods of all namespaces are listed. */
function wholenessOf({ cluster, sources }: ClusterInput): Wholeness {
  if (cluster.namespaces !== null || cluster.scope === "namespaces" || cluster.scope === "none") return "forbidden";
  return isListed(sources, "kubernetes-pods") ? "yes" : "not-reached";
}
