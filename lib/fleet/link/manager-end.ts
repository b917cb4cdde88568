import type { Timestamp } from "../../base/known.ts";
import type { ContainerState, PodRecord } from "../../kubernetes/schema.ts";
import type { ManagerReading } from "../../manager/schema.ts";
import type { Evidence } from "../evidence.ts";
import { mainContainer } from "../find-managers.ts";

/** How the process of a runner manager ended, or is about to. */
export interface ManagerEnd {
  readonly pod: string;
  /**
   * `told`: its pod was asked to go, so the process got a signal. `exited`: the process ended by itself, in order. `killed`: it was killed, or crashed.
   * `gone`: its pod is not there any more, and nobody saw why.
   */
  readonly how: "told" | "exited" | "killed" | "gone";
  /** When the pod was asked to go; null: it was not, or nobody saw it. */
  readonly toldAt: Timestamp | null;
  /** When the process was over; null: not seen. */
  readonly overAt: Timestamp | null;
  /** As its metrics called it last (`gitlab_runner_process_state_info`); null: it was not read after it was told. */
  readonly shutdown: "graceful" | "forceful" | null;
  readonly evidence: readonly Evidence[];
}

/** What is remembered of managers, by pod uid: the last version of the pod, and how it ended. Both keep their identity until something changes. */
export interface ManagerEnds {
  readonly seen: ReadonlyMap<string, PodRecord>;
  readonly ends: ReadonlyMap<string, ManagerEnd>;
}

export const NO_ENDS: ManagerEnds = { seen: new Map(), ends: new Map() };

/** A manager is remembered at least this long after its end: as long as a job that it held may be looked at (`lib/manager/track-jobs.ts`). */
const REMEMBER_MS = 15 * 60_000;
/** So many ended managers are remembered at most. */
const REMEMBER = 200;

interface World {
  /** Pods of managers, as they are listed. */
  managers: ReadonlyMap<string, PodRecord>;
  /** All pods: one that has ended is no manager any more, and still tells how. */
  pods: ReadonlyMap<string, PodRecord>;
  readings: ReadonlyMap<string, ManagerReading>;
  /** While pods are not watched, one that is not listed may well be there. */
  watched: boolean;
  atMs: number;
}

/** Looks how the managers of a cluster are, and remembers those that went. */
export function findManagerEnds(previous: ManagerEnds, { managers, pods, readings, watched, atMs }: World): ManagerEnds {
  const seen = new Map<string, PodRecord>();
  const ends = new Map<string, ManagerEnd>();
  for (const uid of new Set([...managers.keys(), ...previous.seen.keys()])) {
    const pod = managers.get(uid) ?? pods.get(uid) ?? previous.seen.get(uid);
    if (pod === undefined) continue;
    const before = previous.ends.get(uid) ?? null;
    const end = endOf(pod, before, { gone: watched && !pods.has(uid), reading: readings.get(uid) ?? null, atMs });
    const past = end !== null && end.overAt !== null && atMs - Date.parse(end.overAt) > REMEMBER_MS;
    if (past && !pods.has(uid)) continue;
    seen.set(uid, pod);
    if (end !== null && !past) ends.set(uid, before !== null && JSON.stringify(before) === JSON.stringify(end) ? before : end);
  }
  for (const uid of [...seen.keys()].filter((one) => !pods.has(one)).slice(0, -REMEMBER)) {
    seen.delete(uid);
    ends.delete(uid);
  }
  const same = ends.size === previous.ends.size && [...ends].every(([uid, end]) => previous.ends.get(uid) === end);
  const sameSeen = seen.size === previous.seen.size && [...seen].every(([uid, pod]) => previous.seen.get(uid) === pod);
  return same && sameSeen ? previous : { seen: sameSeen ? previous.seen : seen, ends: same ? previous.ends : ends };
}

type Terminated = ContainerState & { kind: "terminated" };
type Ended = Terminated & { finishedAt: Timestamp; restarts: number };

function endOf(
  pod: PodRecord,
  before: ManagerEnd | null,
  { gone, reading, atMs }: { gone: boolean; reading: ManagerReading | null; atMs: number },
): ManagerEnd | null {
  const toldAt = firstOf(before?.toldAt ?? null, pod.deletionRequestedAt);
  const latest = lastEnd(pod);
  // What ended before it was told to stop was an earlier run of it.
  const last = latest !== null && toldAt !== null && Date.parse(latest.finishedAt) < Date.parse(toldAt) ? null : latest;
  if (toldAt === null && last === null && !gone) return null;
  // A pod that is not there any more is over since it was first missed.
  const overAt = last?.finishedAt ?? (gone ? (before?.overAt ?? new Date(atMs).toISOString()) : null);
  const how = toldAt !== null ? "told" : last === null ? "gone" : wasKilled(last) ? "killed" : "exited";
  const shutdown = toldAt === null ? null : (shutdownOf(reading) ?? before?.shutdown ?? null);
  return { pod: pod.name, how, toldAt, overAt, shutdown, evidence: evidenceOf(pod.name, { toldAt, last, overAt, shutdown }) };
}

/** The kubelet's own last delete has grace 0 and moves the request to the pod's very end. */
function firstOf(a: Timestamp | null, b: Timestamp | null): Timestamp | null {
  return a === null || (b !== null && Date.parse(b) < Date.parse(a)) ? b : a;
}

/** The latest end of the manager's process that the pod shows. */
function lastEnd(pod: PodRecord): Ended | null {
  const container = mainContainer(pod);
  const state = container?.state?.kind === "terminated" ? container.state : container?.lastState;
  if (state?.kind !== "terminated" || state.finishedAt === null) return null;
  return { ...state, finishedAt: state.finishedAt, restarts: container?.restartCount ?? 0 };
}

/** By a signal that cannot be caught (128 + 9), for memory, or by a crash (128 + 6, 128 + 11; Go's panic exits with 2). */
function wasKilled({ reason, exitCode }: Terminated): boolean {
  return reason === "OOMKilled" || [2, 134, 137, 139].includes(exitCode);
}

function shutdownOf(reading: ManagerReading | null): ManagerEnd["shutdown"] {
  const state = reading?.metrics?.processState;
  return state === "graceful-shutdown" ? "graceful" : state === "forceful-shutdown" ? "forceful" : null;
}

function evidenceOf(
  name: string,
  { toldAt, last, overAt, shutdown }: Pick<ManagerEnd, "toldAt" | "overAt" | "shutdown"> & { last: Ended | null },
): Evidence[] {
  const source = `manager pod ${name}`;
  const evidence: Evidence[] = [];
  if (toldAt !== null) evidence.push({ source, field: "metadata.deletionTimestamp", value: "deletion requested", at: toldAt });
  if (shutdown !== null)
    evidence.push({ source: `manager ${name}`, field: "gitlab_runner_process_state_info", value: `${shutdown}-shutdown`, at: null });
  if (last !== null) {
    const value = `${last.reason ?? "ended"}, exit ${last.exitCode}, restarts ${last.restarts}`;
    evidence.push({ source, field: "containerStatuses.state.terminated", value, at: last.finishedAt });
  } else if (overAt !== null) evidence.push({ source: "watch", field: "pods", value: `${name} is not there any more`, at: overAt });
  return evidence;
}
