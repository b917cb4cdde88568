import { answerGraphql as answerQuery, type GraphqlObject, type GraphqlWorld } from "../../testing/fake-gitlab/graphql-answer.ts";
import type { Fleet } from "../model/fleet.ts";
import type { GitlabJob } from "../model/gitlab.ts";
import { listRunners, pipelineStatus, type ListedRunner } from "./gitlab-entities.ts";
import type { Answer } from "./simulated-server.ts";

/** GitLab's own limit for a signed-in user. */
const MAX_COMPLEXITY = 250;

/** app/presenters/commit_status_presenter.rb; GraphQL has the text where REST has the reason. */
const FAILURE_MESSAGES: Readonly<Record<string, string>> = {
  script_failure: "There has been a script failure. Check the job log for more information",
  runner_system_failure: "There has been a runner system failure, please try again",
  job_execution_timeout: "The script exceeded the maximum execution time set for the job",
};

const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

function runnerNode(fleet: Fleet, { runner, managers }: ListedRunner): GraphqlObject {
  const { now } = fleet.timeline;
  const nodes = managers.map((manager, index): GraphqlObject => ({
    id: `gid://gitlab/Ci::RunnerManager/${index + 1}`,
    systemId: manager.systemId,
    status: "ONLINE",
    jobExecutionStatus: manager.jobs.size > 0 ? "ACTIVE" : "IDLE",
    version: runner.version,
    contactedAt: time(now - (now % 2_400_000)),
    createdAt: time(manager.counters.startedAt),
  }));
  return {
    id: `gid://gitlab/Ci::Runner/${runner.gitlabId}`,
    shortSha: runner.token.slice(0, 8),
    description: runner.name,
    runnerType: "INSTANCE_TYPE",
    paused: false,
    status: "ONLINE",
    jobExecutionStatus: managers.some((manager) => manager.jobs.size > 0) ? "ACTIVE" : "IDLE",
    tagList: runner.tags,
    runUntagged: true,
    contactedAt: time(now - (now % 60_000)),
    managers: { nodes },
  };
}

function jobNode(fleet: Fleet, job: GitlabJob): GraphqlObject {
  const { spec } = job;
  const { now } = fleet.timeline;
  const listed = listRunners(fleet).find(({ runner }) => runner.gitlabId === job.runnerId);
  return {
    id: `gid://gitlab/Ci::Build/${job.id}`,
    name: spec.name,
    status: job.status.toUpperCase(),
    queuedAt: time(job.queuedAt),
    createdAt: time(job.queuedAt),
    startedAt: time(job.startedAt),
    finishedAt: time(job.finishedAt),
    queuedDuration: ((job.startedAt ?? now) - job.queuedAt) / 1000,
    duration: job.startedAt === null ? null : Math.round(((job.finishedAt ?? now) - job.startedAt) / 1000),
    tags: spec.tags,
    stuck: job.status === "pending" && !fleet.managers.some((manager) => spec.tags.every((tag) => manager.runner.tags.includes(tag))),
    allowFailure: false,
    failureMessage:
      job.failureReason === null ? null : (FAILURE_MESSAGES[job.failureReason] ?? "There is an unknown failure, please try again"),
    exitCode: job.exitCode,
    refName: spec.ref,
    shortSha: job.sha.slice(0, 8),
    webPath: `/${spec.project.path}/-/jobs/${job.id}`,
    project: { id: `gid://gitlab/Project/${spec.project.id}`, fullPath: spec.project.path },
    pipeline: {
      id: `gid://gitlab/Ci::Pipeline/${job.pipelineId}`,
      iid: String(job.pipelineId),
      path: `/${spec.project.path}/-/pipelines/${job.pipelineId}`,
      status: pipelineStatus(job, fleet).toUpperCase(),
      user: { username: job.user.login },
    },
    runner: listed
      ? { id: `gid://gitlab/Ci::Runner/${job.runnerId}`, shortSha: listed.runner.token.slice(0, 8), description: listed.runner.name }
      : null,
    runnerManager: job.systemId === null ? null : { systemId: job.systemId },
    stage: { name: spec.stage },
  };
}

/** `POST /api/graphql`, for an administrator's token. Errors come with status 200, as in GitLab. */
export function answerGraphql(fleet: Fleet, body: string): Answer {
  const send = (value: unknown): Answer => ({ type: "application/json", body: JSON.stringify(value) });
  try {
    const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> };
    return send(answerQuery(query, variables ?? {}, worldOf(fleet)));
  } catch (error) {
    return send({ errors: [{ message: error instanceof Error ? error.message : String(error) }] });
  }
}

function worldOf(fleet: Fleet): GraphqlWorld {
  const { jobs } = fleet.gitlab;
  return {
    jobs: (statuses) =>
      [...jobs.values()]
        .filter((job) => statuses.includes(job.status.toUpperCase()))
        .toSorted((a, b) => b.id - a.id)
        .map((job) => jobNode(fleet, job)),
    runners: () => listRunners(fleet).map((listed) => runnerNode(fleet, listed)),
    project: (fullPath) => {
      const id = fleet.gitlab.projectIds.get(fullPath);
      if (id === undefined) return null;
      return {
        object: { id: `gid://gitlab/Project/${id}`, fullPath },
        job: (gid) => {
          const job = jobs.get(Number(gid.slice("gid://gitlab/Ci::Build/".length)));
          return job?.spec.project.path === fullPath ? jobNode(fleet, job) : null;
        },
      };
    },
    maxComplexity: MAX_COMPLEXITY,
    without: new Set(),
  };
}
