import { valueOf, type Timestamp } from "../../base/known.ts";
import type { Manager, ManagerEntry } from "../schema.ts";
import type { RequestPath } from "./schema.ts";

/** Managers poll every 3 s and are looked at every 5 s: answers without one of 2xx for this long are refusals, not a hiccup. */
const REFUSED_MS = 10_000;
/** With long polling GitLab may hold a request for 50 s (`apiCiLongPollingDuration`). */
const SILENT_MS = 90_000;

/** `refused`: answers come, none of them good. `silent`: none comes. null: it polls well, has no slot to poll for, or nobody knows. */
export function pollTrouble(
  { poll, free }: ManagerEntry,
  at: Timestamp,
): { kind: "refused" | "silent"; since: Timestamp; status: string } | null {
  if (poll === null || valueOf(free) === 0 || valueOf(free) === null) return null;
  const { lastAnswerAt, lastSuccessAt, statuses, since } = poll;
  const bad = statuses.filter(({ status, count }) => !status.startsWith("2") && count > 0).toSorted((a, b) => b.count - a.count)[0];
  const goodAt = lastSuccessAt ?? since;
  if (lastAnswerAt !== null && bad !== undefined && Date.parse(lastAnswerAt) - Date.parse(goodAt) >= REFUSED_MS)
    return { kind: "refused", since: goodAt, status: bad.status };
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
