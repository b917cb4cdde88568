import type { EventRecord, NodeRecord, PodRecord } from "../kubernetes/schema.ts";
import { jobIdOf } from "./derive-gitlab.ts";
import { kubeletOf, type Kubelets } from "./derive-usage.ts";
import type { ClusterInput } from "./fold-cluster.ts";
import { isJobPod } from "./find-jobs.ts";
import { isManagerPod } from "./find-managers.ts";
import { foldJob, isCurrent, type JobInput, type JobMemo } from "./fold-job.ts";
import type { JobLinks } from "./link/job-links.ts";
import { relink, type LinkContext } from "./link/relink.ts";
import type { EndedPod, NodeTrouble } from "./pod-facts.ts";
import { placePod, samePlace, troubleOf, type PlacedPod } from "./view-nodes.ts";

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
  readonly previous: {
    readonly entries: ReadonlyMap<string, PodEntry>;
    readonly input: Pick<ClusterInput, "usages">;
    readonly context: LinkContext;
  } | null;
  readonly kubelets: Kubelets;
  readonly nodeKills: ReadonlyMap<string, readonly EventRecord[]>;
  readonly context: LinkContext;
  readonly atMs: number;
}

const NONE: readonly EventRecord[] = [];

/** Looks at every pod once: one look-up for a pod that did not change. */
export class PodScan {
  readonly entries = new Map<string, PodEntry>();
  readonly removed: string[] = [];
  placesChanged = false;
  /** A job pod came or went. */
  jobsChanged = false;
  recheckAtMs = Number.POSITIVE_INFINITY;
  readonly #changed = new Map<string, JobMemo>();
  readonly #scan: ScanInput;
  readonly #troubles: ReadonlyMap<string, NodeTrouble>;
  readonly #usagesSame: boolean;
  readonly #linksSame: boolean;

  constructor(scan: ScanInput) {
    this.#scan = scan;
    const { input, previous, context } = scan;
    this.#usagesSame = previous?.input.usages === input.usages;
    this.#linksSame = previous?.context === context;
    this.#troubles = troublesOf(input.nodes);
    let known = 0;
    const add = (uid: string, pod: PodRecord, gone: EndedPod | null) => {
      const before = previous?.entries.get(uid);
      if (before === undefined) this.jobsChanged ||= isJobPod(pod);
      else known += 1;
      this.#add(uid, pod, gone, before);
    };
    for (const [uid, pod] of input.pods) add(uid, pod, null);
    for (const [uid, gone] of input.ended) if (!input.pods.has(uid) && isJobPod(gone.record)) add(uid, gone.record, gone);
    if (previous !== null && known < previous.entries.size) this.#noteRemoved(previous.entries);
    for (const { memo } of this.entries.values())
      if (memo !== null && memo.recheckAtMs !== null && memo.recheckAtMs < this.recheckAtMs) this.recheckAtMs = memo.recheckAtMs;
  }

  /** Jobs that are not what they were in the fold before. */
  get changed(): JobMemo[] {
    return [...this.#changed.values()];
  }

  /** Derives a job anew with what was found about its end by looking at the others. */
  again(uid: string, found: Pick<JobLinks, "outcome" | "unheld" | "lost">): void {
    const entry = this.entries.get(uid);
    if (entry === undefined || entry.memo === null) return;
    const { input } = entry.memo;
    const links = {
      ...input.links,
      outcome: found.outcome ?? input.links.outcome,
      unheld: found.unheld,
      lost: found.lost ?? input.links.lost,
    };
    const memo = foldJob(entry.memo, { ...input, links, atMs: this.#scan.atMs });
    this.entries.set(uid, { ...entry, memo });
    this.#changed.set(uid, memo);
    if (memo.recheckAtMs !== null) this.recheckAtMs = Math.min(this.recheckAtMs, memo.recheckAtMs);
  }

  #add(uid: string, pod: PodRecord, gone: EndedPod | null, before: PodEntry | undefined): void {
    const samePod = before !== undefined && before.pod === pod;
    const jobId = samePod ? before.jobId : isJobPod(pod) ? jobIdOf(pod) : null;
    const job: JobInput = this.#inputOf(uid, pod, gone, { before, jobId, samePod });
    const same = samePod && (before.memo === null || isCurrent(before.memo, job));
    const entry = same ? before : makeEntry(before, job, jobId);
    this.entries.set(uid, entry);
    if (same) return;
    if (entry.memo !== null) this.#changed.set(uid, entry.memo);
    this.placesChanged ||= entry.place !== (before?.place ?? null);
  }

  #inputOf(
    uid: string,
    pod: PodRecord,
    ended: EndedPod | null,
    { before, jobId, samePod }: { before: PodEntry | undefined; jobId: string | null; samePod: boolean },
  ): JobInput {
    const { input, previous, kubelets, nodeKills, context, atMs } = this.#scan;
    const memo = before?.memo ?? null;
    const links = memo?.input.links ?? null;
    return {
      pod,
      ended,
      events: input.events.get(uid) ?? NONE,
      node: pod.node === null ? null : (this.#troubles.get(pod.node) ?? null),
      usage: this.#usagesSame && memo !== null ? memo.input.usage : (input.usages.get(uid) ?? null),
      logs: input.logs?.get(uid) ?? null,
      kubelet: kubeletOf(kubelets, pod.node),
      nodeKills: (pod.node === null ? undefined : nodeKills.get(pod.node)) ?? NONE,
      links:
        this.#linksSame && samePod && links !== null
          ? links
          : relink(
              pod,
              jobId,
              { context, previous: previous?.context ?? null, before: links, pods: input.pods, samePod },
              { outcome: links?.outcome ?? null, unheld: links?.unheld ?? null, lost: links?.lost ?? null },
            ),
      atMs,
    };
  }

  #noteRemoved(before: ReadonlyMap<string, PodEntry>): void {
    for (const [uid, { memo, place }] of before) {
      if (this.entries.has(uid)) continue;
      if (memo !== null) this.removed.push(memo.job.key);
      this.jobsChanged ||= memo !== null;
      this.placesChanged ||= place !== null;
    }
  }
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

function troublesOf(nodes: ReadonlyMap<string, NodeRecord>): ReadonlyMap<string, NodeTrouble> {
  const troubles = new Map<string, NodeTrouble>();
  for (const node of nodes.values()) {
    const trouble = troubleOf(node);
    if (trouble !== null) troubles.set(node.name, trouble);
  }
  return troubles;
}
