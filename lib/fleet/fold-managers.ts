import type { PodRecord, WorkloadRecord } from "../kubernetes/schema.ts";
import type { ManagedTrack } from "../manager/schema.ts";
import type { ClusterInput } from "./fold-cluster.ts";
import { kubeletOf, type Kubelets } from "./derive-usage.ts";
import type { GitlabFacts } from "./gitlab-facts.ts";
import type { Followed } from "./link/follow-jobs.ts";
import type { PodEntry } from "./scan-pods.ts";
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
  byJob: Followed["byJob"];
}

/** The managers by pod uid; one about which nothing changed keeps its view. */
export function foldManagers(
  previous: ReadonlyMap<string, ManagerMemo>,
  entries: ReadonlyMap<string, PodEntry>,
  { input, kubelets, gitlab, byJob }: Around,
): ReadonlyMap<string, ManagerMemo> {
  const lookup = lookupOf(entries, byJob, input.managed);
  const next = new Map<string, ManagerMemo>();
  for (const [uid, { pod, manager }] of entries) {
    if (!manager) continue;
    const before = previous.get(uid);
    const facts: ManagerFacts = {
      reading: input.readings.get(uid) ?? null,
      slots: input.slots.get(uid) ?? null,
      config: input.configs?.get(uid) ?? null,
      usage: input.usages.get(uid) ?? null,
      kubelet: kubeletOf(kubelets, pod.node),
      runners: gitlab?.runners ?? null,
    };
    if (before !== undefined && isCurrent(before, pod, input.workloads, facts) && samePods(before.view, lookup)) {
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

function lookupOf(
  entries: ReadonlyMap<string, PodEntry>,
  byJob: Followed["byJob"],
  managed: ReadonlyMap<string, ManagedTrack>,
): HeldLookup {
  return {
    keyOf: (jobId) => {
      const uid = byJob.get(jobId)?.at(-1);
      const job = uid === undefined ? undefined : entries.get(uid)?.memo?.job;
      return job === undefined ? null : { key: job.key, deleting: job.deletionRequestedAt !== null };
    },
    trackOf: (jobId) => managed.get(jobId) ?? null,
  };
}
