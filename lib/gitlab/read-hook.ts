import { z } from "zod";
import { flag, id, listOf, part, seconds, tags, text, time } from "./foreign-fields.ts";
import { readRestPipeline } from "./read-pipeline.ts";
import type { JobRecord } from "./schema.ts";

const MAX_JOBS = 1_000;
const name = text(255);

/** Only the fields we keep: `object_attributes.variables` and the commit's author never get in (GitLab docs: webhook events). */
const jobHook = z.object({
  object_kind: z.literal("build"),
  build_id: id,
  build_name: name,
  build_stage: name,
  build_status: text(64),
  build_created_at: time,
  build_started_at: time,
  build_finished_at: time,
  build_duration: seconds,
  build_queued_duration: seconds,
  build_allow_failure: flag,
  build_failure_reason: text(128),
  ref: text(1_024),
  sha: text(64),
  pipeline_id: id,
  project_id: id,
  user: part(z.object({ username: name })),
  runner: part(z.object({ id, description: name, tags })),
  project: part(z.object({ path_with_namespace: text(1_024) })),
});

const pipelineJob = z.object({
  id,
  stage: name,
  name,
  status: text(64),
  created_at: time,
  started_at: time,
  finished_at: time,
  duration: seconds,
  queued_duration: seconds,
  failure_reason: text(128),
  allow_failure: flag,
  user: part(z.object({ username: name })),
  runner: part(z.object({ id, description: name, tags })),
});

const pipelineHook = z.object({
  object_kind: z.literal("pipeline"),
  object_attributes: z.unknown(),
  project: part(z.object({ id, path_with_namespace: text(1_024) })),
  builds: z.unknown(),
});

/** The jobs that a job or pipeline event tells of; null: another kind of event, or not readable. */
export function readHook(raw: unknown, readAtMs: number): JobRecord[] | null {
  const job = jobHook.safeParse(raw).data;
  if (job !== undefined) return readJobHook(job, readAtMs);
  const pipeline = pipelineHook.safeParse(raw).data;
  return pipeline === undefined ? null : readPipelineHook(pipeline, readAtMs);
}

function readJobHook(job: z.infer<typeof jobHook>, readAtMs: number): JobRecord[] | null {
  if (job.build_id === null || job.build_status === null) return null;
  return [
    {
      ...blank(job.build_id, job.build_status, readAtMs),
      projectId: job.project_id,
      projectPath: job.project?.path_with_namespace ?? null,
      name: job.build_name,
      stage: job.build_stage,
      ref: job.ref,
      sha: job.sha,
      // `unknown_failure` also stands there for jobs that have not failed.
      failureReason: job.build_status === "failed" ? job.build_failure_reason : null,
      allowFailure: job.build_allow_failure,
      createdAt: job.build_created_at,
      startedAt: job.build_started_at,
      finishedAt: job.build_finished_at,
      queuedAt: queuedAt(job.build_status, job.build_started_at, job.build_queued_duration, readAtMs),
      queuedMs: job.build_queued_duration,
      durationMs: job.build_duration,
      pipeline: readRestPipeline({ id: job.pipeline_id === null ? null : Number(job.pipeline_id), ref: job.ref, sha: job.sha }),
      user: job.user?.username ?? null,
      runner: runnerOf(job.runner),
    },
  ];
}

function readPipelineHook({ object_attributes: attributes, project, builds }: z.infer<typeof pipelineHook>, readAtMs: number): JobRecord[] {
  const pipeline = readRestPipeline(attributes);
  return listOf(builds, MAX_JOBS).flatMap((item) => {
    const job = pipelineJob.safeParse(item).data;
    if (job === undefined || job.id === null || job.status === null) return [];
    return [
      {
        ...blank(job.id, job.status, readAtMs),
        projectId: project?.id ?? null,
        projectPath: project?.path_with_namespace ?? null,
        name: job.name,
        stage: job.stage,
        ref: pipeline?.ref ?? null,
        sha: pipeline?.sha ?? null,
        failureReason: job.status === "failed" ? job.failure_reason : null,
        allowFailure: job.allow_failure,
        createdAt: job.created_at,
        startedAt: job.started_at,
        finishedAt: job.finished_at,
        queuedAt: queuedAt(job.status, job.started_at, job.queued_duration, readAtMs),
        queuedMs: job.queued_duration,
        durationMs: job.duration,
        pipeline,
        user: job.user?.username ?? null,
        runner: runnerOf(job.runner),
      },
    ];
  });
}

function queuedAt(status: string, startedAt: string | null, queuedMs: number | null, readAtMs: number): string | null {
  const end = startedAt !== null ? Date.parse(startedAt) : status === "pending" ? readAtMs : null;
  return end === null || queuedMs === null ? null : new Date(end - queuedMs).toISOString();
}

function runnerOf(runner: { id: string | null; description: string | null } | null): JobRecord["runner"] {
  return runner === null || runner.id === null ? null : { id: runner.id, description: runner.description, shortToken: null };
}

/** The runner's tags are not the job's, so the job's stay unknown. */
function blank(jobId: string, status: string, readAtMs: number): JobRecord {
  return {
    id: jobId,
    projectId: null,
    projectPath: null,
    name: null,
    stage: null,
    ref: null,
    sha: null,
    status: status.toLowerCase(),
    failureReason: null,
    failureMessage: null,
    exitCode: null,
    allowFailure: null,
    stuck: null,
    tags: null,
    url: null,
    createdAt: null,
    queuedAt: null,
    startedAt: null,
    finishedAt: null,
    queuedMs: null,
    durationMs: null,
    pipeline: null,
    user: null,
    runner: null,
    managerSystemId: null,
    readAt: new Date(readAtMs).toISOString(),
    readFrom: "webhook",
  };
}
