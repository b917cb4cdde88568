import { z } from "zod";
import { timestampSchema } from "../base/known-schema.ts";

/**
 * Our words for what GitLab (16–19, REST v4 and GraphQL) tells. Everything that another version, another right or another way of reading may
 * leave out is null: "not told". Names are open sets in GitLab (statuses, reasons), so they stay strings, in REST's spelling. Texts are
 * scrubbed and cut, and still untrusted.
 */
const text = z.string().nullable();
const time = timestampSchema.nullable();

export const pipelineRecordSchema = z.object({
  id: z.string(),
  iid: text,
  status: text,
  /** `push`, `schedule`, `merge_request_event`, … */
  source: text,
  ref: text,
  sha: text,
  url: text,
  createdAt: time,
});
export type PipelineRecord = z.infer<typeof pipelineRecordSchema>;

export const jobRecordSchema = z.object({
  /** Unique in one GitLab. */
  id: z.string(),
  projectId: text,
  projectPath: text,
  name: text,
  stage: text,
  ref: text,
  sha: text,
  /** `created`, `pending`, `running`, `success`, `failed`, `canceling`, `canceled`, `skipped`, `manual`, `scheduled`, … */
  status: z.string(),
  /** Only REST and webhooks tell it, of failed jobs: `script_failure`, `runner_system_failure`, … */
  failureReason: text,
  /** Only GraphQL: the sentence GitLab shows, and the script's exit code (16.10). */
  failureMessage: text,
  exitCode: z.number().int().nullable(),
  allowFailure: z.boolean().nullable(),
  /** GraphQL: no runner that is online could take it. */
  stuck: z.boolean().nullable(),
  tags: z.array(z.string()).nullable(),
  /** For people, in the browser. */
  url: text,
  createdAt: time,
  /** GraphQL says it; from REST it is start (or reading, while pending) minus the time in the queue. */
  queuedAt: time,
  startedAt: time,
  finishedAt: time,
  queuedMs: z.number().nullable(),
  durationMs: z.number().nullable(),
  pipeline: pipelineRecordSchema.nullable(),
  /** Login name of who started it. */
  user: text,
  /** `shortToken`: GraphQL's `shortSha`, 8 characters, a prefix of the runner's own short token. */
  runner: z.object({ id: z.string(), description: text, shortToken: text }).nullable(),
  /** `system_id` of the manager that took it. */
  managerSystemId: text,
  readAt: timestampSchema,
  readFrom: z.enum(["rest", "graphql", "webhook"]),
});
export type JobRecord = z.infer<typeof jobRecordSchema>;

/**
 * One `system_id` of a runner. GitLab writes `contactedAt` at most every 40–55 min and calls a manager online for 2 h after it, so this
 * says nothing about the last minutes (GitLab docs: runners, "Runner statuses").
 */
export const runnerManagerRecordSchema = z.object({
  systemId: z.string(),
  status: text,
  jobExecutionStatus: text,
  version: text,
  contactedAt: time,
  createdAt: time,
});
export type RunnerManagerRecord = z.infer<typeof runnerManagerRecordSchema>;

export const runnerRecordSchema = z.object({
  id: z.string(),
  description: text,
  /** `instance_type`, `group_type`, `project_type`. */
  type: text,
  paused: z.boolean().nullable(),
  /** `online`, `offline`, `stale`, `never_contacted`. */
  status: text,
  jobExecutionStatus: text,
  /** First 8 characters of the token; null from REST. */
  shortToken: text,
  /** null: the list does not carry them and the details were not read (yet). */
  tags: z.array(z.string()).nullable(),
  runUntagged: z.boolean().nullable(),
  contactedAt: time,
  version: text,
  /** null: not read, or not allowed to be. */
  managers: z.array(runnerManagerRecordSchema).nullable(),
  readAt: timestampSchema,
});
export type RunnerRecord = z.infer<typeof runnerRecordSchema>;

/** What the token cannot see. Every reason has a sentence on the page; nothing here is an error of the connection. */
export const blindSpotSchema = z.object({
  subject: z.enum(["jobs", "pending-jobs", "runners", "runner-managers", "instance"]),
  /** Project id where it is about one project. */
  project: text,
  reason: z.enum([
    "not-admin", // only an administrator's token may read it of the whole instance
    "forbidden", // 403
    "insufficient-scope", // the token lacks a scope, `read_api` is enough for all that is read here
    "not-found", // 404: no such project or job, or not visible for this token
    "not-in-this-version", // the instance does not know the field or the path
    "cut", // more pages than are read
  ]),
  since: timestampSchema,
});
export type BlindSpot = z.infer<typeof blindSpotSchema>;

export const instanceSchema = z.object({
  version: text,
  enterprise: z.boolean().nullable(),
  /** Whether the token is an administrator's; null: not known. */
  admin: z.boolean().nullable(),
  scopes: z.array(z.string()).nullable(),
  tokenExpiresAt: text,
  readAt: timestampSchema,
});
export type Instance = z.infer<typeof instanceSchema>;

/** Pending jobs with the same tags. `oldestQueuedAt` null: of none of them is the time known. */
export const pendingGroupSchema = z.object({
  tags: z.array(z.string()).nullable(),
  count: z.number().int(),
  oldestQueuedAt: time,
  jobs: z.array(z.string()),
});
export type PendingGroup = z.infer<typeof pendingGroupSchema>;

/** `instance`: all of GitLab; `projects`: only those listed, `at` the oldest of their readings; `none`: nothing could be read. */
export const pendingViewSchema = z.object({
  scope: z.enum(["instance", "projects", "none"]),
  projects: z.array(z.string()),
  at: time,
  groups: z.array(pendingGroupSchema),
});
export type PendingView = z.infer<typeof pendingViewSchema>;
