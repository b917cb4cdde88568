import { parseDocument, type FieldNode } from "./graphql-document.ts";

/** Values of an object of GitLab's schema by field name; objects and connections (`nodes`) nest. */
export type GraphqlObject = Record<string, unknown>;

/** What GraphQL is asked about, as one user sees it. */
export interface GraphqlWorld {
  /** Jobs of the instance in these statuses (upper case); for anybody but an administrator none. */
  jobs(statuses: readonly string[]): readonly GraphqlObject[];
  /** null: not for this user. */
  runners(): readonly GraphqlObject[] | null;
  /** By full path; `job` by its global id. */
  project(fullPath: string): { object: GraphqlObject; job(id: string): GraphqlObject | null } | null;
  maxComplexity: number;
  /** `Type.field` that this version does not have. */
  without: ReadonlySet<string>;
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
  if (field.name === "jobs") return page(field, world.jobs(field.args["statuses"] as string[]));
  if (field.name === "runners") {
    const runners = world.runners();
    return runners === null ? null : page(field, runners);
  }
  const found = world.project(String(field.args["fullPath"]));
  if (found === null) return null;
  return Object.fromEntries(
    (field.fields ?? []).map((inner) => {
      if (inner.name !== "job") return [inner.alias, found.object[inner.name]];
      const job = found.job(String(inner.args["id"]));
      return [inner.alias, job === null ? null : pick(inner.fields ?? [], job)];
    }),
  );
}

function page(field: FieldNode, all: readonly GraphqlObject[]): unknown {
  const start = Number(field.args["after"] ?? 0);
  const end = start + Math.min(100, Number(field.args["first"] ?? 100));
  const nodes = field.fields?.find(({ name }) => name === "nodes")?.fields ?? [];
  return {
    nodes: all.slice(start, end).map((item) => pick(nodes, item)),
    pageInfo: { hasNextPage: end < all.length, endCursor: String(end) },
  };
}

function pick(fields: readonly FieldNode[], object: GraphqlObject): GraphqlObject {
  return Object.fromEntries(
    fields.map((field) => {
      const value = object[field.name] ?? null;
      if (field.fields === null || value === null) return [field.alias, value];
      return [
        field.alias,
        Array.isArray(value)
          ? value.map((item) => pick(field.fields ?? [], item as GraphqlObject))
          : pick(field.fields, value as GraphqlObject),
      ];
    }),
  );
}
