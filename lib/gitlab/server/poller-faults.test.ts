import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { fakeJob } from "../../testing/fake-gitlab/fake-job.ts";
import { fakeRunner, runPoller, until, wantedJobs, type PollerRun } from "../../testing/fake-gitlab/run-poller.ts";
import { requestBudgetSchema } from "../../base/source-state.ts";

const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.stop();
});

async function start(options: Parameters<typeof runPoller>[0] = {}): Promise<PollerRun> {
  const run = await runPoller(options);
  open.push(run);
  return run;
}

describe("when GitLab is ill", () => {
  const broken: [string, string, (response: ServerResponse) => void][] = [
    ["unreachable", "unreachable", (response) => void response.socket?.destroy()],
    ["silent", "timeout", () => {}],
    ["down", "server", (response) => void response.writeHead(502).end()],
    ["a sign-in page", "protocol", (response) => void response.end("<html>")],
  ];
  it.each(broken)("%s: says so, keeps what it told, asks less and less, and heals", async (_, code, answer) => {
    const { gitlab, poller, warned } = await start({ factor: 40 });
    gitlab.jobs = [fakeJob({ id: 1 })];
    poller.want(wantedJobs(1));
    poller.start();
    await until(() => poller.jobs().size === 1);
    gitlab.fault = (__, response) => (answer(response), true);
    await until(() => poller.reports()[0]?.state.state === "stale");
    expect(poller.reports()[0]).toMatchObject({ state: { lastError: { code } }, objects: 1 });
    expect(poller.jobs().size).toBe(1);
    const before = gitlab.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(gitlab.requests.length - before).toBeLessThan(20);
    expect(warned).toHaveLength(1);
    gitlab.fault = null;
    await until(() => poller.reports()[0]?.state.state === "live");
  });

  it("garbage between jobs costs only itself", async () => {
    const { gitlab, poller } = await start();
    gitlab.graphql = false;
    const garbage = [null, 1, "x", [], {}, { id: { $gt: 0 }, status: "running" }, { id: 5, status: ["running"] }];
    const good = [1, 2, 3, 4].map((id) => ({ id, status: "running", tag_list: [null, "k8s", 7], pipeline: "x", runner: { id: null } }));
    gitlab.fault = (request, response) => {
      if (!request.url?.includes("scope")) return false;
      response.end(JSON.stringify([...garbage, ...good, ...garbage]));
      return true;
    };
    poller.want(wantedJobs(1, 2, 3, 4));
    poller.start();
    await until(() => poller.jobs().size === 4);
    expect(poller.jobs().get("3")).toMatchObject({ status: "running", tags: ["k8s"], pipeline: null, runner: null });
    expect(poller.reports()[0]?.state.state).toBe("live");
  });

  it("a wrong token: unauthorized, no job unknown becomes anything else; the next token heals it", async () => {
    const { gitlab, poller, rotate, warned } = await start({ factor: 40 });
    gitlab.jobs = [fakeJob({ id: 1 })];
    gitlab.tokens = new Map([["token-two", { admin: false, scopes: ["read_api"] }]]);
    poller.want(wantedJobs(1));
    poller.start();
    await until(() => poller.reports()[0]?.state.state === "failed");
    expect(poller.reports()[0]).toMatchObject({ state: { error: { code: "unauthorized" } }, lastHeardAt: null });
    expect(poller.jobs().size).toBe(0);
    rotate("token-two");
    await until(() => poller.jobs().size === 1);
    expect(warned.join()).not.toMatch(/token-(one|two)/);
  });

  it("too little scope: it is said of each thing, GitLab itself is no failure, and a token with the scope heals it", async () => {
    const { gitlab, poller, rotate, warned } = await start({ scopes: ["read_user"], factor: 40 });
    gitlab.jobs = [fakeJob({ id: 1, status: "pending" })];
    poller.want(wantedJobs(1));
    poller.start();
    const lacks = () => poller.blindSpots().filter(({ reason }) => reason === "insufficient-scope");
    const subjects = ["instance", "jobs", "pending-jobs", "runners"];
    await until(() => subjects.every((subject) => lacks().some((spot) => spot.subject === subject)));
    expect(poller.instance()).toMatchObject({ version: null, admin: null });
    expect(poller.reports()[0]?.state.state).toBe("live");
    expect(poller.pending().scope).toBe("none");
    expect(warned).toEqual([]);
    gitlab.tokens.set("token-two", { admin: true, scopes: ["read_api"] });
    rotate("token-two");
    await until(() => poller.pending().scope === "instance" && poller.jobs().size === 1);
    await until(() => lacks().length === 0);
  });

  it("a token with more rights: what was not to be seen is seen within two minutes, nothing is restarted", async () => {
    const { gitlab, poller, rotate } = await start({ factor: 60 });
    gitlab.jobs = [fakeJob({ id: 1, status: "pending" })];
    gitlab.runners = [fakeRunner(8)];
    poller.want(wantedJobs(1));
    poller.start();
    const blind = () => poller.blindSpots().map(({ subject, reason }) => `${subject} ${reason}`);
    await until(() => blind().includes("pending-jobs not-admin") && blind().includes("runners not-admin"));
    expect(poller.reports().map(({ part }) => part)).toEqual([null, "pending-jobs", "runners"]);
    gitlab.tokens.set("token-two", { admin: true, scopes: ["read_api"] });
    rotate("token-two");
    await until(() => blind().length === 0);
    await until(() => poller.pending().scope === "instance");
    expect(poller.instance()).toMatchObject({ admin: true });
    expect(poller.reports().map(({ part }) => part)).toEqual([null]);
  });

  it("a proxy that refused GraphQL and lets it through again: it is used again", async () => {
    const { gitlab, poller } = await start({ factor: 200, admin: true });
    gitlab.jobs = [fakeJob({ id: 1, status: "pending" })];
    gitlab.fault = (request, response) => request.url?.includes("graphql") === true && (response.writeHead(403).end("{}"), true);
    poller.want(wantedJobs(1));
    poller.start();
    await until(() => poller.pending().scope === "projects");
    expect(poller.blindSpots()).toMatchObject([{ subject: "pending-jobs", reason: "forbidden" }]);
    gitlab.fault = null;
    await until(() => poller.pending().scope === "instance");
    expect(poller.blindSpots()).toEqual([]);
  });

  it("429 for ten minutes: nothing is asked meanwhile, and it is said until when", async () => {
    const { gitlab, poller } = await start({ factor: 400 });
    gitlab.jobs = [fakeJob({ id: 1 })];
    poller.want(wantedJobs(1));
    poller.start();
    await until(() => poller.jobs().size === 1);
    gitlab.fault = (_, response) => (response.writeHead(429, { "retry-after": "600" }).end(), true);
    await until(() => poller.reports()[0]?.state.state === "stale");
    expect(poller.reports()[0]).toMatchObject({ state: { lastError: { code: "throttled" } } });
    expect(requestBudgetSchema.parse(poller.reports()[0]?.budget).pausedUntil).not.toBeNull();
    const before = gitlab.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(gitlab.requests.length).toBe(before);
    gitlab.fault = null;
    await until(() => poller.reports()[0]?.state.state === "live");
  });

  it("10,000 jobs and a budget of 60 a minute: never above it, runners and waiting jobs not starved", async () => {
    const { gitlab, poller, clock } = await start({ perMinute: 60, admin: true, factor: 60 });
    for (let project = 1; project <= 100; project++) gitlab.projects.set(project, `group/p${project}`);
    gitlab.jobs = Array.from({ length: 10_000 }, (_, i) =>
      fakeJob({ id: i + 1, projectId: (i % 100) + 1, status: i % 10 === 0 ? "pending" : "running" }),
    );
    gitlab.runners = [fakeRunner(8)];
    const sent: number[] = [];
    gitlab.fault = () => (sent.push(clock.monotonic()), false);
    poller.want(
      gitlab.jobs.map(({ id, projectId }) => ({ jobId: String(id), projectId: String(projectId), projectPath: `group/p${projectId}` })),
    );
    poller.start();
    await until(() => poller.jobs().size === 10_000, 15_000);
    expect(poller.runners().size).toBe(1);
    expect(poller.pending()).toMatchObject({ scope: "instance", groups: [{ count: 1_000 }] });
    expect(poller.reports()[0]?.budget?.waiting).toBeGreaterThan(0);
    // A request is counted when it leaves; it arrives a little later.
    for (const time of sent) expect(sent.filter((other) => other > time - 58_000 && other <= time).length).toBeLessThanOrEqual(60);
  });
});
