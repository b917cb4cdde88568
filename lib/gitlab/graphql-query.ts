import { isFields } from "../base/is-fields.ts";

/** What to ask of one object. `types`: its names in the schema over GitLab 16–19, so that an error about one of them can be met. */
interface Selection {
  types: readonly string[];
  fields: readonly (string | readonly [name: string, selection: Selection])[];
}

const RUNNER_OF_JOB: Selection = { types: ["CiRunner"], fields: ["id", "shortSha", "description"] };
const USER: Selection = { types: ["UserCore", "User", "MergeRequestAuthor"], fields: ["username"] };

const JOB: Selection = {
  types: ["CiJob", "CiJobInterface"],
  fields: [
    ..."id name status allowFailure failureMessage exitCode stuck tags refName shortSha webPath".split(" "),
    ..."createdAt queuedAt startedAt finishedAt queuedDuration duration".split(" "),
    ["stage", { types: ["CiStage"], fields: ["name"] }],
    ["pipeline", { types: ["Pipeline", "PipelineInterface"], fields: ["id", "iid", "path", "status", ["user", USER]] }],
    ["project", { types: ["Project", "ProjectInterface"], fields: ["id", "fullPath"] }],
    ["runner", RUNNER_OF_JOB],
    ["runnerManager", { types: ["CiRunnerManager"], fields: ["systemId"] }],
  ],
};

const RUNNER: Selection = {
  types: ["CiRunner"],
  fields: [
    ..."id shortSha description runnerType paused status jobExecutionStatus tagList runUntagged contactedAt".split(" "),
    [
      "managers",
      {
        types: ["CiRunnerManagerConnection"],
        fields: [
          ["nodes", { types: ["CiRunnerManager"], fields: "systemId status jobExecutionStatus version contactedAt createdAt".split(" ") }],
        ],
      },
    ],
  ],
};

const PAGE = "pageInfo{hasNextPage endCursor}";

/** Fields that an instance turned out not to have, as `Type.field`. */
export type MissingFields = ReadonlySet<string>;

export interface GraphqlRequest {
  query: string;
  variables: Record<string, unknown>;
}

/** Single jobs of any projects in one request: aliases `p0`, `p1`, … by project, `j<id>` by job. Ids and paths travel as variables. */
export function jobsQuery(projects: readonly { path: string; jobIds: readonly string[] }[], missing: MissingFields): GraphqlRequest {
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const parts = projects.map(({ path, jobIds }, p) => {
    variables[`p${p}`] = path;
    declared.push(`$p${p}:ID!`);
    const jobs = jobIds.map((id) => {
      variables[`j${id}`] = `gid://gitlab/Ci::Build/${id}`;
      declared.push(`$j${id}:JobID!`);
      return `j${id}:job(id:$j${id}){...job}`;
    });
    return `p${p}:project(fullPath:$p${p}){id fullPath ${jobs.join(" ")}}`;
  });
  return { query: `query(${declared.join(",")}){${parts.join(" ")}} fragment job on CiJob${write(JOB, missing)}`, variables };
}

/** A page of the whole instance's pending jobs. For anybody but an administrator it is empty, without an error. */
export function pendingQuery(first: number, after: string | null, missing: MissingFields): GraphqlRequest {
  return {
    query: `query($first:Int!,$after:String){jobs(statuses:[PENDING],first:$first,after:$after){nodes${write(JOB, missing)} ${PAGE}}}`,
    variables: { first, after },
  };
}

/** A page of all runners with their managers; administrators only. */
export function runnersQuery(first: number, after: string | null, missing: MissingFields): GraphqlRequest {
  return {
    query: `query($first:Int!,$after:String){runners(first:$first,after:$after){nodes${write(RUNNER, missing)} ${PAGE}}}`,
    variables: { first, after },
  };
}

function write({ types, fields }: Selection, missing: MissingFields): string {
  const parts = fields.flatMap((field) => {
    const name = typeof field === "string" ? field : field[0];
    if (types.some((type) => missing.has(`${type}.${name}`))) return [];
    if (typeof field === "string") return [name];
    const inner = write(field[1], missing);
    return inner === "{}" ? [] : [`${name}${inner}`];
  });
  return `{${parts.join(" ")}}`;
}

export interface GraphqlErrors {
  /** `Type.field` of each field the schema does not have. */
  undefinedFields: string[];
  /** The query costs more than the instance allows (GitLab: 250 for a signed-in user). */
  complexity: { is: number; max: number } | null;
  messages: string[];
}

const UNDEFINED = /^Field '(\w+)' doesn't exist on type '(\w+)'/;
const COMPLEXITY = /complexity of (\d+), which exceeds max complexity of (\d+)/;

/** What the `errors` of an answer say (graphql-ruby's wording, or its `extensions`). */
export function readGraphqlErrors(body: unknown): GraphqlErrors {
  const read: GraphqlErrors = { undefinedFields: [], complexity: null, messages: [] };
  const errors = isFields(body) && Array.isArray(body["errors"]) ? body["errors"].slice(0, 100) : [];
  for (const error of errors) {
    if (!isFields(error) || typeof error["message"] !== "string") continue;
    const { message, extensions } = error as { message: string; extensions?: unknown };
    read.messages.push(message.slice(0, 300));
    const [, field, type] = UNDEFINED.exec(message) ?? [];
    const [, is, max] = COMPLEXITY.exec(message) ?? [];
    if (isFields(extensions) && extensions["code"] === "undefinedField") {
      read.undefinedFields.push(`${String(extensions["typeName"])}.${String(extensions["fieldName"])}`);
    } else if (field !== undefined) read.undefinedFields.push(`${type}.${field}`);
    if (is !== undefined) read.complexity = { is: Number(is), max: Number(max) };
  }
  return read;
}

export interface GraphqlPage {
  nodes: unknown[];
  endCursor: string | null;
}

/** `data.<root>` as a page; null: the root is null or not there, which is how GraphQL says "not for you". */
export function readGraphqlPage(body: unknown, root: string): GraphqlPage | null {
  const page = objectAt(objectAt(body, "data"), root);
  if (page === null || !Array.isArray(page["nodes"])) return null;
  const info = objectAt(page, "pageInfo");
  const cursor = info?.["endCursor"];
  return { nodes: page["nodes"].slice(0, 1_000), endCursor: info?.["hasNextPage"] === true && typeof cursor === "string" ? cursor : null };
}

/** The object under a key of foreign JSON; null: none there. */
export function objectAt(raw: unknown, key: string): Record<string, unknown> | null {
  if (!isFields(raw) || !Object.hasOwn(raw, key)) return null;
  const inner = raw[key];
  return isFields(inner) ? inner : null;
}
