import { z } from "zod";
import { flag, id, part, seconds, tags, text, time, webUrl, whole } from "./foreign-fields.ts";
import { readGraphqlPipeline, readRestPipeline, webAddress } from "./read-pipeline.ts";
import type { JobRecord } from "./schema.ts";

const name = text(255);

/** Entity `Ci::Job` of REST (`GET /projects/:id/jobs`, `…/jobs/:job_id`). */
const restJob = z.object({
  id,
  status: text(64),
  name,
  stage: name,
  ref: text(1_024),
  allow_failure: flag,
  failure_reason: text(128),
  tag_list: tags,
  web_url: webUrl,
  created_at: time,
  started_at: time,
  finished_at: time,
  queued_duration: seconds,
  duration: seconds,
  commit: part(z.object({ id: text(64) })),
  user: part(z.object({ username: name })),
  pipeline: part(z.object({ project_id: id })),
  project: part(z.object({ id, path_with_namespace: text(1_024) })),
  runner: part(z.object({ id, description: name })),
  runner_manager: part(z.object({ system_id: text(64) })),
});

/** Type `CiJob` of GraphQL, as `job-query.ts` asks for it. */
const graphqlJob = z.object({
  id,
  status: text(64),
  name,
  stage: part(z.object({ name })),
  refName: text(1_024),
  shortSha: text(64),
  allowFailure: flag,
  failureMessage: text(1_024),
  exitCode: whole,
  stuck: flag,
  tags,
  webPath: text(2_048),
  createdAt: time,
  queuedAt: time,
  startedAt: time,
  finishedAt: time,
  queuedDuration: seconds,
  duration: seconds,
  pipeline: part(z.object({ user: part(z.object({ username: name })) })),
  project: part(z.object({ id, fullPath: text(1_024) })),
  runner: part(z.object({ id, shortSha: text(64), description: name })),
  runnerManager: part(z.object({ systemId: text(64) })),
});

/** `projectId`, `projectPath`: what the request was about, where the answer does not say it. */
export interface JobContext {
  projectId: string | null;
  projectPath: string | null;
  baseUrl: string;
  readAtMs: number;
}

/** null: not a job. A time in the queue without its end (`started_at`) has run until now. */
export function readRestJob(raw: unknown, context: JobContext): JobRecord | null {
  const read = restJob.safeParse(raw).data;
  if (read === undefined || read.id === null || read.status === null) return null;
  const { pipeline: rawPipeline } = raw as { pipeline?: unknown };
  const queueEnd = read.started_at !== null ? Date.parse(read.started_at) : read.status === "pending" ? context.readAtMs : null;
  return {
    id: read.id,
    projectId: read.pipeline?.project_id ?? read.project?.id ?? context.projectId,
    projectPath: read.project?.path_with_namespace ?? context.projectPath,
    name: read.name,
    stage: read.stage,
    ref: read.ref,
    sha: read.commit?.id ?? null,
    status: read.status.toLowerCase(),
    failureReason: read.failure_reason,
    failureMessage: null,
    exitCode: null,
    allowFailure: read.allow_failure,
    stuck: null,
    tags: read.tag_list,
    url: read.web_url,
    createdAt: read.created_at,
    queuedAt: queueEnd === null || read.queued_duration === null ? null : new Date(queueEnd - read.queued_duration).toISOString(),
    startedAt: read.started_at,
    finishedAt: read.finished_at,
    queuedMs: read.queued_duration,
    durationMs: read.duration,
    pipeline: readRestPipeline(rawPipeline),
    user: read.user?.username ?? null,
    runner: read.runner?.id ? { id: read.runner.id, description: read.runner.description, shortToken: null } : null,
    managerSystemId: read.runner_manager?.system_id ?? null,
    readAt: new Date(context.readAtMs).toISOString(),
    readFrom: "rest",
  };
}

/** null: not a job. */
export function readGraphqlJob(raw: unknown, context: JobContext): JobRecord | null {
  const read = graphqlJob.safeParse(raw).data;
  if (read === undefined || read.id === null || read.status === null) return null;
  const { pipeline: rawPipeline } = raw as { pipeline?: unknown };
  return {
    id: read.id,
    projectId: read.project?.id ?? context.projectId,
    projectPath: read.project?.fullPath ?? context.projectPath,
    name: read.name,
    stage: read.stage?.name ?? null,
    ref: read.refName,
    sha: read.shortSha,
    status: read.status.toLowerCase(),
    failureReason: null,
    failureMessage: read.failureMessage,
    exitCode: read.exitCode,
    allowFailure: read.allowFailure,
    stuck: read.stuck,
    tags: read.tags,
    url: webAddress(read.webPath, context.baseUrl),
    createdAt: read.createdAt,
    queuedAt: read.queuedAt,
    startedAt: read.startedAt,
    finishedAt: read.finishedAt,
    queuedMs: read.queuedDuration,
    durationMs: read.duration,
    pipeline: readGraphqlPipeline(rawPipeline, context.baseUrl),
    user: read.pipeline?.user?.username ?? null,
    runner: read.runner?.id ? { id: read.runner.id, description: read.runner.description, shortToken: read.runner.shortSha } : null,
    managerSystemId: read.runnerManager?.systemId ?? null,
    readAt: new Date(context.readAtMs).toISOString(),
    readFrom: "graphql",
  };
}
