import { valueOf } from "../base/known.ts";
import type { Job } from "../fleet/schema.ts";
import type { Runtime } from "./composition.ts";
import { isHistoryError } from "./history-keeper.ts";

/**
 * The pods of one GitLab job, newest first, those in memory and those of the history. A job may have had several, and several GitLab instances may
 * share a cluster. Throws HistoryError when the history does not answer and memory has none: that is not "not found".
 */
export async function findByGitlabId(runtime: Runtime, id: string): Promise<Job[]> {
  const { rows, jobs: views } = runtime.fleet();
  const jobs = new Map<string, Job>();
  for (const row of rows.values()) {
    const job = valueOf(row.gitlab.id) === id ? views.get(row.key) : undefined;
    if (job !== undefined) jobs.set(job.key, job);
  }
  try {
    for (const { cluster, uid } of (await runtime.history?.byGitlabId(id)) ?? []) {
      if (jobs.has(`${cluster}/${uid}`)) continue;
      const kept = await runtime.find(cluster, uid);
      if (kept !== null) jobs.set(kept.job.key, kept.job);
    }
  } catch (error) {
    if (jobs.size === 0 || !isHistoryError(error)) throw error;
  }
  return [...jobs.values()].toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
}
