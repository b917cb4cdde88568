import { known, unknown, valueOf, type Known } from "../../base/known.ts";
import type { JobRecord } from "../../gitlab/schema.ts";
import type { PodRecord } from "../../kubernetes/schema.ts";
import type { GitlabFacts } from "../gitlab-facts.ts";
import type { GitlabJob } from "../schema.ts";
import type { JobLinks } from "./job-links.ts";

type Told = Pick<JobLinks, "record" | "contradictions" | "noRecord">;

const NOBODY: Told = { record: null, contradictions: [], noRecord: "not-connected" };

/**
 * GitLab's record of a pod's job. A job id is unique in one GitLab only, so either the pod's URL leads to this GitLab, or the project's id
 * (a label that a job cannot set) is the record's; a label that names another project rules it out. Annotations that contradict the record
 * are named: they can be overwritten by a job.
 */
export function linkGitlab(pod: PodRecord, jobId: string, gitlab: GitlabFacts | null): Told {
  if (gitlab === null) return NOBODY;
  const projectId = pod.labels["project.runner.gitlab.com/id"] ?? null;
  const record = gitlab.jobs.get(jobId) ?? null;
  if (record === null) return { ...NOBODY, noRecord: whyMissing(projectId, gitlab) };
  const sameProject = projectId !== null && record.projectId !== null ? projectId === record.projectId : null;
  const here = leadsTo(pod.annotations["job.runner.gitlab.com/url"] ?? "", gitlab.baseUrl);
  if (sameProject === false || (sameProject === null && here !== true)) return { ...NOBODY, noRecord: "not-reached" };
  return { record, contradictions: contradictionsOf(pod, record), noRecord: "not-reached" };
}

function whyMissing(projectId: string | null, { blindSpots }: GitlabFacts): JobLinks["noRecord"] {
  const blind = blindSpots.some((spot) => spot.subject === "jobs" && (spot.project === null || spot.project === projectId));
  return blind ? "forbidden" : "not-reached";
}

/** Whether a URL is below this address; null: it is none. */
function leadsTo(url: string, baseUrl: string): boolean | null {
  if (!URL.canParse(url) || !URL.canParse(baseUrl)) return null;
  const [given, base] = [new URL(url), new URL(baseUrl)];
  return given.host === base.host && `${given.pathname}/`.startsWith(`${base.pathname.replace(/\/+$/, "")}/`);
}

function contradictionsOf(pod: PodRecord, record: JobRecord): string[] {
  const path = pathOf(pod.annotations["job.runner.gitlab.com/url"] ?? "");
  const pairs: [field: string, annotated: string | null, told: string | null][] = [
    ["name", pod.annotations["job.runner.gitlab.com/name"] ?? null, record.name],
    ["sha", pod.annotations["job.runner.gitlab.com/sha"] ?? null, record.sha],
    ["project", path, record.projectPath === null ? null : `/${record.projectPath}`],
  ];
  return pairs.flatMap(([field, annotated, told]) => {
    if (annotated === null || told === null) return [];
    // GraphQL gives the short form of a commit (`shortSha`, 8 characters).
    const same =
      field === "project"
        ? annotated.endsWith(told)
        : field === "sha"
          ? annotated.startsWith(told) || told.startsWith(annotated)
          : annotated === told;
    return same ? [] : [`${field}: the pod says ${annotated}, GitLab says ${told}`];
  });
}

function pathOf(url: string): string | null {
  return URL.canParse(url) ? (/^(\/.+)\/-\/jobs\/\d+\/?$/.exec(new URL(url).pathname)?.[1] ?? null) : null;
}

/** The pod's own words with what GitLab knows better. `annotated`: from the pod alone. */
export function mergeGitlab(annotated: GitlabJob, { record, noRecord }: Pick<JobLinks, "record" | "noRecord">): GitlabJob {
  if (record === null) {
    const missing = unknown(noRecord);
    return { ...annotated, stage: missing, pipeline: missing, status: missing, failureReason: missing, exitCode: missing };
  }
  const told = <T>(field: string, value: T | null, pod: Known<T> = unknown("not-set")): Known<T> =>
    value === null ? pod : known(value, record.readAt, `GitLab, job.${field}`);
  const over = record.status === "failed" || record.status === "canceled";
  return {
    ...annotated,
    url: told("web_url", httpUrl(record.url), annotated.url),
    name: told("name", record.name, annotated.name),
    stage: told("stage", record.stage),
    ref: told("ref", record.ref, annotated.ref),
    sha: valueOf(annotated.sha) === null ? told("commit.id", record.sha, annotated.sha) : annotated.sha,
    project: told("project.path_with_namespace", record.projectPath, annotated.project),
    pipeline: told("pipeline.id", record.pipeline?.id ?? null),
    status: told("status", record.status),
    failureReason: told("failure_reason", record.failureReason, unknown(over ? "not-set" : "not-reached")),
    exitCode: told("exit_code", record.exitCode, unknown(over || record.status === "success" ? "not-set" : "not-reached")),
    projectId: valueOf(annotated.projectId) === null ? told("project.id", record.projectId) : annotated.projectId,
  };
}

function httpUrl(url: string | null): string | null {
  const parsed = url !== null && URL.canParse(url) ? new URL(url) : null;
  return parsed?.protocol === "https:" || parsed?.protocol === "http:" ? url : null;
}
