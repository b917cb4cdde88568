import type { Timestamp } from "../../base/known.ts";
import type { PodRecord } from "../../kubernetes/schema.ts";
import type { ManagerReading } from "../../manager/schema.ts";
import type { JobLinks } from "./job-links.ts";
import { trimmedToken } from "./link-manager.ts";

/** No manager holds the job, although all that could were looked at. */
export interface Unheld {
  /** The first look that did not show it. */
  readonly since: Timestamp;
  /** Pods of the managers that were looked at; empty: the one that held it is gone. */
  readonly managers: readonly string[];
  /** A manager's list once showed it, so that it certainly was one of theirs. */
  readonly once: boolean;
}

/** Live job pods that are on no list. */
export interface Unhelds {
  /** First look without it (ms since the epoch), by pod uid. */
  readonly missing: ReadonlyMap<string, number>;
  /** By pod uid. */
  readonly unheld: ReadonlyMap<string, Unheld>;
  /** When time alone may add one. */
  readonly recheckAtMs: number;
}

export const NO_UNHELDS: Unhelds = { missing: new Map(), unheld: new Map(), recheckAtMs: Number.POSITIVE_INFINITY };

/** A list older than this says nothing about now (six looks). */
const STALE_MS = 30_000;
/** Between two looks. */
const LOOK_MS = 5_000;
/**
 * A manager that let a job go in good order deletes the pod itself, at once. What is seen of the pod may be older: a watch that fell
 * silent is noticed after 90 s (`lib/kubernetes/server/reflector.ts`).
 */
const LET_GO_MS = 100_000;

/** A live pod whose job is on no list. */
interface Candidate {
  pod: PodRecord;
  track: JobLinks["track"];
}

interface World {
  readings: ReadonlyMap<string, ManagerReading>;
  pods: ReadonlyMap<string, PodRecord>;
  /** Since when pods are watched without a break, ms since the epoch; null: they are not. */
  watchedSinceMs: number | null;
  atMs: number;
}

/**
 * Pods that no manager holds, in two looks in a row. Every manager of the pod's runner token must be live and looked at after the pod was
 * made, and no manager of the cluster may be unread: one that does not answer may well hold the job. A manager that held it and whose pod
 * is gone counts as looked at. Looks while pods are not watched say nothing: the pod itself may be gone.
 */
export function findUnheld(previous: Unhelds, candidates: Iterable<Candidate>, { readings, pods, watchedSinceMs, atMs }: World): Unhelds {
  const lists = listsOf(readings, pods, atMs);
  const missing = new Map<string, number>();
  const unheld = new Map<string, Unheld>();
  let recheckAtMs = Number.POSITIVE_INFINITY;
  for (const { pod, track } of candidates) {
    if (pod.deletionRequestedAt !== null || pod.phase === "Succeeded" || pod.phase === "Failed") continue;
    const before = previous.missing.get(pod.uid) ?? Number.NEGATIVE_INFINITY;
    const look = lists.unread || watchedSinceMs === null ? null : lookAt(pod, track, { lists, readings, pods, atMs });
    if (look === null || Date.parse(pod.createdAt) >= look.atMs) {
      keep(pod.uid, previous, missing, unheld);
      continue;
    }
    const first = watchedSinceMs !== null && before > watchedSinceMs ? before : look.atMs;
    if (watchedSinceMs === null || first <= watchedSinceMs) {
      keep(pod.uid, previous, missing, unheld);
      continue;
    }
    missing.set(pod.uid, first);
    const left = track?.left ?? null;
    const letGo = left !== null && left.failures !== null && look.atMs - Date.parse(left.to) < LET_GO_MS;
    if ((look.atMs - first >= look.againMs || previous.unheld.has(pod.uid)) && !letGo)
      unheld.set(
        pod.uid,
        previous.unheld.get(pod.uid) ?? { since: new Date(first).toISOString(), managers: look.managers, once: track !== null },
      );
    else if (look.managers.length === 0) recheckAtMs = Math.min(recheckAtMs, first + look.againMs);
  }
  return { missing, unheld, recheckAtMs };
}

/** While it cannot be decided, what was found stays. */
function keep(uid: string, previous: Unhelds, missing: Map<string, number>, unheld: Map<string, Unheld>): void {
  const first = previous.missing.get(uid);
  const found = previous.unheld.get(uid);
  if (first !== undefined) missing.set(uid, first);
  if (found !== undefined) unheld.set(uid, found);
}

interface Lists {
  /** Some manager of the cluster was never read. */
  unread: boolean;
  /** By runner token. */
  groups: ReadonlyMap<string, Group>;
}

interface Group {
  live: boolean;
  /** The oldest of their last looks, ms. */
  lookMs: number;
  managers: string[];
}

function listsOf(readings: ReadonlyMap<string, ManagerReading>, pods: ReadonlyMap<string, PodRecord>, atMs: number): Lists {
  const groups = new Map<string, Group>();
  let unread = false;
  for (const [uid, { state, metrics, jobs, jobsAt }] of readings) {
    if (metrics === null || jobs === null || jobsAt === null) {
      unread = true;
      continue;
    }
    const lookMs = Date.parse(jobsAt);
    const live = state.state === "live" && atMs - lookMs <= STALE_MS;
    const name = pods.get(uid)?.name ?? uid;
    for (const token of new Set(metrics.runners.map(({ shortToken }) => trimmedToken(shortToken)))) {
      const group = groups.get(token);
      if (group === undefined) groups.set(token, { live, lookMs, managers: [name] });
      else groups.set(token, { live: group.live && live, lookMs: Math.min(group.lookMs, lookMs), managers: [...group.managers, name] });
    }
  }
  return { unread, groups };
}

function lookAt(
  pod: PodRecord,
  track: JobLinks["track"],
  {
    lists,
    readings,
    pods,
    atMs,
  }: { lists: Lists; readings: ReadonlyMap<string, ManagerReading>; pods: ReadonlyMap<string, PodRecord>; atMs: number },
): { atMs: number; managers: readonly string[]; againMs: number } | null {
  const token = pod.labels["manager.runner.gitlab.com/id-short"];
  const group = token === undefined ? undefined : lists.groups.get(trimmedToken(token));
  if (group !== undefined) return group.live ? { atMs: group.lookMs, managers: group.managers, againMs: 1 } : null;
  const gone = track !== null && !readings.has(track.manager) && !pods.has(track.manager);
  return gone ? { atMs, managers: [], againMs: LOOK_MS } : null;
}
