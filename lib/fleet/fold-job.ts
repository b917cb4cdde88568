import type { Timestamp } from "../base/known.ts";
import type { EventRecord, PodRecord } from "../kubernetes/schema.ts";
import type { LogFacts } from "../logs/schema.ts";
import type { PodUsage } from "../metrics/schema.ts";
import { deriveJob } from "./derive-job.ts";
import type { KubeletState } from "./derive-usage.ts";
import { refusalOf } from "./find-pulls.ts";
import { gatherFacts, type EndedPod, type NodeTrouble, type PullRefusal } from "./pod-facts.ts";
import { findFits, sameFits, type Fits } from "./link/find-fits.ts";
import { sameLinks, type JobLinks } from "./link/job-links.ts";
import type { Job, JobRow } from "./schema.ts";

export interface JobInput {
  pod: PodRecord;
  ended: EndedPod | null;
  events: readonly EventRecord[];
  node: NodeTrouble | null;
  usage: PodUsage | null;
  logs?: LogFacts | null;
  kubelet: KubeletState;
  /** `SystemOOM` and the like about the pod's node. */
  nodeKills: readonly EventRecord[];
  links: JobLinks;
  atMs: number;
}

/** A job, what it was derived from, and what is remembered of its pod. */
export interface JobMemo {
  readonly input: Omit<JobInput, "atMs">;
  readonly recheckAtMs: number | null;
  readonly job: Job;
  readonly row: JobRow;
  readonly remembered: { firstSeen: Timestamp; refusal: PullRefusal | null } & Pick<
    JobInput,
    "events" | "usage" | "logs" | "kubelet" | "nodeKills"
  >;
  /** What the pod's own evidence says of how the job ended; its manager's counters are read with it. */
  readonly fits: Fits;
}

/** Derives a job anew; `previous` is the memo of the same pod. */
export function foldJob(previous: JobMemo | null, input: JobInput): JobMemo {
  const { atMs, ...current } = input;
  const { pod, ended, node, links } = current;
  const before = previous?.remembered;
  const remembered: JobMemo["remembered"] = {
    firstSeen: before?.firstSeen ?? pod.seenAt,
    events: mergeEvents(before?.events ?? [], input.events),
    refusal: before?.refusal ?? refusalOf(pod),
    usage: input.usage ?? before?.usage ?? null,
    logs: input.logs ?? before?.logs ?? null,
    // What becomes of a kubelet later says nothing about a pod that is gone.
    kubelet: ended === null || before === undefined ? input.kubelet : before.kubelet,
    nodeKills: mergeEvents(before?.nodeKills ?? [], input.nodeKills),
  };
  const { firstSeen, ...facts } = remembered;
  const gathered = gatherFacts({ pod, ended, node, links, atMs, ...facts });
  const derived = deriveJob(gathered, firstSeen);
  const fits = findFits(gathered);
  // A row leaves most of the pod out, so that most new versions of a pod give the same row.
  const row = previous !== null && JSON.stringify(previous.row) === JSON.stringify(derived.row) ? previous.row : derived.row;
  return {
    input: current,
    recheckAtMs: derived.recheckAtMs,
    job: derived.job,
    row,
    remembered,
    fits: previous !== null && sameFits(previous.fits, fits) ? previous.fits : fits,
  };
}

/** Whether nothing that the memo of the same pod record depends on has changed: its end, its events, its node, its use, its links, and the time it waits for. */
export function isCurrent({ input: before, recheckAtMs }: JobMemo, now: Omit<JobInput, "pod">): boolean {
  if (before.ended !== now.ended || before.events !== now.events || before.usage !== now.usage || before.logs !== now.logs) return false;
  if (!sameLinks(before.links, now.links)) return false;
  if (before.node?.status !== now.node?.status || before.node?.since !== now.node?.since) return false;
  if (now.ended === null && (before.kubelet !== now.kubelet || before.nodeKills !== now.nodeKills)) return false;
  return recheckAtMs === null || now.atMs < recheckAtMs;
}

/** Events expire after an hour by default (kube-apiserver `--event-ttl`); what they proved stays true. Newer versions of an event replace older ones. */
function mergeEvents(before: readonly EventRecord[], now: readonly EventRecord[]): readonly EventRecord[] {
  const uids = new Set(now.map((event) => event.uid));
  const expired = before.filter((event) => !uids.has(event.uid));
  return expired.length === 0 ? now : [...expired, ...now].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
