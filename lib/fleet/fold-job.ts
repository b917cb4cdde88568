import type { Timestamp } from "../base/known.ts";
import { shareTexts, shareValue } from "../base/share-equal.ts";
import type { EventRecord, PodRecord } from "../kubernetes/schema.ts";
import type { LogFacts } from "../logs/schema.ts";
import type { PodUsage } from "../metrics/schema.ts";
import { deriveJob, type DerivedJob } from "./derive-job.ts";
import type { KubeletState } from "./derive-usage.ts";
import { refusalOf } from "./find-pulls.ts";
import { findCauses, type Cause } from "./job-causes.ts";
import { findFits, sameFits, type Fits } from "./link/find-fits.ts";
import { sameLinks, type JobLinks } from "./link/job-links.ts";
import { gatherFacts, type EndedPod, type NodeTrouble, type PodFacts, type PullRefusal } from "./pod-facts.ts";
import type { Job, JobRow } from "./schema.ts";
import { findHarms, type Harm } from "./use/find-harms.ts";

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

/** What is kept of a job: what it is derived from, what is remembered of its pod, and what every tick asks for. The whole job is derived when asked (`jobOf`). */
export interface JobMemo {
  readonly input: JobInput;
  readonly recheckAtMs: number | null;
  readonly row: JobRow;
  readonly remembered: { firstSeen: Timestamp; refusal: PullRefusal | null } & Pick<
    JobInput,
    "events" | "usage" | "logs" | "kubelet" | "nodeKills"
  >;
  /** What the pod's own evidence says of how the job ended; its manager's counters are read with it. */
  readonly fits: Fits;
  readonly causes: readonly Cause[];
  readonly harms: readonly Harm[];
}

const jobs = new WeakMap<JobMemo, WeakRef<Job>>();

/** The whole job, derived anew from what it was derived from; the same object for as long as somebody holds it. */
export function jobOf(memo: JobMemo): Job {
  const held = jobs.get(memo)?.deref();
  if (held !== undefined) return held;
  const { job } = derive(memo.input, memo.remembered).derived;
  jobs.set(memo, new WeakRef(job));
  return job;
}

/** Derives a job anew; `previous` is the memo of the same pod. */
export function foldJob(previous: JobMemo | null, input: JobInput): JobMemo {
  const remembered = remember(previous?.remembered ?? null, input);
  const { facts, derived } = derive(input, remembered);
  const { job } = derived;
  const fits = findFits(facts);
  // A row leaves most of the pod out, so that most new versions of a pod give the same row.
  const row = keepRow(previous?.row, derived.row);
  const memo: JobMemo = {
    input,
    recheckAtMs: derived.recheckAtMs,
    row,
    remembered,
    fits: previous !== null && sameFits(previous.fits, fits) ? previous.fits : fits,
    causes: findCauses(job),
    harms: findHarms(job, row),
  };
  jobs.set(memo, new WeakRef(job));
  return memo;
}

function derive(input: JobInput, { firstSeen, ...facts }: JobMemo["remembered"]): { facts: PodFacts; derived: DerivedJob } {
  const { pod, ended, node, links, atMs } = input;
  const gathered = gatherFacts({ pod, ended, node, links, atMs, ...facts });
  return { facts: gathered, derived: deriveJob(gathered, firstSeen) };
}

function remember(before: JobMemo["remembered"] | null, input: JobInput): JobMemo["remembered"] {
  return {
    firstSeen: before?.firstSeen ?? input.pod.seenAt,
    events: mergeEvents(before?.events ?? [], input.events),
    refusal: before?.refusal ?? refusalOf(input.pod),
    usage: input.usage ?? before?.usage ?? null,
    logs: input.logs ?? before?.logs ?? null,
    // What becomes of a kubelet later says nothing about a pod that is gone.
    kubelet: input.ended === null || before === null ? input.kubelet : before.kubelet,
    nodeKills: mergeEvents(before?.nodeKills ?? [], input.nodeKills),
  };
}

function keepRow(before: JobRow | undefined, now: JobRow): JobRow {
  if (before !== undefined && JSON.stringify(before) === JSON.stringify(now)) return before;
  shareTexts(now);
  return { ...now, requests: shareValue(now.requests), limits: shareValue(now.limits) };
}

/** Whether nothing that the memo of the same pod record depends on has changed: its end, its events, its node, its use, its links, and the time it waits for. */
export function isCurrent({ input: before, recheckAtMs }: JobMemo, now: JobInput): boolean {
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
