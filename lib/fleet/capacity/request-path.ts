import { valueOf, type Timestamp } from "../../base/known.ts";
import type { Manager, ManagerEntry } from "../schema.ts";
import type { RequestPath } from "./schema.ts";

/** One refused poll may be a hiccup, two in a row are not: the runner has tried each up to five times (runner `network/retry_requester.go`). */
const REFUSED_POLLS = 2;
/** Nor is one poll, where the last good answer is this old. */
const REFUSED_MS = 10_000;
/** With long polling GitLab may hold a request for 50 s (`apiCiLongPollingDuration`). */
const SILENT_MS = 90_000;

/** `refused`: answers come, none of them good. `silent`: none comes. null: it polls well, has no slot to poll for, or nobody knows. */
export function pollTrouble(
  { poll, free }: ManagerEntry,
  at: Timestamp,
): { kind: "refused" | "silent"; since: Timestamp; status: string } | null {
  if (poll === null || valueOf(free) === 0 || valueOf(free) === null) return null;
  const { lastAnswerAt, lastSuccessAt, refused, since } = poll;
  const [worst] = refused.toSorted((a, b) => b.count - a.count);
  const polls = refused.reduce((sum, { count }) => sum + count, 0);
  const goodAt = lastSuccessAt ?? since;
  const long = lastAnswerAt !== null && Date.parse(lastAnswerAt) - Date.parse(goodAt) >= REFUSED_MS;
  if (worst !== undefined && (polls >= REFUSED_POLLS || long)) return { kind: "refused", since: goodAt, status: worst.status };
  const heardAt = lastAnswerAt ?? since;
  return Date.parse(at) - Date.parse(heardAt) >= SILENT_MS ? { kind: "silent", since: heardAt, status: "none" } : null;
}

/** What GitLab answers to the polls of all managers together. It holds jobs back only where no manager with a free slot is answered well. */
export function requestPath(managers: readonly Manager[], at: Timestamp): RequestPath {
  const statuses = new Map<string, number>();
  const failing: string[] = [];
  let since: Timestamp | null = null;
  let told = 0;
  let able = 0;
  for (const { pod, runners, terminating } of managers) {
    if (terminating) continue;
    const polling = runners.filter(({ poll }) => poll !== null);
    told += polling.length;
    for (const { poll } of polling) {
      for (const { status, count } of poll?.statuses ?? []) statuses.set(status, (statuses.get(status) ?? 0) + count);
      if (poll !== null && (since === null || Date.parse(poll.since) < Date.parse(since))) since = poll.since;
    }
    const open = polling.filter(({ free }) => (valueOf(free) ?? 0) > 0);
    if (open.length === 0) continue;
    able += 1;
    if (open.every((entry) => pollTrouble(entry, at) !== null)) failing.push(pod);
  }
  return {
    state: told === 0 ? "unknown" : able > 0 && failing.length === able ? "held" : "clear",
    statuses: [...statuses].map(([status, count]) => ({ status, count })).toSorted((a, b) => b.count - a.count),
    since,
    failing,
  };
}

/** With what GitLab refuses the polls now, at most managers; null: it refuses none, or does not answer. */
export function refusalOf(managers: readonly Manager[], at: Timestamp): string | null {
  const counts = new Map<string, number>();
  for (const entry of managers.flatMap(({ terminating, runners }) => (terminating ? [] : runners))) {
    const trouble = pollTrouble(entry, at);
    if (trouble?.kind === "refused") counts.set(trouble.status, (counts.get(trouble.status) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}
