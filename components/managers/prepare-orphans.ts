import type { JobRow } from "@/lib/fleet/schema.ts";

/** Live pods that no live manager holds, oldest first. */
export function findOrphans(jobs: Iterable<JobRow>): JobRow[] {
  const found: JobRow[] = [];
  for (const job of jobs) if (job.verdict.kind === "orphaned" && job.ending === "live") found.push(job);
  return found.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt) || a.key.localeCompare(b.key));
}

/** What they keep from others each hour, by their requests: CPU hours in millicores, memory hours in bytes. null: one of them sets none. */
export function costOf(jobs: readonly Pick<JobRow, "requests">[]): { cpuMillicores: number | null; memoryBytes: number | null } {
  const sum = (read: (requests: JobRow["requests"]) => number | null) =>
    jobs.reduce<number | null>((total, { requests }) => {
      const value = read(requests);
      return total === null || value === null ? null : total + value;
    }, 0);
  return { cpuMillicores: sum((requests) => requests.cpuMillicores), memoryBytes: sum((requests) => requests.memoryBytes) };
}
