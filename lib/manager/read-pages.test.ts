import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseGoDuration } from "../base/parse-go-duration.ts";
import { readJobsList } from "./read-jobs-list.ts";
import { readMetrics } from "./read-metrics.ts";
import { managedJobSchema, managerMetricsSchema } from "./schema.ts";

/** Pages of real managers (gitlab-runner 19.4 on Kubernetes 1.34), taken at the same second. */
const recorded = (name: string) => readFileSync(path.join(import.meta.dirname, "recorded", name), "utf8");

describe("a recorded busy manager", () => {
  const metrics = readMetrics(recorded("busy.metrics.txt"));
  const list = readJobsList(recorded("busy.jobs.txt"));
  const [runner] = metrics.runners;

  it("is read whole, in words that are safe for the wire", () => {
    expect(metrics).toMatchObject({ unreadable: 0, dropped: 0, concurrent: 10, workerSlots: 10, processState: "running" });
    expect(metrics.version).toEqual({ version: "19.4.0", revision: "fc1f1862", builtAt: "2026-09-03T21:47:10Z" });
    expect(managerMetricsSchema.parse(structuredClone(metrics))).toEqual(metrics);
    expect(list.jobs.map((job) => managedJobSchema.parse(job))).toHaveLength(list.jobs.length);
  });

  it("tells the same jobs by stage as its own list", () => {
    const byStage = (stages: (string | null)[]) =>
      Object.fromEntries([...new Set(stages)].map((stage) => [stage, stages.filter((one) => one === stage).length]));
    expect(list).toMatchObject({ unreadable: 0, dropped: 0 });
    expect(list.jobs.length).toBeGreaterThan(3);
    expect(Object.fromEntries(runner?.jobs?.map(({ stage, count }) => [stage, count]) ?? [])).toEqual(
      byStage(list.jobs.map(({ stage }) => stage)),
    );
    expect(new Set(list.jobs.map(({ jobId }) => jobId)).size).toBe(list.jobs.length);
    expect(list.jobs.every(({ durationMs }) => durationMs !== null && durationMs > 0)).toBe(true);
  });

  it("tells runner, limits, polls and failures", () => {
    expect(metrics.runners).toHaveLength(1);
    expect(runner).toMatchObject({
      shortToken: "bedtokenr",
      name: "k8s-runner",
      systemId: "r_o2zuAJaDeEWB",
      limit: 0,
      requestConcurrency: { hardLimit: 2, exceededTotal: 0 },
      pausePods: { desired: null, current: null },
    });
    expect(runner?.requests.find(({ endpoint, status }) => endpoint === "request_job" && status === "201")?.count).toBe(runner?.jobsTotal);
    expect(runner?.failures.map(({ reason }) => reason)).toContain("script_failure");
    expect(runner?.queueDuration?.buckets.at(-1)).toEqual({ upToSeconds: null, count: runner?.queueDuration?.count });
    expect(runner?.queueDuration?.count).toBe(runner?.jobsTotal);
  });
});

describe("an idle manager, and one that says little", () => {
  it("has polled and holds nothing: that is known and empty", () => {
    const { runners } = readMetrics(recorded("idle.metrics.txt"));
    expect(runners[0]?.jobs).toEqual([]);
    expect(readJobsList("")).toEqual({ jobs: [], unreadable: 0, dropped: 0 });
  });

  it("an old runner: what has no row is null, not 0", () => {
    const { runners, concurrent, version, startedAt } = readMetrics(
      'gitlab_runner_concurrent 4\ngitlab_runner_limit{runner="abcdefgh"} 2\ngitlab_runner_api_request_statuses_total{endpoint="request_job",runner="abcdefgh",status="429"} 3\n',
    );
    expect({ concurrent, version, startedAt }).toEqual({ concurrent: 4, version: null, startedAt: null });
    expect(runners[0]).toMatchObject({ name: null, systemId: null, limit: 2, jobs: null, queueDuration: null, jobsTotal: null });
    expect(runners[0]?.requestConcurrency.usedLimit).toBeNull();
  });

  it("takes no secret and no control character over from labels", () => {
    const text = JSON.stringify(readMetrics('gitlab_runner_limit{runner="glrt-abcdefgh12345678",runner_name="a\u001b[31mb"} 1\n'));
    expect(text).not.toMatch(/abcdefgh12345678|\\u001b/);
  });
});

describe("lines of the job list", () => {
  it("keeps empty stages apart, reads older URLs, passes over what it does not know", () => {
    const { jobs, unreadable } = readJobsList(
      "url=https://gl/x/g/p/-/jobs/42 state=pending stage= executor_stage= duration=12ms new=1\nurl=https://gl/g/p/builds/7 state=running stage=a executor_stage=b duration=x\nnonsense\nurl=https://gl/g/p state=running\n",
    );
    expect(unreadable).toBe(1);
    expect(jobs.map(({ jobId, stage, durationMs }) => [jobId, stage, durationMs])).toEqual([
      ["42", null, 12],
      ["7", "a", null],
      [null, null, null],
    ]);
  });

  it.each([
    ["1h2m3.5s", 3_723_500],
    ["450ms", 450],
    ["0s", 0],
    ["1.5µs", 0.0015],
    ["-3s", -3_000],
    ["", null],
    ["5", null],
    ["5 s", null],
    ["1h".repeat(60), null],
  ])("reads the Go duration %j as %j ms", (text, ms) => expect(parseGoDuration(text)).toBe(ms));
});
