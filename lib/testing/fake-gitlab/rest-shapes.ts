import type { FakeJob, FakeRunner } from "./fake-job.ts";

/** As GitLab's entity `Ci::Job` (docs: api/jobs); `failure_reason` is only there when the job failed. */
export function restJob(job: FakeJob, webUrl: string, nowMs: number): Record<string, unknown> {
  const queueEnd = job.startedAt === null ? nowMs : Date.parse(job.startedAt);
  return {
    id: job.id,
    status: job.status,
    stage: "test",
    name: job.name,
    ref: "main",
    tag: false,
    coverage: null,
    allow_failure: false,
    created_at: job.createdAt,
    started_at: job.startedAt,
    finished_at: job.finishedAt,
    erased_at: null,
    duration: job.startedAt === null ? null : 12.5,
    queued_duration: job.queuedAt === null ? null : (queueEnd - Date.parse(job.queuedAt)) / 1_000,
    user: { id: 1, username: "dev", name: "A Developer", state: "active", email: "private@example.test" },
    commit: { id: "0ff3ae198f8601a285adcf5c0fff204ee6fba5fd", short_id: "0ff3ae19", title: "x", author_email: "private@example.test" },
    pipeline: {
      id: 6,
      iid: 3,
      project_id: job.projectId,
      sha: "0ff3ae19",
      ref: "main",
      status: "running",
      source: "push",
      web_url: `${webUrl}/-/pipelines/6`,
    },
    ...(job.status === "failed" ? { failure_reason: job.failureReason ?? "script_failure" } : {}),
    web_url: `${webUrl}/-/jobs/${job.id}`,
    runner: job.systemId === null ? null : { id: 8, description: "k8s-a", runner_type: "instance_type", status: "online" },
    runner_manager: job.systemId === null ? null : { id: 1, system_id: job.systemId, version: "18.3.0" },
    tag_list: job.tags,
  };
}

/** An element of `GET /runners`: no tags, no managers. */
export function restRunner(runner: FakeRunner): Record<string, unknown> {
  return {
    id: runner.id,
    description: runner.description,
    ip_address: "",
    active: !runner.paused,
    paused: runner.paused,
    is_shared: true,
    runner_type: "instance_type",
    name: "gitlab-runner",
    online: true,
    status: "online",
  };
}

export function restRunnerDetail(runner: FakeRunner): Record<string, unknown> {
  return {
    ...restRunner(runner),
    tag_list: runner.tags,
    run_untagged: false,
    contacted_at: "2026-11-25T00:00:00.000Z",
    version: "18.3.0",
    token: "never-kept",
  };
}

export function restManagers(runner: FakeRunner): Record<string, unknown>[] {
  return runner.managers.map(({ systemId, version }, i) => ({
    id: i + 1,
    system_id: systemId,
    version,
    platform: "linux",
    created_at: "2026-11-24T00:00:00.000Z",
    contacted_at: "2026-11-25T00:00:00.000Z",
    ip_address: "10.1.2.3",
    status: "online",
  }));
}
