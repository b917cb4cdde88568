import { known, unknown, type Timestamp } from "../base/known.ts";
import { deriveGitlab, deriveRunner } from "./derive-gitlab.ts";
import { deriveLifecycle } from "./derive-lifecycle.ts";
import { deriveRow } from "./derive-row.ts";
import { findFindings } from "./find-findings.ts";
import { missingSamplesFromMs } from "./find-missing-samples.ts";
import { shapeOf } from "./find-jobs.ts";
import { judgeJob } from "./judge-job.ts";
import { deriveStages } from "./link/derive-stages.ts";
import { mergeGitlab } from "./link/link-gitlab.ts";
import type { JobLinks } from "./link/job-links.ts";
import { goneAfter, type PodFacts } from "./pod-facts.ts";
import type { Job, JobRow } from "./schema.ts";
import { sumResources } from "./sum-resources.ts";

export interface DerivedJob {
  job: Job;
  row: JobRow;
  /** When time alone may change the job, milliseconds since the epoch; null: never. */
  recheckAtMs: number | null;
}

/** Everything that is said about one job pod. `firstSeen`: when Runnerscope saw this pod for the first time. */
export function deriveJob(facts: PodFacts, firstSeen: Timestamp): DerivedJob {
  const { pod, ended, deletionRequestedAt, containers } = facts;
  const { phase, phaseSince, lifecycle, bar } = deriveLifecycle(facts);
  const { verdict, recheckAtMs } = judgeJob(facts, phase);
  const after = goneAfter(facts);
  const samplesFrom = missingSamplesFromMs(facts);
  const job: Job = {
    key: jobKey(pod.cluster, pod.uid),
    cluster: pod.cluster,
    uid: pod.uid,
    namespace: pod.namespace,
    pod: pod.name,
    node: pod.node,
    podIp: pod.podIp,
    qosClass: pod.qosClass,
    hostAliases: pod.hostAliases,
    volumes: pod.volumes,
    gitlab: mergeGitlab(deriveGitlab(pod, facts.links.track), facts.links),
    manager: managerOf(facts.links),
    runner: deriveRunner(pod),
    shape: shapeOf(pod),
    podPhase: pod.phase,
    phase,
    phaseSince,
    lifecycle,
    stages: deriveStages(facts.logs ?? null, facts.links.track),
    containers: [...containers],
    docker: facts.logs?.docker ?? null,
    conditions: pod.conditions,
    requests: sumResources(pod.containers, "requests"),
    limits: sumResources(pod.containers, "limits"),
    verdict,
    findings: findFindings(facts, verdict),
    createdAt: pod.createdAt,
    deletionRequestedAt,
    deletedAt: ended?.deletedAt ?? null,
    deletedAfter: after,
    ending: ended?.ending ?? "live",
    firstSeen,
    lastSeen: after ?? ended?.deletedAt ?? pod.seenAt,
  };
  const recheck = samplesFrom === null ? recheckAtMs : Math.min(samplesFrom, recheckAtMs ?? samplesFrom);
  return { job, row: deriveRow(job, bar), recheckAtMs: recheck };
}

/** Only managers and GitLab tell which replica holds a job; the pod does not. */
function managerOf({ asked, track, manager, record }: JobLinks): Job["manager"] {
  if (manager === null) return unknown(asked || record !== null ? "not-seen" : "not-connected");
  const at = manager.via === "gitlab" ? record?.readAt : track?.since;
  return at === undefined
    ? unknown("not-seen")
    : known(manager, at, manager.via === "gitlab" ? "GitLab, job.runner_manager.system_id" : "manager /debug/jobs/list");
}

export function jobKey(cluster: string, uid: string): string {
  return `${cluster}/${uid}`;
}
