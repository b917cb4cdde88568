import type { FakeJob, FakeRunner } from "./fake-job.ts";
import { parseDocument, type FieldNode } from "./graphql-document.ts";

export interface GraphqlWorld {
  jobs: FakeJob[];
  runners: FakeRunner[];
  projects: Map<number, string>;
  admin: boolean;
  maxComplexity: number;
  /** `Type.field` that this version does not have. */
  without: ReadonlySet<string>;
  prefix: string;
}

/** Fields by type, and the type of those that are objects (GitLab's GraphQL reference). */
const SCHEMA: Record<string, Record<string, string | null>> = {
  Query: { project: "Project", jobs: "CiJobConnection", runners: "CiRunnerConnection" },
  Project: { id: null, fullPath: null, job: "CiJob" },
  CiJobConnection: { nodes: "CiJob", pageInfo: "PageInfo" },
  CiRunnerConnection: { nodes: "CiRunner", pageInfo: "PageInfo" },
  CiRunnerManagerConnection: { nodes: "CiRunnerManager", pageInfo: "PageInfo" },
  PageInfo: { hasNextPage: null, endCursor: null },
  CiStage: { name: null },
  Pipeline: { id: null, iid: null, path: null, status: null, user: "UserCore" },
  UserCore: { username: null },
  CiRunner: {
    ...leaves("id shortSha description runnerType paused status jobExecutionStatus tagList runUntagged contactedAt"),
    managers: "CiRunnerManagerConnection",
  },
  CiRunnerManager: leaves("systemId status jobExecutionStatus version contactedAt createdAt"),
  CiJob: {
    ...leaves(
      "id name status allowFailure failureMessage exitCode stuck tags refName shortSha webPath createdAt queuedAt startedAt finishedAt queuedDuration duration",
    ),
    stage: "CiStage",
    pipeline: "Pipeline",
    project: "Project",
    runner: "CiRunner",
    runnerManager: "CiRunnerManager",
  },
};

function leaves(names: string): Record<string, null> {
  return Object.fromEntries(names.split(" ").map((name) => [name, null]));
}

/** Validates and resolves like GitLab: undefined fields and too much complexity are errors without data; lists for admins are empty or null for others. */
export function answerGraphql(query: string, variables: Record<string, unknown>, world: GraphqlWorld): unknown {
  const fields = parseDocument(query, variables);
  const errors = fields.flatMap((field) => undefinedFields(field, "Query", world.without));
  if (errors.length > 0) return { errors };
  const complexity = fields.reduce((sum, field) => sum + cost(field), 0);
  if (complexity > world.maxComplexity) {
    return { errors: [{ message: `Query has complexity of ${complexity}, which exceeds max complexity of ${world.maxComplexity}` }] };
  }
  return { data: Object.fromEntries(fields.map((field) => [field.alias, root(field, world)])) };
}

function undefinedFields(field: FieldNode, type: string, without: ReadonlySet<string>): unknown[] {
  const known = SCHEMA[type] ?? {};
  if (!(field.name in known) || without.has(`${type}.${field.name}`)) {
    return [
      {
        message: `Field '${field.name}' doesn't exist on type '${type}'`,
        extensions: { code: "undefinedField", typeName: type, fieldName: field.name },
      },
    ];
  }
  return (field.fields ?? []).flatMap((inner) => undefinedFields(inner, known[field.name] ?? "", without));
}

/** A point a field; a connection multiplies by its length / 100 + 1, as GitLab's `complexity_multiplier` 0.01. */
function cost(field: FieldNode): number {
  const inner = (field.fields ?? []).reduce((sum, one) => sum + cost(one), 0);
  const length = ["jobs", "runners", "managers"].includes(field.name) ? Number(field.args["first"] ?? 100) : 0;
  return 1 + Math.ceil(inner * (1 + length / 100));
}

function root(field: FieldNode, world: GraphqlWorld): unknown {
  if (field.name === "jobs")
    return page(
      field,
      world.admin ? world.jobs.filter((job) => (field.args["statuses"] as string[]).includes(job.status.toUpperCase())) : [],
      (job) => jobObject(job, world),
    );
  if (field.name === "runners") return world.admin ? page(field, world.runners, runnerObject) : null;
  const found = [...world.projects].find(([, path]) => path === field.args["fullPath"]);
  if (found === undefined) return null;
  const [projectId, fullPath] = found;
  const project: Record<string, unknown> = { id: `gid://gitlab/Project/${projectId}`, fullPath };
  return Object.fromEntries(
    (field.fields ?? []).map((inner) => {
      if (inner.name !== "job") return [inner.alias, project[inner.name]];
      const job = world.jobs.find((one) => one.projectId === projectId && `gid://gitlab/Ci::Build/${one.id}` === inner.args["id"]);
      return [inner.alias, job === undefined ? null : pick(inner.fields ?? [], jobObject(job, world))];
    }),
  );
}

function page<T>(field: FieldNode, all: readonly T[], toObject: (item: T) => Record<string, unknown>): unknown {
  const start = Number(field.args["after"] ?? 0);
  const end = start + Math.min(100, Number(field.args["first"] ?? 100));
  const nodes = field.fields?.find(({ name }) => name === "nodes")?.fields ?? [];
  return {
    nodes: all.slice(start, end).map((item) => pick(nodes, toObject(item))),
    pageInfo: { hasNextPage: end < all.length, endCursor: String(end) },
  };
}

function pick(fields: readonly FieldNode[], object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    fields.map((field) => {
      const value = object[field.name] ?? null;
      if (field.fields === null || value === null) return [field.alias, value];
      return [
        field.alias,
        Array.isArray(value)
          ? value.map((item) => pick(field.fields ?? [], item as Record<string, unknown>))
          : pick(field.fields, value as Record<string, unknown>),
      ];
    }),
  );
}

function jobObject(job: FakeJob, { projects, prefix }: GraphqlWorld): Record<string, unknown> {
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

function runnerObject(runner: FakeRunner): Record<string, unknown> {
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
