import type { PodRecord, WorkloadRecord } from "../kubernetes/schema.ts";
import type { ManagedTrack } from "../manager/schema.ts";
import type { ClusterInput } from "./fold-cluster.ts";
import { kubeletOf, type Kubelets } from "./derive-usage.ts";
import type { GitlabFacts } from "./gitlab-facts.ts";
import type { LinkContext } from "./link/relink.ts";
import type { PodIndex } from "./pod-index.ts";
import type { PodEntry, PodScan } from "./scan-pods.ts";
import type { Manager } from "./schema.ts";
import { heldJobs, viewManager, type HeldLookup, type ManagerFacts } from "./view-manager.ts";

/** A manager and what its view was made of. */
export interface ManagerMemo {
  readonly pod: PodRecord;
  readonly workloads: ReadonlyMap<string, WorkloadRecord>;
  readonly facts: ManagerFacts;
  readonly view: Manager;
}

interface Around {
  input: ClusterInput;
  kubelets: Kubelets;
  gitlab: GitlabFacts | null;
  context: LinkContext;
  index: PodIndex;
}

/** The managers by pod uid; one about which nothing changed keeps its view. */
export function foldManagers(
  previous: ReadonlyMap<string, ManagerMemo>,
  scan: PodScan,
  { input, kubelets, gitlab, context, index }: Around,
): ReadonlyMap<string, ManagerMemo> {
  const lookup = lookupOf(index, input.managed);
  const moved = holdersOfChanged(scan, context);
  const next = new Map<string, ManagerMemo>();
  for (const [uid, { pod }] of index.managerPods) {
    const before = previous.get(uid);
    const facts: ManagerFacts = {
      reading: input.readings.get(uid) ?? null,
      slots: input.slots.get(uid) ?? null,
      config: input.configs?.get(uid) ?? null,
      usage: input.usages.get(uid) ?? null,
      kubelet: kubeletOf(kubelets, pod.node),
      runners: gitlab?.runners ?? null,
    };
    const untouched = moved !== "any" && !moved.has(uid);
    if (before !== undefined && isCurrent(before, pod, input.workloads, facts) && (untouched || samePods(before.view, lookup))) {
      next.set(uid, before);
      continue;
    }
    const view = viewManager(pod, input.workloads, facts, lookup);
    const kept = before !== undefined && JSON.stringify(before.view) === JSON.stringify(view) ? before.view : view;
    next.set(uid, { pod, workloads: input.workloads, facts, view: kept });
  }
  const same = next.size === previous.size && [...next].every(([uid, memo]) => previous.get(uid) === memo);
  return same ? previous : next;
}

/** Managers on whose lists stand jobs whose pods came, went, or began to be deleted; `any`: it cannot be told which. */
function holdersOfChanged(scan: PodScan, { managed, twice, listed }: LinkContext): ReadonlySet<string> | "any" {
  const holders = new Set<string>();
  for (const [uid, entry] of scan.changed) {
    const was = scan.before.get(uid);
    const jobId = entry?.jobId ?? was?.jobId ?? null;
    if (jobId === null || (was?.jobId === entry?.jobId && isDeleting(was) === isDeleting(entry))) continue;
    const holder = managed.get(jobId)?.manager;
    if (twice.has(jobId) || (holder === undefined && listed.has(jobId))) return "any";
    if (holder !== undefined) holders.add(holder);
  }
  return holders;
}

function isDeleting(entry: PodEntry | null | undefined): boolean {
  return entry?.memo != null && entry.memo.row.deletionRequestedAt !== null;
}

function isCurrent(before: ManagerMemo, pod: PodRecord, workloads: ManagerMemo["workloads"], facts: ManagerFacts): boolean {
  return (
    before.pod === pod &&
    before.workloads === workloads &&
    before.facts.reading === facts.reading &&
    before.facts.slots === facts.slots &&
    before.facts.config === facts.config &&
    before.facts.usage === facts.usage &&
    before.facts.kubelet === facts.kubelet &&
    before.facts.runners === facts.runners
  );
}

/** Pods of jobs come and go without a word of the manager. */
function samePods(view: Manager, { keyOf }: HeldLookup): boolean {
  return heldJobs(view).every(({ jobId, key, phase }) => {
    const pod = jobId === null ? null : keyOf(jobId);
    return (pod?.key ?? null) === key && (pod?.deleting === true) === (phase === "cleanup");
  });
}

function lookupOf({ byJob, entries }: PodIndex, managed: ReadonlyMap<string, ManagedTrack>): HeldLookup {
  return {
    keyOf: (jobId) => {
      const uid = byJob.get(jobId)?.at(-1);
      const row = uid === undefined ? undefined : entries.get(uid)?.memo?.row;
      return row === undefined ? null : { key: row.key, deleting: row.deletionRequestedAt !== null };
    },
    trackOf: (jobId) => managed.get(jobId) ?? null,
  };
}
