import type { FakeJob, FakeRunner } from "./fake-job.ts";
import type { GraphqlObject, GraphqlWorld } from "./graphql-answer.ts";

interface Held {
  jobs: readonly FakeJob[];
  runners: readonly FakeRunner[];
  /** Full paths by id, of the projects that the user sees. */
  projects: ReadonlyMap<number, string>;
  admin: boolean;
  prefix: string;
}

/** What the fake holds, as GraphQL's objects. */
export function graphqlObjects(held: Held): Pick<GraphqlWorld, "jobs" | "runners" | "project"> {
  const { jobs, runners, projects, admin } = held;
  return {
    jobs: (statuses) => (admin ? jobs.filter((job) => statuses.includes(job.status.toUpperCase())).map((job) => jobObject(job, held)) : []),
    runners: () => (admin ? runners.map(runnerObject) : null),
    project: (fullPath) => {
      const [id] = [...projects].find(([, path]) => path === fullPath) ?? [];
      if (id === undefined) return null;
      return {
        object: { id: `gid://gitlab/Project/${id}`, fullPath },
        job: (gid) => {
          const job = jobs.find((one) => one.projectId === id && `gid://gitlab/Ci::Build/${one.id}` === gid);
          return job === undefined ? null : jobObject(job, held);
        },
      };
    },
  };
}

function jobObject(job: FakeJob, { projects, prefix }: Held): GraphqlObject {
  const path = projects.get(job.projectId) ?? "";
  return {
    id: `gid://gitlab/Ci::Build/${job.id}`,
    name: job.name,
    status: job.status.toUpperCase(),
    allowFailure: false,
    exitCode: job.exitCode,
    stuck: false,
    failureMessage: job.status === "failed" ? "There has been a script failure" : null,
    tags: job.tags,
    refName: "main",
    shortSha: "0ff3ae19",
    webPath: `${prefix}/${path}/-/jobs/${job.id}`,
    createdAt: job.createdAt,
    queuedAt: job.queuedAt,
    startedAt: job.startedAt,
    finishedAt: job.finishedAt,
    queuedDuration: 3,
    duration: job.startedAt === null ? null : 12,
    stage: { name: "test" },
    project: { id: `gid://gitlab/Project/${job.projectId}`, fullPath: path },
    pipeline: {
      id: "gid://gitlab/Ci::Pipeline/6",
      iid: "3",
      path: `${prefix}/${path}/-/pipelines/6`,
      status: "RUNNING",
      user: { username: "dev" },
    },
    runner: job.systemId === null ? null : { id: "gid://gitlab/Ci::Runner/8", shortSha: "abcdefgh", description: "k8s-a" },
    runnerManager: job.systemId === null ? null : { systemId: job.systemId },
  };
}

function runnerObject(runner: FakeRunner): GraphqlObject {
  const times = { contactedAt: "2026-11-25T00:00:00Z", createdAt: "2026-11-24T00:00:00Z" };
  return {
    id: `gid://gitlab/Ci::Runner/${runner.id}`,
    shortSha: runner.shortSha,
    description: runner.description,
    runnerType: "INSTANCE_TYPE",
    paused: runner.paused,
    status: "ONLINE",
    jobExecutionStatus: "IDLE",
    tagList: runner.tags,
    runUntagged: false,
    ...times,
    managers: { nodes: runner.managers.map((manager) => ({ ...manager, ...times, status: "ONLINE", jobExecutionStatus: "IDLE" })) },
  };
}
