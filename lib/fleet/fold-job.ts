import type { Timestamp } from "../base/known.ts";
import type { EventRecord, PodRecord } from "../kubernetes/schema.ts";
import { deriveJob } from "./derive-job.ts";
import { refusalOf } from "./find-pulls.ts";
import { gatherFacts, type EndedPod, type NodeTrouble, type PullRefusal } from "./pod-facts.ts";
import type { Job, JobRow } from "./schema.ts";

export interface JobInput {
  pod: PodRecord;
  ended: EndedPod | null;
  events: readonly EventRecord[];
  node: NodeTrouble | null;
  atMs: number;
}

/** A job, what it was derived from, and what is remembered of its pod. */
export interface JobMemo {
  readonly input: Omit<JobInput, "atMs">;
  readonly recheckAtMs: number | null;
  readonly job: Job;
  readonly row: JobRow;
  readonly remembered: { firstSeen: Timestamp; events: readonly EventRecord[]; refusal: PullRefusal | null };
}

/** Derives a job anew; `previous` is the memo of the same pod. */
export function foldJob(previous: JobMemo | null, input: JobInput): JobMemo {
  const { pod, ended, node, atMs } = input;
  const remembered = {
    firstSeen: previous?.remembered.firstSeen ?? pod.seenAt,
    events: mergeEvents(previous?.remembered.events ?? [], input.events),
    refusal: previous?.remembered.refusal ?? refusalOf(pod),
  };
  const derived = deriveJob(
    gatherFacts({ pod, ended, node, atMs, events: remembered.events, refusal: remembered.refusal }),
    remembered.firstSeen,
  );
  // A row leaves most of the pod out, so that most new versions of a pod give the same row.
  const row = previous !== null && JSON.stringify(previous.row) === JSON.stringify(derived.row) ? previous.row : derived.row;
  return { input: { pod, ended, node, events: input.events }, recheckAtMs: derived.recheckAtMs, job: derived.job, row, remembered };
}

/** Whether nothing that the memo of the same pod record depends on has changed: its end, its events, its node, and the time it waits for. */
export function isCurrent(
  { input: before, recheckAtMs }: JobMemo,
  ended: EndedPod | null,
  events: readonly EventRecord[],
  node: NodeTrouble | null,
  atMs: number,
): boolean {
  if (before.ended !== ended || before.events !== events) return false;
  if (before.node?.status !== node?.status || before.node?.since !== node?.since) return false;
  return recheckAtMs === null || atMs < recheckAtMs;
}

/** Events expire after an hour by default (kube-apiserver `--event-ttl`); what they proved stays true. Newer versions of an event replace older ones. */
function mergeEvents(before: readonly EventRecord[], now: readonly EventRecord[]): readonly EventRecord[] {
  const uids = new Set(now.map((event) => event.uid));
  const expired = before.filter((event) => !uids.has(event.uid));
  return expired.length === 0 ? now : [...expired, ...now].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
