import type { JobRecord, PendingGroup } from "./schema.ts";

/** Pending jobs by their set of tags, the one with the oldest job first. Jobs whose tags are not told are a group of their own. */
export function groupPending(jobs: Iterable<JobRecord>): PendingGroup[] {
  const groups = new Map<string, PendingGroup>();
  for (const { id, status, tags, queuedAt } of jobs) {
    if (status !== "pending") continue;
    const sorted = tags === null ? null : [...new Set(tags)].toSorted();
    const key = JSON.stringify(sorted);
    let group = groups.get(key);
    if (group === undefined) {
      group = { tags: sorted, count: 0, oldestQueuedAt: null, jobs: [] };
      groups.set(key, group);
    }
    group.count += 1;
    group.jobs.push(id);
    if (queuedAt !== null && (group.oldestQueuedAt === null || queuedAt < group.oldestQueuedAt)) group.oldestQueuedAt = queuedAt;
  }
  // The same order at each reading where ages are the same.
  return [...groups].toSorted(([keyA, a], [keyB, b]) => age(a) - age(b) || (keyA < keyB ? -1 : 1)).map(([, group]) => group);
}

function age({ oldestQueuedAt }: PendingGroup): number {
  return oldestQueuedAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(oldestQueuedAt);
}
