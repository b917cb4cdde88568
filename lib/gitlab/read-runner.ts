import { z } from "zod";
import { flag, id, listOf, tags, text, time } from "./foreign-fields.ts";
import type { RunnerManagerRecord, RunnerRecord } from "./schema.ts";

const MAX_MANAGERS = 500;

/** `GET /runners[/all]`, and `GET /runners/:id` with tags, times and version. */
const restRunner = z.object({
  id,
  description: text(),
  runner_type: text(64),
  paused: flag,
  active: flag,
  status: text(64),
  job_execution_status: text(64),
  tag_list: tags,
  run_untagged: flag,
  contacted_at: time,
  version: text(64),
});

const restManager = z.object({
  system_id: text(64),
  status: text(64),
  job_execution_status: text(64),
  version: text(64),
  contacted_at: time,
  created_at: time,
});

const graphqlRunner = z.object({
  id,
  description: text(),
  runnerType: text(64),
  paused: flag,
  status: text(64),
  jobExecutionStatus: text(64),
  shortSha: text(64),
  tagList: tags,
  runUntagged: flag,
  contactedAt: time,
  managers: z
    .object({ nodes: z.array(z.unknown()) })
    .nullable()
    .catch(null),
});

const graphqlManager = z.object({
  systemId: text(64),
  status: text(64),
  jobExecutionStatus: text(64),
  version: text(64),
  contactedAt: time,
  createdAt: time,
});

/** null: not a runner. `active` is how GitLab before 16 said the opposite of `paused`. */
export function readRestRunner(raw: unknown, readAtMs: number): RunnerRecord | null {
  const read = restRunner.safeParse(raw).data;
  if (read === undefined || read.id === null) return null;
  return {
    id: read.id,
    description: read.description,
    type: read.runner_type,
    paused: read.paused ?? (read.active === null ? null : !read.active),
    status: read.status?.toLowerCase() ?? null,
    jobExecutionStatus: read.job_execution_status?.toLowerCase() ?? null,
    shortToken: null,
    tags: read.tag_list,
    runUntagged: read.run_untagged,
    contactedAt: read.contacted_at,
    version: read.version,
    managers: null,
    readAt: new Date(readAtMs).toISOString(),
  };
}

/** `GET /runners/:id/managers`; null: not a list. */
export function readRestManagers(raw: unknown): RunnerManagerRecord[] | null {
  if (!Array.isArray(raw)) return null;
  return listOf(raw, MAX_MANAGERS).flatMap((item) => {
    const read = restManager.safeParse(item).data;
    if (read === undefined || read.system_id === null) return [];
    return [
      {
        systemId: read.system_id,
        status: read.status?.toLowerCase() ?? null,
        jobExecutionStatus: read.job_execution_status?.toLowerCase() ?? null,
        version: read.version,
        contactedAt: read.contacted_at,
        createdAt: read.created_at,
      },
    ];
  });
}

/** GraphQL's `CiRunner` with `managers { nodes }`. The newest manager's version stands for the runner's. */
export function readGraphqlRunner(raw: unknown, readAtMs: number): RunnerRecord | null {
  const read = graphqlRunner.safeParse(raw).data;
  if (read === undefined || read.id === null) return null;
  const managers = read.managers === null ? null : listOf(read.managers.nodes, MAX_MANAGERS).flatMap(graphqlManagerOf);
  const newest = (managers ?? []).toSorted((a, b) => ((a.contactedAt ?? "") < (b.contactedAt ?? "") ? 1 : -1))[0];
  return {
    id: read.id,
    description: read.description,
    type: read.runnerType?.toLowerCase() ?? null,
    paused: read.paused,
    status: read.status?.toLowerCase() ?? null,
    jobExecutionStatus: read.jobExecutionStatus?.toLowerCase() ?? null,
    shortToken: read.shortSha,
    tags: read.tagList,
    runUntagged: read.runUntagged,
    contactedAt: read.contactedAt,
    version: newest?.version ?? null,
    managers,
    readAt: new Date(readAtMs).toISOString(),
  };
}

function graphqlManagerOf(item: unknown): RunnerManagerRecord[] {
  const read = graphqlManager.safeParse(item).data;
  if (read === undefined || read.systemId === null) return [];
  return [
    {
      systemId: read.systemId,
      status: read.status?.toLowerCase() ?? null,
      jobExecutionStatus: read.jobExecutionStatus?.toLowerCase() ?? null,
      version: read.version,
      contactedAt: read.contactedAt,
      createdAt: read.createdAt,
    },
  ];
}
