import type { Fleet } from "../model/fleet.ts";
import type { GitlabJob } from "../model/gitlab.ts";
import { listRunners, type ListedRunner } from "./gitlab-entities.ts";
import { parseQuery, resolve, type Resolvable } from "./graphql-query.ts";
import type { Answer } from "./simulated-server.ts";

type Args = Record<string, unknown>;

const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/** A connection: `first` (at most 100), `after`, in the order given. */
function connection(items: readonly Resolvable[], { first, after }: Args): Resolvable {
  const begin = typeof after === "string" ? Number(Buffer.from(after, "base64url").toString()) : 0;
  const size = Math.min(100, typeof first === "number" ? first : 100);
  const nodes = items.slice(begin, begin + size);
  const endCursor = nodes.length === 0 ? null : Buffer.from(String(begin + nodes.length)).toString("base64url");
  return {
    count: items.length,
    nodes,
    edges: nodes.map((node) => ({ node })),
    pageInfo: { hasNextPage: items.length > begin + size, hasPreviousPage: begin > 0, endCursor, startCursor: null },
  };
}

function runnerNode(fleet: Fleet, { runner, managers }: ListedRunner): Resolvable {
  const { now } = fleet.timeline;
  const jobs = () => [...fleet.gitlab.jobs.values()].filter((job) => job.runnerId === runner.gitlabId);
  const nodes = managers.map((manager, index): Resolvable => ({
    id: `gid://gitlab/Ci::RunnerManager/${index + 1}`,
    systemId: manager.systemId,
    status: "ONLINE",
    jobExecutionStatus: manager.jobs.size > 0 ? "ACTIVE" : "IDLE",
    version: runner.version,
    revision: runner.revision,
    platformName: "linux",
    architectureName: "amd64",
    executorName: "kubernetes",
    ipAddress: manager.pod.ip,
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
    jobCount: () => Math.min(1001, jobs().length),
    tagList: runner.tags,
    runUntagged: true,
    contactedAt: time(now - (now % 60_000)),
    createdAt: "2025-03-01T10:00:00Z",
    maximumTimeout: null,
    managers: (args: Args) => connection(nodes, args),
    projects: (args: Args) => connection([], args),
    jobs: (args: Args) =>
      connection(
        filterJobs(jobs(), args).map((job) => jobNode(fleet, job)),
        args,
      ),
  };
}

function jobNode(fleet: Fleet, job: GitlabJob): Resolvable {
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
    failureMessage: job.failureReason,
    exitCode: job.exitCode,
    refName: spec.ref,
    webPath: `/${spec.project.path}/-/jobs/${job.id}`,
    project: { id: `gid://gitlab/Project/${spec.project.id}`, fullPath: spec.project.path, name: spec.project.name },
    pipeline: {
      id: `gid://gitlab/Ci::Pipeline/${job.pipelineId}`,
      iid: String(job.pipelineId),
      path: `/${spec.project.path}/-/pipelines/${job.pipelineId}`,
      user: { username: job.user.login, name: job.user.name },
    },
    runner: listed
      ? { id: `gid://gitlab/Ci::Runner/${job.runnerId}`, shortSha: listed.runner.token.slice(0, 8), description: listed.runner.name }
      : null,
    runnerManager: job.systemId === null ? null : { systemId: job.systemId },
    detailedStatus: { text: job.status, label: job.status },
    stage: { name: spec.stage },
  };
}

function filterJobs(jobs: readonly GitlabJob[], { statuses }: Args): GitlabJob[] {
  const wanted = Array.isArray(statuses) ? statuses.map((status) => String(status).toLowerCase()) : null;
  return jobs.filter((job) => wanted === null || wanted.includes(job.status)).toSorted((a, b) => b.id - a.id);
}

/** `POST /api/graphql`. Errors come with status 200, as in GitLab. */
export function answerGraphql(fleet: Fleet, body: string): Answer {
  const send = (value: unknown): Answer => ({ type: "application/json", body: JSON.stringify(value) });
  try {
    const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> };
    const all = () => [...fleet.gitlab.jobs.values()];
    const root: Resolvable = {
      metadata: { version: fleet.clusters[0]?.spec.gitlabVersion, revision: "a1b2c3d4e5f", enterprise: false },
      currentUser: { id: "gid://gitlab/User/1", username: "runnerscope" },
      runners: (args: Args) =>
        connection(
          listRunners(fleet).map((listed) => runnerNode(fleet, listed)),
          args,
        ),
      runner: ({ id }: Args) =>
        listRunners(fleet)
          .filter(({ runner }) => `gid://gitlab/Ci::Runner/${runner.gitlabId}` === id)
          .map((listed) => runnerNode(fleet, listed))[0] ?? null,
      jobs: (args: Args) =>
        connection(
          filterJobs(all(), args).map((job) => jobNode(fleet, job)),
          args,
        ),
      project: ({ fullPath }: Args) => {
        const jobs = all().filter((job) => job.spec.project.path === fullPath);
        const [first] = jobs;
        return first
          ? {
              id: `gid://gitlab/Project/${first.spec.project.id}`,
              fullPath,
              name: first.spec.project.name,
              jobs: (args: Args) =>
                connection(
                  filterJobs(jobs, args).map((job) => jobNode(fleet, job)),
                  args,
                ),
            }
          : null;
      },
    };
    return send({ data: resolve(root, parseQuery(query, variables ?? {})) });
  } catch (error) {
    return send({ errors: [{ message: error instanceof Error ? error.message : String(error) }] });
  }
}
