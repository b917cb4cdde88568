import { valueOf } from "../base/known.ts";
import type { Job, JobEvent, JobSeries } from "../fleet/schema.ts";
import type { HistoryRow } from "./schema.ts";
import type { FindingTable, JobTable } from "./tables.ts";

/** A finished job as it is kept: the job, the events about its pod, and what its containers used over time. */
export interface KeptJob {
  job: Job;
  events: readonly JobEvent[];
  series: readonly JobSeries[];
}

/** When the job counts as ended; a job without a deletion (its watch was lost) ends when it was last seen. */
export function endOf(job: Job): number {
  return Date.parse(job.deletedAt ?? job.lastSeen);
}

export function writeJob({ job, events, series }: KeptJob): JobTable {
  const name = valueOf(job.gitlab.name);
  const project = valueOf(job.gitlab.project);
  return {
    cluster: job.cluster,
    uid: job.uid,
    namespace: job.namespace,
    pod: job.pod,
    node: job.node,
    gitlab_id: valueOf(job.gitlab.id),
    gitlab_url: valueOf(job.gitlab.url),
    name,
    name_key: name?.toLowerCase() ?? null,
    project,
    project_key: project?.toLowerCase() ?? null,
    ref: valueOf(job.gitlab.ref),
    runner: valueOf(job.runner.name) ?? valueOf(job.runner.shortToken),
    image: job.containers.find((container) => container.role === "build")?.image ?? null,
    failure_reason: valueOf(job.gitlab.failureReason),
    verdict: job.verdict.kind,
    certainty: job.verdict.certainty,
    container: job.verdict.container,
    created_at: Date.parse(job.createdAt),
    ended_at: endOf(job),
    ended_after: job.deletedAfter === null ? null : Date.parse(job.deletedAfter),
    document: JSON.stringify({ job, events, series }),
  };
}

export function writeFindings({ job }: KeptJob): FindingTable[] {
  const kinds = new Set(job.findings.map((finding) => finding.kind));
  return [...kinds].map((kind) => ({ cluster: job.cluster, uid: job.uid, kind, ended_at: endOf(job) }));
}

export function readRow(row: Omit<JobTable, "document" | "name_key" | "project_key">, findings: string[]): HistoryRow {
  return {
    key: `${row.cluster}/${row.uid}`,
    cluster: row.cluster,
    uid: row.uid,
    namespace: row.namespace,
    pod: row.pod,
    node: row.node,
    gitlabId: row.gitlab_id,
    gitlabUrl: row.gitlab_url,
    name: row.name,
    project: row.project,
    ref: row.ref,
    runner: row.runner,
    image: row.image,
    failureReason: row.failure_reason,
    verdict: row.verdict as HistoryRow["verdict"],
    certainty: row.certainty as HistoryRow["certainty"],
    container: row.container,
    findings: findings as HistoryRow["findings"],
    // PostgreSQL gives bigint as text.
    createdAt: new Date(Number(row.created_at)).toISOString(),
    endedAt: new Date(Number(row.ended_at)).toISOString(),
    endedAfter: row.ended_after === null ? null : new Date(Number(row.ended_after)).toISOString(),
  };
}
