import { describe, expect, it } from "vitest";
import { readHook } from "./read-hook.ts";
import { jobRecordSchema } from "./schema.ts";

const NOW = Date.parse("2026-11-25T00:01:00.000Z");

describe("webhooks", () => {
  const hook = {
    object_kind: "build",
    ref: "main",
    sha: "0ff3ae19",
    build_id: 1977,
    build_name: "test",
    build_stage: "test",
    build_status: "running",
    build_created_at: "2026-11-24 23:59:00 UTC",
    build_started_at: "2026-11-25T00:00:10.000Z",
    build_queued_duration: 9.5,
    build_failure_reason: "unknown_failure",
    pipeline_id: 2366,
    project_id: 380,
    user: { id: 3, name: "User", email: "private@example.test", username: "dev" },
    runner: { id: 8, description: "k8s", tags: ["of the runner"] },
    project: { path_with_namespace: "g/p" },
  };
  it("a job event is a job; a reason that is none, and tags that are the runner's, stay out", () => {
    const [job] = readHook(hook, NOW)!;
    expect(jobRecordSchema.parse(job)).toMatchObject({
      id: "1977",
      projectId: "380",
      createdAt: "2026-11-24T23:59:00.000Z",
      queuedAt: "2026-11-25T00:00:00.500Z",
      failureReason: null,
      tags: null,
      pipeline: { id: "2366" },
    });
    expect(JSON.stringify(job)).not.toContain("private@");
  });
  it("a pipeline event is its jobs, without its variables", () => {
    const jobs = readHook(
      {
        object_kind: "pipeline",
        object_attributes: {
          id: 31,
          iid: 3,
          ref: "main",
          status: "failed",
          variables: [{ key: "K", value: "hidden-value" }],
          created_at: "2026-11-24 23:59:00 UTC",
          url: "https://gl.example/g/p/-/pipelines/31",
        },
        project: { id: 5, path_with_namespace: "g/p" },
        builds: [
          { id: 1, name: "a", status: "failed", failure_reason: "runner_system_failure" },
          { id: 2, name: "b", status: "pending", queued_duration: 3 },
          "junk",
          { id: 3 },
        ],
      },
      NOW,
    )!;
    expect(jobs.map(({ id, status, failureReason }) => [id, status, failureReason])).toEqual([
      ["1", "failed", "runner_system_failure"],
      ["2", "pending", null],
    ]);
    expect(jobs[0]?.pipeline).toMatchObject({ id: "31", url: "https://gl.example/g/p/-/pipelines/31" });
    expect(JSON.stringify(jobs)).not.toContain("hidden-value");
  });
  it("other events are none of ours", () => {
    for (const raw of [{ object_kind: "push" }, null, [], "x", { object_kind: "build" }]) expect(readHook(raw, NOW)).toBeNull();
  });
});
