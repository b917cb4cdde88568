import { describe, expect, it } from "vitest";
import { planJobRequest, type JobDemand, type PlanInput } from "./plan-requests.ts";
import { readRestJob } from "./read-job.ts";

const NOW = Date.parse("2026-11-25T00:10:00.000Z");

function demand(jobId: number, over: Partial<JobDemand> = {}, status: string | null = null, ageMs = 0): JobDemand {
  const context = { projectId: "1", projectPath: null, baseUrl: "https://gl.example", readAtMs: NOW - ageMs };
  const record = status === null ? null : readRestJob({ id: jobId, status }, context);
  return {
    jobId: String(jobId),
    projectId: "1",
    projectPath: "g/p",
    record,
    askedAtMs: null,
    askedFinal: false,
    restOnly: false,
    notBeforeMs: 0,
    ...over,
  };
}

const plan = (demands: JobDemand[], over: Partial<PlanInput> = {}) =>
  planJobRequest({ nowMs: NOW, demands, listedAtMs: new Map(), hookedAtMs: new Map(), batch: 6, ...over });
const ids = ({ request }: ReturnType<typeof plan>) =>
  request?.kind === "batch" ? request.jobs.map(({ jobId }) => jobId) : request?.kind === "single" ? [request.job.jobId] : [request?.kind];

describe("the next request", () => {
  it("nothing is due: none", () => {
    expect(plan([])).toEqual({ request: null, due: 0 });
    expect(
      plan([
        demand(1, {}, "running", 29_000),
        demand(2, {}, "success", 900_000),
        demand(3, { notBeforeMs: NOW + 1 }),
        demand(4, { projectId: null, projectPath: null }),
      ]),
    ).toEqual({ request: null, due: 0 });
  });

  it("never read comes first, then the oldest; a batch takes other projects along", () => {
    const jobs = [demand(1, {}, "running", 40_000), demand(2, {}, "running", 90_000), demand(3, { projectId: "2", projectPath: "g/q" })];
    expect(ids(plan(jobs))).toEqual(["3", "2", "1"]);
    expect(ids(plan(jobs, { batch: 2 }))).toEqual(["3", "2"]);
    expect(ids(plan(jobs, { batch: 0 }))).toEqual(["3"]);
  });

  it("four of a project are its list, unless it was just listed", () => {
    const jobs = [1, 2, 3, 4].map((id) => demand(id));
    expect(plan(jobs)).toEqual({ request: { kind: "list", project: "1" }, due: 4 });
    expect(ids(plan(jobs, { listedAtMs: new Map([["1", NOW - 19_000]]) }))).toEqual(["1", "2", "3", "4"]);
    expect(ids(plan(jobs, { listedAtMs: new Map([["1", NOW - 20_000]]) }))).toEqual(["list"]);
  });

  it("failed without a reason is read once by REST", () => {
    expect(plan([demand(1, {}, "failed", 5_000)]).request).toMatchObject({ kind: "single", job: { jobId: "1" } });
    expect(plan([demand(1, { askedFinal: true }, "failed", 900_000)]).request).toBeNull();
  });

  it("what GraphQL does not find goes alone; without a path too", () => {
    expect(plan([demand(1, { restOnly: true })]).request?.kind).toBe("single");
    expect(plan([demand(1, { projectPath: null })]).request?.kind).toBe("single");
    expect(ids(plan([demand(1), demand(2, { restOnly: true }), demand(3)]))).toEqual(["1", "3"]);
  });

  it("where webhooks come in, running jobs are read again seldom", () => {
    const jobs = [demand(1, {}, "running", 60_000)];
    expect(plan(jobs, { hookedAtMs: new Map([["1", NOW - 60_000]]) }).request).toBeNull();
    expect(plan(jobs, { hookedAtMs: new Map([["1", NOW - 1_000_000]]) }).request).not.toBeNull();
    expect(plan([demand(1, {}, "running", 301_000)], { hookedAtMs: new Map([["1", NOW]]) }).request).not.toBeNull();
  });

  it("10,000 jobs are planned in milliseconds", () => {
    const jobs = Array.from({ length: 10_000 }, (_, i) => demand(i + 1, { projectId: String(i % 300) }, "running", 60_000 + (i % 977)));
    const started = performance.now();
    for (let i = 0; i < 10; i++) plan(jobs);
    expect((performance.now() - started) / 10).toBeLessThan(50);
  });
});
