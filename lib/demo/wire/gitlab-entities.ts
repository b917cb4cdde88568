import type { Fleet } from "../model/fleet.ts";
import type { GitlabJob } from "../model/gitlab.ts";
import type { RunnerSpec } from "../model/cluster-spec.ts";
import type { ManagerProcess } from "../model/manager.ts";

type Json = Record<string, unknown>;

const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
const seconds = (ms: number) => Math.round(ms) / 1000;

/** A runner entry with its managers, as GitLab lists it. */
export interface ListedRunner {
  runner: RunnerSpec;
  managers: ManagerProcess[];
}

export function listRunners(fleet: Fleet): ListedRunner[] {
  const found = new Map<number, ListedRunner>();
  for (const manager of fleet.managers) {
    const entry = found.get(manager.runner.gitlabId) ?? { runner: manager.runner, managers: [] };
    entry.managers.push(manager);
    found.set(manager.runner.gitlabId, entry);
  }
  return [...found.values()].toSorted((a, b) => a.runner.gitlabId - b.runner.gitlabId);
}

const busy = (managers: ManagerProcess[]) => (managers.some((manager) => manager.jobs.size > 0) ? "active" : "idle");

/** `GET /runners[/all]` element (lib/api/entities/ci/runner.rb). */
export function runnerEntity({ runner, managers }: ListedRunner): Json {
  return {
    id: runner.gitlabId,
    description: runner.name,
    ip_address: null,
    active: true,
    paused: false,
    is_shared: true,
    runner_type: "instance_type",
    name: "gitlab-runner",
    online: true,
    status: "online",
    job_execution_status: busy(managers),
  };
}

/** `GET /runners/:id`. */
export function runnerDetails(listed: ListedRunner, now: number): Json {
  const { runner } = listed;
  return {
    ...runnerEntity(listed),
    tag_list: runner.tags,
    run_untagged: true,
    locked: false,
    maximum_timeout: null,
    access_level: "not_protected",
    version: runner.version,
    revision: runner.revision,
    platform: "linux",
    architecture: "amd64",
    contacted_at: time(now - (now % 60_000)),
    maintenance_note: null,
    projects: [],
    groups: [],
  };
}

/** `GET /runners/:id/managers` element. GitLab's view of the contact is up to 40 min old. */
export function managerEntity(manager: ManagerProcess, id: number, now: number): Json {
  const { runner, systemId, counters, jobs } = manager;
  return {
    id,
    system_id: systemId,
    version: runner.version,
    revision: runner.revision,
    platform: "linux",
    architecture: "amd64",
    created_at: time(counters.startedAt),
    contacted_at: time(now - (now % 2_400_000)),
    ip_address: manager.pod.ip,
    status: "online",
    job_execution_status: jobs.size > 0 ? "active" : "idle",
  };
}

/** `GET /projects/:id/jobs` element and `GET …/jobs/:job_id` (lib/api/entities/ci/job.rb). */
export function jobEntity(job: GitlabJob, fleet: Fleet): Json {
  const listed = listRunners(fleet).find(({ runner }) => runner.gitlabId === job.runnerId);
  const index = listed?.managers.findIndex((manager) => manager.systemId === job.systemId) ?? -1;
  const manager = listed?.managers[index];
  return {
    ...basicJob(job, fleet),
    project: { ci_job_token_scope_enabled: false },
    artifacts: [],
    runner: listed ? runnerEntity(listed) : null,
    runner_manager: manager ? managerEntity(manager, index + 1, fleet.timeline.now) : null,
    artifacts_expire_at: null,
    archived: false,
    tag_list: job.spec.tags,
  };
}

/** What jobs have in common in all lists. */
export function basicJob(job: GitlabJob, fleet: Fleet): Json {
  const { spec } = job;
  const { now } = fleet.timeline;
  const base = `${fleet.clusters[0]?.spec.gitlabUrl ?? ""}/${spec.project.path}`;
  const { id, login, name } = job.user;
  return {
    id: job.id,
    status: job.status,
    stage: spec.stage,
    name: spec.name,
    ref: spec.ref,
    tag: false,
    coverage: null,
    allow_failure: false,
    created_at: time(job.queuedAt),
    started_at: time(job.startedAt),
    finished_at: time(job.finishedAt),
    erased_at: null,
    duration: job.startedAt === null ? null : seconds((job.finishedAt ?? now) - job.startedAt),
    queued_duration: seconds((job.startedAt ?? now) - job.queuedAt),
    user: { id, username: login, name, state: "active", avatar_url: null, web_url: `${fleet.clusters[0]?.spec.gitlabUrl ?? ""}/${login}` },
    commit: { id: job.sha, short_id: job.sha.slice(0, 8), title: "Change", message: "Change\n", author_name: name },
    pipeline: pipelineEntity(job, fleet),
    ...(job.status === "failed" ? { failure_reason: job.failureReason } : {}),
    web_url: `${base}/-/jobs/${job.id}`,
  };
}

/** Of the pipeline that the job belongs to. */
export function pipelineStatus({ pipelineId }: GitlabJob, fleet: Fleet): string {
  const members = fleet.gitlab.pipelines.get(pipelineId) ?? [];
  for (const status of ["running", "pending", "failed"]) if (members.some((other) => other.status === status)) return status;
  return "success";
}

export function pipelineEntity(job: GitlabJob, fleet: Fleet): Json {
  const base = `${fleet.clusters[0]?.spec.gitlabUrl ?? ""}/${job.spec.project.path}`;
  return {
    id: job.pipelineId,
    iid: job.pipelineId,
    project_id: job.spec.project.id,
    sha: job.sha,
    ref: job.spec.ref,
    status: pipelineStatus(job, fleet),
    source: "push",
    created_at: time(job.queuedAt),
    updated_at: time(job.finishedAt ?? job.startedAt ?? job.queuedAt),
    web_url: `${base}/-/pipelines/${job.pipelineId}`,
  };
}

/** `GET /projects/:id` as far as it is read. */
export function projectEntity(job: GitlabJob, gitlabUrl: string): Json {
  const { project } = job.spec;
  const names = project.path.split("/");
  return {
    id: project.id,
    description: null,
    name: project.name,
    name_with_namespace: names.join(" / "),
    path: project.name,
    path_with_namespace: project.path,
    default_branch: "main",
    created_at: "2024-02-05T08:00:00.000Z",
    web_url: `${gitlabUrl}/${project.path}`,
  };
}
