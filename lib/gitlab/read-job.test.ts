import { describe, expect, it } from "vitest";
import { fakeJob } from "../testing/fake-gitlab/fake-job.ts";
import { restJob } from "../testing/fake-gitlab/rest-shapes.ts";
import { groupPending } from "./group-pending.ts";
import { isFinal, mergeJob } from "./merge-job.ts";
import { parseJobUrl } from "./parse-job-url.ts";
import { readGraphqlJob, readRestJob } from "./read-job.ts";
import { readRestManagers, readRestRunner } from "./read-runner.ts";
import { jobRecordSchema, runnerRecordSchema, type JobRecord } from "./schema.ts";

const NOW = Date.parse("2026-11-25T00:01:00.000Z");
const context = { projectId: "1", projectPath: "group/sample", baseUrl: "https://gl.example/prefix", readAtMs: NOW };
const read = (raw: unknown): JobRecord => readRestJob(raw, context)!;

describe("a job from REST", () => {
  it("is ours from head to foot, and drops e-mail addresses", () => {
    const job = read(
      restJob(fakeJob({ id: 7, status: "failed", finishedAt: "2026-11-25T00:00:30Z" }), "https://gl.example/prefix/group/sample", NOW),
    );
    expect(jobRecordSchema.parse(structuredClone(job))).toEqual(job);
    expect(job).toMatchObject({
      id: "7",
      projectId: "1",
      status: "failed",
      failureReason: "script_failure",
      queuedAt: "2026-11-25T00:00:01.000Z",
      queuedMs: 3_000,
      durationMs: 12_500,
      tags: ["k8s"],
      user: "dev",
      runner: { id: "8", description: "k8s-a" },
      managerSystemId: "r_AAAAAAAAAAAA",
      pipeline: { id: "6", iid: "3", source: "push", url: "https://gl.example/prefix/group/sample/-/pipelines/6" },
      url: "https://gl.example/prefix/group/sample/-/jobs/7",
    });
    expect(JSON.stringify(job)).not.toContain("private@example");
  });

  it("waiting: the time in the queue runs until now", () => {
    const job = read(restJob(fakeJob({ id: 7, status: "pending" }), "https://gl.example/g/p", NOW));
    expect(job).toMatchObject({ status: "pending", queuedAt: "2026-11-25T00:00:01.000Z", queuedMs: 59_000, startedAt: null, runner: null });
  });

  it("what is missing or of another type is null, not an error", () => {
    expect(read({ id: 3, status: "running" })).toMatchObject({
      id: "3",
      name: null,
      tags: null,
      pipeline: null,
      runner: null,
      queuedAt: null,
      allowFailure: null,
    });
    expect(
      read({
        id: 3,
        status: "running",
        name: 5,
        tag_list: "x",
        pipeline: [],
        created_at: "yesterday",
        web_url: "javascript:alert(1)",
        duration: -1,
      }),
    ).toMatchObject({
      name: null,
      tags: null,
      pipeline: null,
      createdAt: null,
      url: null,
      durationMs: null,
    });
    for (const raw of [null, 1, "x", [], {}, { id: 1 }, { id: -1, status: "running" }, { id: "x", status: "running" }])
      expect(readRestJob(raw, context)).toBeNull();
  });

  it("secrets and escapes in names are taken out", () => {
    expect(read({ id: 1, status: "running", name: "a\u001b[31m glpat-abcdefgh12345678", ref: "https://u:secretpass@h/" })).toMatchObject({
      name: "a [removed]",
      ref: "https://[removed]@h/",
    });
  });
});

describe("a job from GraphQL", () => {
  it("has lower-case words, ids without their type, and an address of the instance only", () => {
    const job = readGraphqlJob(
      {
        id: "gid://gitlab/Ci::Build/9",
        status: "CANCELED",
        webPath: "/prefix/g/p/-/jobs/9",
        project: { id: "gid://gitlab/Project/4", fullPath: "g/p" },
        exitCode: 137,
        queuedDuration: 1.5,
      },
      context,
    );
    expect(job).toMatchObject({
      id: "9",
      projectId: "4",
      projectPath: "g/p",
      status: "canceled",
      url: "https://gl.example/prefix/g/p/-/jobs/9",
      exitCode: 137,
      queuedMs: 1_500,
    });
    for (const webPath of ["//evil.example/x", "https://evil.example/", "/\\evil.example"]) {
      expect(readGraphqlJob({ id: "gid://gitlab/Ci::Build/9", status: "RUNNING", webPath }, context)?.url).toBeNull();
    }
  });
});

describe("two readings of one job", () => {
  const job = (over: Partial<JobRecord>): JobRecord => ({ ...read({ id: 1, status: "running" }), ...over });
  it("what the newer leaves out stays", () => {
    const merged = mergeJob(
      job({ exitCode: 1, tags: ["a"], status: "failed" }),
      job({ failureReason: "script_failure", status: "failed", readAt: "2026-11-25T00:02:00.000Z" }),
    );
    expect(merged).toMatchObject({ exitCode: 1, tags: ["a"], failureReason: "script_failure", readAt: "2026-11-25T00:02:00.000Z" });
    expect(mergeJob(job({ sha: "0ff3ae198f86" }), job({ sha: "0ff3ae19" })).sha).toBe("0ff3ae198f86");
  });
  it.each([
    ["running", "pending", "running"],
    ["success", "running", "success"],
    ["failed", "pending", "failed"],
    ["pending", "running", "running"],
    ["canceling", "running", "canceling"],
    ["running", "canceled", "canceled"],
    ["manual", "pending", "pending"],
    ["scheduled", "manual", "manual"],
  ])("%s, then %s is %s", (before, next, expected) =>
    expect(mergeJob(job({ status: before }), job({ status: next })).status).toBe(expected),
  );
  it("knows what is over", () =>
    expect(
      ["success", "failed", "canceled", "skipped", "running", "canceling", "manual"].map((status) => isFinal(job({ status }))),
    ).toEqual([true, true, true, true, false, false, false]));
});

describe("addresses of jobs", () => {
  it.each([
    ["https://gitlab.com/g/sub/p/-/jobs/42", null, { origin: "https://gitlab.com", projectPath: "g/sub/p", jobId: "42" }],
    [
      "https://gl.example/prefix/g/p/-/jobs/42/raw",
      "https://gl.example/prefix/",
      { origin: "https://gl.example", projectPath: "g/p", jobId: "42" },
    ],
    [
      "http://clone.host:8080/prefix/g/p/-/jobs/42?x=1#L3",
      "https://gl.example/prefix",
      { origin: "http://clone.host:8080", projectPath: "g/p", jobId: "42" },
    ],
    [
      "https://gl.example/prefixed/p/-/jobs/42",
      "https://gl.example/prefix",
      { origin: "https://gl.example", projectPath: "prefixed/p", jobId: "42" },
    ],
    ["https://gl.example/g/p/-/pipelines/42", null, null],
    ["https://gl.example/p/-/jobs/42", null, null],
    ["javascript:alert(1)//g/p/-/jobs/4", null, null],
    ["ftp://h/g/p/-/jobs/42", null, null],
    ["https://gl.example/g/%2e%2e%2fp/-/jobs/42", null, null],
    ["42", null, null],
  ])("%s under %s", (url, base, expected) => expect(parseJobUrl(url, base)).toEqual(expected));
});

describe("runners and groups", () => {
  it("reads details and managers, and no token", () => {
    const runner = readRestRunner({ id: 8, active: false, status: "ONLINE", tag_list: ["b", "a"], token: "glrt-secret" }, NOW)!;
    expect(runnerRecordSchema.parse(runner)).toMatchObject({ id: "8", paused: true, status: "online", tags: ["a", "b"], managers: null });
    expect(JSON.stringify(runner)).not.toContain("secret");
    expect(readRestManagers([{ system_id: "r_1", ip_address: "10.0.0.1" }, {}])).toEqual([
      { systemId: "r_1", status: null, jobExecutionStatus: null, version: null, contactedAt: null, createdAt: null },
    ]);
    expect(readRestManagers({})).toBeNull();
  });
  it("groups waiting jobs by tags, the longest wait first; unknown tags are not no tags", () => {
    const job = (id: number, tags: string[] | null, queuedAt: string | null, status = "pending") => ({
      ...read({ id, status }),
      tags,
      queuedAt,
    });
    expect(
      groupPending([
        job(1, ["b", "a"], "2026-11-25T00:00:10.000Z"),
        job(2, ["a", "b"], "2026-11-25T00:00:05.000Z"),
        job(3, null, null),
        job(4, [], "2026-11-25T00:00:01.000Z"),
        job(5, [], null, "running"),
      ]),
    ).toEqual([
      { tags: [], count: 1, oldestQueuedAt: "2026-11-25T00:00:01.000Z", jobs: ["4"] },
      { tags: ["a", "b"], count: 2, oldestQueuedAt: "2026-11-25T00:00:05.000Z", jobs: ["1", "2"] },
      { tags: null, count: 1, oldestQueuedAt: null, jobs: ["3"] },
    ]);
  });
});
