import type { Fleet } from "../model/fleet.ts";
import type { GitlabJob } from "../model/gitlab.ts";
import { listRunners, pipelineStatus, projectEntity } from "./gitlab-entities.ts";

type Json = Record<string, unknown>;

/** As Ruby prints a time in a webhook: `2026-11-25 04:30:11 UTC`. */
const time = (ms: number | null) => (ms === null ? null : `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`);
const seconds = (from: number | null, to: number) => (from === null ? null : Math.round(to - from) / 1000);

function runnerOf(job: GitlabJob, fleet: Fleet): Json | null {
  const runner = listRunners(fleet).find((entry) => entry.runner.gitlabId === job.runnerId)?.runner;
  if (!runner) return null;
  return { id: runner.gitlabId, description: runner.name, runner_type: "instance_type", active: true, is_shared: true, tags: runner.tags };
}

const userOf = ({ user: { id, login, name } }: GitlabJob): Json => ({ id, name, username: login, avatar_url: null, email: "[REDACTED]" });
const failureOf = (job: GitlabJob) => job.failureReason ?? "unknown_failure";

/** The body of a `Job Hook` (GitLab 18: lib/gitlab/data_builder/build.rb). */
export function jobPayload(job: GitlabJob, fleet: Fleet): Json {
  const { spec } = job;
  const { now } = fleet.timeline;
  return {
    object_kind: "build",
    ref: spec.ref,
    tag: false,
    before_sha: job.beforeSha,
    sha: job.sha,
    retries_count: 0,
    build_id: job.id,
    build_name: spec.name,
    build_stage: spec.stage,
    build_status: job.status,
    build_created_at: time(job.queuedAt),
    build_started_at: time(job.startedAt),
    build_finished_at: time(job.finishedAt),
    build_duration: seconds(job.startedAt, job.finishedAt ?? now),
    build_queued_duration: seconds(job.queuedAt, job.startedAt ?? now),
    build_allow_failure: false,
    build_failure_reason: failureOf(job),
    pipeline_id: job.pipelineId,
    runner: runnerOf(job, fleet),
    project_id: spec.project.id,
    project_name: spec.project.path.split("/").join(" / "),
    user: userOf(job),
    commit: { id: job.pipelineId, name: null, sha: job.sha, message: "Change\n", status: pipelineStatus(job, fleet) },
    project: projectOf(job, fleet),
    environment: null,
  };
}

function projectOf(job: GitlabJob, fleet: Fleet): Json {
  const { id, name, path_with_namespace, default_branch, web_url } = projectEntity(job, fleet.clusters[0]?.spec.gitlabUrl ?? "");
  return { id, name, description: null, web_url, path_with_namespace, default_branch, visibility_level: 0 };
}

/** The body of a `Pipeline Hook` (lib/gitlab/data_builder/pipeline.rb). */
export function pipelinePayload(job: GitlabJob, fleet: Fleet): Json {
  const members = fleet.gitlab.pipelines.get(job.pipelineId) ?? [job];
  const { now } = fleet.timeline;
  const status = pipelineStatus(job, fleet);
  const ended = status === "success" || status === "failed" ? Math.max(...members.map(({ finishedAt }) => finishedAt ?? now)) : null;
  return {
    object_kind: "pipeline",
    object_attributes: {
      id: job.pipelineId,
      iid: job.pipelineId,
      name: null,
      ref: job.spec.ref,
      tag: false,
      sha: job.sha,
      before_sha: job.beforeSha,
      source: "push",
      status,
      detailed_status: status === "success" ? "passed" : status,
      stages: [...new Set(members.map(({ spec }) => spec.stage))],
      created_at: time(job.queuedAt),
      finished_at: time(ended),
      duration: ended === null ? null : Math.round((ended - job.queuedAt) / 1000),
      queued_duration: null,
      variables: [],
      url: `${fleet.clusters[0]?.spec.gitlabUrl ?? ""}/${job.spec.project.path}/-/pipelines/${job.pipelineId}`,
    },
    merge_request: null,
    user: userOf(job),
    project: projectOf(job, fleet),
    commit: { id: job.sha, message: "Change\n", title: "Change" },
    builds: members.map((member) => memberPayload(member, fleet)),
  };
}

function memberPayload(job: GitlabJob, fleet: Fleet): Json {
  const { now } = fleet.timeline;
  return {
    id: job.id,
    stage: job.spec.stage,
    name: job.spec.name,
    status: job.status,
    created_at: time(job.queuedAt),
    started_at: time(job.startedAt),
    finished_at: time(job.finishedAt),
    duration: seconds(job.startedAt, job.finishedAt ?? now),
    queued_duration: seconds(job.queuedAt, job.startedAt ?? now),
    failure_reason: job.status === "failed" ? failureOf(job) : null,
    when: "on_success",
    manual: false,
    allow_failure: false,
    user: userOf(job),
    runner: runnerOf(job, fleet),
    artifacts_file: { filename: null, size: null },
    environment: null,
  };
}
