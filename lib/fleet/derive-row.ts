import { deriveRowUse } from "./derive-row-use.ts";
import type { Job, JobRow } from "./schema.ts";

/** What a line of the live table needs: a tenth of the job, so that 10,000 of them stay light. */
export function deriveRow(job: Job, bar: JobRow["bar"]): JobRow {
  const { id, url, name, project, ref } = job.gitlab;
  const { evidence: _evidence, remedy: _remedy, ...verdict } = job.verdict;
  return {
    key: job.key,
    cluster: job.cluster,
    uid: job.uid,
    namespace: job.namespace,
    pod: job.pod,
    node: job.node,
    gitlab: { id, url, name, project, ref },
    manager: job.manager,
    runner: job.runner,
    shape: job.shape,
    phase: job.phase,
    phaseSince: job.phaseSince,
    containers: job.containers.map(({ name: container, role, state, afterDeletion, restarts, image }) => ({
      name: container,
      role,
      state,
      afterDeletion,
      restarts,
      image,
    })),
    requests: job.requests,
    limits: job.limits,
    verdict,
    findings: [...new Set(job.findings.map((finding) => finding.kind))],
    bar,
    use: deriveRowUse(job.containers),
    createdAt: job.createdAt,
    deletionRequestedAt: job.deletionRequestedAt,
    deletedAt: job.deletedAt,
    deletedAfter: job.deletedAfter,
    ending: job.ending,
    firstSeen: job.firstSeen,
  };
}
