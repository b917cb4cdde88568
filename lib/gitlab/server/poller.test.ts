import { afterEach, describe, expect, it } from "vitest";
import { sourceReportSchema } from "../../base/source-state.ts";
import { fakeJob } from "../../testing/fake-gitlab/fake-job.ts";
import { fakeRunner, runPoller, until, wantedJobs, type PollerRun } from "../../testing/fake-gitlab/run-poller.ts";
import { blindSpotSchema, instanceSchema, jobRecordSchema, pendingViewSchema, runnerRecordSchema } from "../schema.ts";

const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});

async function start(options: Parameters<typeof runPoller>[0] = {}): Promise<PollerRun> {
  const run = await runPoller(options);
  open.push(run);
  return run;
}

describe("jobs that somebody wants to know about", () => {
  it("are read in batches over GraphQL, to their end and then no more", async () => {
    const { gitlab, poller, sent } = await start({ prefix: "/lab", factor: 60 });
    gitlab.projects.set(2, "group/other");
    gitlab.jobs = [fakeJob({ id: 1 }), fakeJob({ id: 2 }), fakeJob({ id: 3, projectId: 2 })];
    poller.want([...wantedJobs(1, 2), { jobId: "3", projectId: "2", projectPath: "group/other" }]);
    // The clock runs 60 times as fast, and a project's list is read over REST soon after: so it is each job's first reading that counts.
    const first = new Map<string, string>();
    poller.onChange(() => {
      for (const [id, { readFrom }] of poller.jobs()) if (!first.has(id)) first.set(id, readFrom);
    });
    poller.start();
    await until(() => poller.jobs().size === 3);
    expect(sent(/j1:job/)).toHaveLength(1);
    expect([...first.values()]).toEqual(["graphql", "graphql", "graphql"]);
    for (const job of poller.jobs().values())
      expect(jobRecordSchema.parse(job)).toMatchObject({ status: "running", managerSystemId: "r_AAAAAAAAAAAA" });
    expect(poller.jobs().get("3")).toMatchObject({ projectPath: "group/other", url: `${gitlab.url}/group/other/-/jobs/3` });
    gitlab.jobs = [
      fakeJob({ id: 1, status: "failed", exitCode: 137, failureReason: "runner_system_failure", finishedAt: "2026-11-25T00:00:50Z" }),
      fakeJob({ id: 2, status: "success", finishedAt: "2026-11-25T00:00:50Z" }),
      fakeJob({ id: 3, projectId: 2, status: "canceled" }),
    ];
    await until(
      () =>
        poller.jobs().get("1")?.failureReason === "runner_system_failure" &&
        [...poller.jobs().values()].every(({ status }) => status !== "running"),
    );
    expect(poller.jobs().get("1")).toMatchObject({ exitCode: 137, tags: ["k8s"] });
    const before = sent(/job\(|jobs\/\d/).length;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(sent(/job\(|jobs\/\d/)).toHaveLength(before);
  });

  it("many of one project come from its list, and those that are over one by one", async () => {
    const { gitlab, poller, sent } = await start();
    gitlab.jobs = [...Array.from({ length: 230 }, (_, i) => fakeJob({ id: i + 1 })), fakeJob({ id: 900, status: "success" })];
    poller.want(wantedJobs(...gitlab.jobs.map(({ id }) => id)));
    poller.start();
    await until(() => poller.jobs().size === 231);
    expect(sent(/scope/)).toHaveLength(3);
    expect(sent(/job\(|jobs\/\d/)).toHaveLength(1);
  });

  it("an old GitLab: fields that it does not know are left out, and a small complexity makes smaller queries", async () => {
    const { gitlab, poller } = await start({ admin: true });
    gitlab.without = new Set(["CiJob.exitCode", "CiJob.failureMessage", "CiJob.runnerManager", "Pipeline.status"]);
    gitlab.maxComplexity = 120;
    gitlab.jobs = [1, 2, 3].map((id) => fakeJob({ id }));
    poller.want(wantedJobs(1, 2, 3));
    poller.start();
    await until(() => poller.jobs().size === 3);
    expect(poller.jobs().get("2")).toMatchObject({ status: "running", exitCode: null, managerSystemId: null, readFrom: "graphql" });
  });

  it("no GraphQL at all: REST does it", async () => {
    const { gitlab, poller, sent } = await start();
    gitlab.graphql = false;
    gitlab.jobs = [1, 2].map((id) => fakeJob({ id }));
    poller.want(wantedJobs(1, 2));
    poller.start();
    await until(() => poller.jobs().size === 2);
    expect(poller.jobs().get("1")).toMatchObject({ readFrom: "rest", runner: { id: "8" } });
    expect(sent(/graphql/).length).toBeLessThanOrEqual(1);
  });

  it("a forged address of another project's job is not taken; REST under the project's id decides", async () => {
    const { gitlab, poller, sent } = await start();
    gitlab.projects.set(2, "secret/project");
    gitlab.jobs = [fakeJob({ id: 5, projectId: 2, name: "not yours" })];
    poller.want([
      { jobId: "5", projectId: "1", projectPath: "secret/project" },
      { jobId: "1 or 1", projectId: "1", projectPath: null },
    ]);
    poller.start();
    await until(() => sent(/projects\/1\/jobs\/5/).length > 0 && poller.blindSpots().some(({ subject }) => subject === "jobs"));
    expect(poller.jobs().size).toBe(0);
    expect(gitlab.requests.some(({ url }) => url.includes("1%20or"))).toBe(false);
  });

  it("jobs that nobody wants any more are forgotten", async () => {
    const { gitlab, poller } = await start();
    gitlab.jobs = [1, 2].map((id) => fakeJob({ id }));
    poller.want(wantedJobs(1, 2));
    poller.start();
    await until(() => poller.jobs().size === 2);
    poller.want(wantedJobs(2));
    expect([...poller.jobs().keys()]).toEqual(["2"]);
  });
});

describe("who waits", () => {
  const jobs = [
    fakeJob({ id: 1 }),
    fakeJob({ id: 2, status: "pending", tags: ["gpu"] }),
    fakeJob({ id: 3, status: "pending", tags: ["gpu"], projectId: 2 }),
    fakeJob({ id: 4, status: "pending", tags: [] }),
  ];

  it("an administrator sees the whole instance", async () => {
    const { gitlab, poller } = await start({ admin: true });
    gitlab.projects.set(2, "group/other");
    gitlab.jobs = [...jobs, ...Array.from({ length: 150 }, (_, i) => fakeJob({ id: 100 + i, status: "pending", tags: ["many"] }))];
    gitlab.runners = [fakeRunner(8)];
    poller.start();
    await until(() => poller.pending().scope === "instance" && poller.runners().size === 1);
    expect(pendingViewSchema.parse(poller.pending()).groups.map(({ tags, count }) => [tags, count])).toEqual(
      expect.arrayContaining([
        [["gpu"], 2],
        [[], 1],
        [["many"], 150],
      ]),
    );
    expect(runnerRecordSchema.parse(poller.runners().get("8"))).toMatchObject({
      shortToken: "abcdefgh",
      tags: ["k8s"],
      managers: [{ systemId: "r_8", status: "online" }],
    });
    expect(poller.blindSpots()).toEqual([]);
    expect(instanceSchema.parse(poller.instance())).toMatchObject({
      version: "18.3.1-ee",
      admin: true,
      scopes: ["read_api"],
      tokenExpiresAt: "2027-01-01",
    });
  });

  it("anybody else sees projects that run jobs here, and it is said that this is not all", async () => {
    const { gitlab, poller, sent } = await start();
    gitlab.projects.set(2, "group/other");
    gitlab.jobs = jobs;
    gitlab.runners = [fakeRunner(8)];
    poller.want(wantedJobs(1));
    poller.start();
    await until(() => poller.pending().scope === "projects" && poller.runners().get("8")?.managers !== null && poller.runners().size === 1);
    expect(poller.pending()).toMatchObject({
      projects: ["1"],
      groups: [{ count: 1 }, { count: 1 }],
    });
    expect(poller.runners().get("8")).toMatchObject({ tags: ["k8s"], managers: [{ systemId: "r_8" }] });
    expect(poller.blindSpots().map((spot) => blindSpotSchema.parse(spot))).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ subject: "pending-jobs", reason: "not-admin" }),
        expect.objectContaining({ subject: "runners", reason: "not-admin" }),
      ]),
    );
    const reports = poller.reports().map((report) => sourceReportSchema.parse(report));
    expect(reports.map(({ part, state }) => [part, state.state])).toEqual([
      [null, "live"],
      ["pending-jobs", "off"],
      ["runners", "off"],
    ]);
    expect(sent(/runners\/all/)).toHaveLength(0);
  });

  it("a project that may not be read is said, and not asked for ever", async () => {
    const { gitlab, poller, sent } = await start({ factor: 60 });
    gitlab.hidden.add(1);
    gitlab.jobs = jobs;
    poller.want(wantedJobs(1, 2));
    poller.start();
    await until(() =>
      poller.blindSpots().some(({ subject, reason, project }) => subject === "jobs" && reason === "forbidden" && project === "1"),
    );
    await new Promise((resolve) => setTimeout(resolve, 400));
    const before = sent(/projects\/1\/jobs/).length;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(sent(/projects\/1\/jobs/).length - before).toBeLessThanOrEqual(1);
    expect(poller.pending()).toEqual({ scope: "none", projects: [], at: null, groups: [] });
  });

  it("webhooks tell at once: who begins to wait, and who no longer does", async () => {
    const { gitlab, poller } = await start({ admin: true, factor: 1 });
    gitlab.jobs = [fakeJob({ id: 2, status: "pending", tags: ["gpu"] })];
    poller.start();
    await until(() => poller.pending().scope === "instance");
    const hook = (id: number, status: string) => ({ ...jobRecordSchema.parse({ ...blankJob, id: String(id), status }) });
    poller.takeHook([hook(2, "running"), hook(77, "pending")]);
    expect(poller.pending().groups).toMatchObject([{ tags: null, jobs: ["77"] }]);
  });
});

const blankJob = {
  ...Object.fromEntries(
    "projectId projectPath name stage ref sha failureReason failureMessage exitCode allowFailure stuck tags url createdAt queuedAt startedAt finishedAt queuedMs durationMs pipeline user runner managerSystemId"
      .split(" ")
      .map((key) => [key, null]),
  ),
  readAt: "2026-11-25T00:00:00.000Z",
  readFrom: "webhook",
};
