import type { PersistentMap } from "../base/persistent-map.ts";
import { jobIdOf } from "./derive-gitlab.ts";
import type { EventRecord, PodRecord } from "../kubernetes/schema.ts";
import { kubeletOf, type Kubelets } from "./derive-usage.ts";
import type { ClusterInput } from "./fold-cluster.ts";
import { isJobPod } from "./find-jobs.ts";
import { isManagerPod } from "./find-managers.ts";
import { findTouched } from "./find-touched.ts";
import { foldJob, isCurrent, type JobInput, type JobMemo } from "./fold-job.ts";
import type { JobLinks } from "./link/job-links.ts";
import { relink, type LinkContext } from "./link/relink.ts";
import { NO_PODS, type PodIndex } from "./pod-index.ts";
import type { EndedPod, NodeTrouble } from "./pod-facts.ts";
import { placePod, samePlace, type PlacedPod } from "./view-nodes.ts";

/** One pod and what was made of it. */
export interface PodEntry {
  readonly pod: PodRecord;
  readonly manager: boolean;
  /** GitLab's job id of a job pod. */
  readonly jobId: string | null;
  readonly memo: JobMemo | null;
  readonly place: PlacedPod | null;
}

/** What a scan starts from, and what is around the pods. */
export interface ScanInput {
  readonly input: ClusterInput;
  readonly previous:
    | (PodIndex & {
        readonly input: Pick<ClusterInput, "pods" | "ended" | "events" | "usages" | "logs">;
        readonly kubelets: Kubelets;
        readonly nodeKills: ReadonlyMap<string, readonly EventRecord[]>;
        readonly troubles: ReadonlyMap<string, NodeTrouble>;
        readonly context: LinkContext;
      })
    | null;
  readonly kubelets: Kubelets;
  readonly nodeKills: ReadonlyMap<string, readonly EventRecord[]>;
  /** Nodes that do not say they are ready, by name. */
  readonly troubles: ReadonlyMap<string, NodeTrouble>;
  readonly context: LinkContext;
  readonly atMs: number;
}

const NONE: readonly EventRecord[] = [];

/** Looks at each pod of which something may have changed, once. */
export class PodScan {
  /** Pods that are not what they were, by uid; null: gone. */
  readonly changed = new Map<string, PodEntry | null>();
  readonly before: PersistentMap<PodEntry>;
  /** Pods whose job is on a list, but whose manager cannot be told from it yet: looked at again each time. */
  readonly unlinked = new Set<string>();
  readonly #scan: ScanInput;

  constructor(scan: ScanInput) {
    this.#scan = scan;
    this.before = (scan.previous ?? NO_PODS).entries;
    for (const uid of findTouched(scan)) this.#look(uid);
  }

  entry(uid: string): PodEntry | undefined {
    const changed = this.changed.get(uid);
    return changed === undefined ? this.before.get(uid) : (changed ?? undefined);
  }

  /** Derives a job anew with what was found about its end by looking at the others. */
  again(uid: string, found: Pick<JobLinks, "outcome" | "unheld" | "lost">): void {
    const entry = this.entry(uid);
    if (entry === undefined || entry.memo === null) return;
    const { input } = entry.memo;
    const links = {
      ...input.links,
      outcome: found.outcome ?? input.links.outcome,
      unheld: found.unheld,
      lost: found.lost ?? input.links.lost,
    };
    this.changed.set(uid, { ...entry, memo: foldJob(entry.memo, { ...input, links, atMs: this.#scan.atMs }) });
  }

  #look(uid: string): void {
    const { input } = this.#scan;
    const pod = input.pods.get(uid);
    const gone = pod === undefined ? (input.ended.get(uid) ?? null) : null;
    const before = this.before.get(uid);
    if (pod !== undefined) this.#add(uid, pod, null, before);
    else if (gone !== null && isJobPod(gone.record)) this.#add(uid, gone.record, gone, before);
    else if (before !== undefined) this.changed.set(uid, null);
  }

  #add(uid: string, pod: PodRecord, gone: EndedPod | null, before: PodEntry | undefined): void {
    const samePod = before !== undefined && before.pod === pod;
    const jobId = samePod ? before.jobId : isJobPod(pod) ? jobIdOf(pod) : null;
    const job: JobInput = this.#inputOf(uid, pod, gone, { before, jobId, samePod });
    if (jobId !== null && !isLinked(jobId, job.links, this.#scan.context)) this.unlinked.add(uid);
    if (samePod && (before.memo === null || isCurrent(before.memo, job))) return;
    this.changed.set(uid, makeEntry(before, job, jobId));
  }

  #inputOf(
    uid: string,
    pod: PodRecord,
    ended: EndedPod | null,
    { before, jobId, samePod }: { before: PodEntry | undefined; jobId: string | null; samePod: boolean },
  ): JobInput {
    const { input, previous, kubelets, nodeKills, troubles, context, atMs } = this.#scan;
    const links = before?.memo?.input.links ?? null;
    const around = { context, previous: previous?.context ?? null, before: links, pods: input.pods, samePod };
    const found = { outcome: links?.outcome ?? null, unheld: links?.unheld ?? null, lost: links?.lost ?? null };
    return {
      pod,
      ended,
      events: input.events.get(uid) ?? NONE,
      node: pod.node === null ? null : (troubles.get(pod.node) ?? null),
      usage: input.usages.get(uid) ?? null,
      logs: input.logs?.get(uid) ?? null,
      kubelet: kubeletOf(kubelets, pod.node),
      nodeKills: (pod.node === null ? undefined : nodeKills.get(pod.node)) ?? NONE,
      links: relink(pod, jobId, around, found),
      atMs,
    };
  }
}

/** A manager's pod may be seen later than its list. */
function isLinked(jobId: string, { manager }: JobLinks, { managed, twice }: LinkContext): boolean {
  return !managed.has(jobId) || (manager?.via === "debug-list" && (manager.doubt === "two-managers") === twice.has(jobId));
}

function makeEntry(before: PodEntry | undefined, input: JobInput, jobId: string | null): PodEntry {
  const { pod, ended } = input;
  const job = isJobPod(pod);
  const place = ended === null ? placePod(pod) : null;
  return {
    pod,
    manager: !job && isManagerPod(pod),
    jobId,
    memo: job ? foldJob(before?.memo ?? null, input) : null,
    place: place !== null && before !== undefined && before.place !== null && samePlace(before.place, place) ? before.place : place,
  };
}
