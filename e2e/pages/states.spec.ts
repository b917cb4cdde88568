import { readRules } from "../../lib/testing/fake-api/access-control.ts";
import { startProduct } from "../product.ts";
import { expect, row, test, untilLive } from "./fixture.ts";

test("no cluster: every page says what was tried and how to connect; the server is up and says the same", async ({ page }) => {
  const product = await startProduct({ KUBECONFIG: "/nonexistent/kubeconfig" });
  try {
    for (const path of ["/", "/jobs", "/sources"]) {
      await page.goto(`${product.url}${path}`);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.getByText("/nonexistent/kubeconfig").first()).toBeVisible();
      await expect(page.getByText("KUBECONFIG=~/.kube/config npm start")).toBeVisible();
    }
    expect(await (await fetch(`${product.url}/readyz`)).json()).toEqual({ status: "no-cluster" });
    expect((await fetch(`${product.url}/healthz`)).status).toBe(200);
  } finally {
    await page.close();
    await product.stop();
  }
});

test("an empty cluster: says what is watched, and shows the first job at once", async ({ page, openStage }) => {
  const stage = await openStage({ furnished: false });
  await page.goto(stage.url);
  await untilLive(page);
  await expect(page.getByRole("heading", { level: 1, name: "No job pods yet" })).toBeVisible();
  await expect(page.getByText("Watched: all namespaces of fake")).toBeVisible();
  await page.goto(`${stage.url}/jobs`);
  await expect(page.getByRole("heading", { name: "No job pod is live" })).toBeVisible();
  stage.fleet.run({ jobName: "the-first" });
  await expect(row(page, "the-first")).toBeVisible();
});

test("without the right to pods: the exact rule, never an empty list", async ({ page, openStage }) => {
  const stage = await openStage({
    prepare: (fleet) => {
      fleet.api.setUser("narrow", readRules(null, ["nodes", "events"]));
      fleet.run({ jobName: "unseen" });
    },
    kubeconfig: { user: "narrow" },
  });
  await page.goto(`${stage.url}/jobs`);
  await expect(page.getByText(/resources: \["pods"\]/).first()).toBeVisible();
  await expect(page.getByText(/verbs: .*"?watch"?/).first()).toBeVisible();
  await expect(page.getByText("No job pod has been seen")).toHaveCount(0);
  await page.goto(stage.url);
  await expect(page.getByText("Job pods may not be read.")).toBeVisible();
  await expect(page.getByRole("main").getByText(/Job pods: no data/)).toBeVisible();
  await page.goto(`${stage.url}/sources`);
  await expect(page.getByText("pods", { exact: false }).first()).toBeVisible();
  await expect(
    page
      .getByRole("row")
      .filter({ hasText: /deployment/i })
      .first(),
  ).toContainText(/not allowed|forbidden/i);
  stage.api.setUser("narrow", "all");
  await page.goto(`${stage.url}/jobs`);
  await expect(row(page, "unseen")).toBeVisible({ timeout: 30_000 });
});

test("one namespace only: its jobs are shown, and that it is only one", async ({ page, openStage }) => {
  const stage = await openStage({
    prepare: (fleet) => {
      fleet.api.setUser("team", readRules("ci", ["pods", "events", "deployments", "replicasets"]));
      fleet.run({ jobName: "ours" });
    },
    kubeconfig: { user: "team", namespace: "ci" },
  });
  await page.goto(`${stage.url}/jobs`);
  await expect(row(page, "ours")).toBeVisible();
  await page.goto(`${stage.url}/sources`);
  await expect(page.getByText(/\bci\b/).first()).toBeVisible();
});

test("the API server falls silent: the last state stays, marked as stale with its age, and heals", async ({ page, openStage }) => {
  const stage = await openStage({ prepare: (fleet) => void fleet.run({ jobName: "still-there" }) });
  await page.goto(`${stage.url}/jobs`);
  await expect(row(page, "still-there")).toBeVisible();
  await stage.api.pause();
  await expect(page.getByRole("region", { name: "Pods are no longer live." })).toBeVisible();
  await expect(row(page, "still-there")).toBeVisible();
  await page.goto(stage.url);
  await expect(page.getByText("Job pods are stale.")).toBeVisible();
  const pods = await stage.get<{ items: { source: string; state: { state: string; lastError?: { code: string } } }[] }>("/api/v1/sources");
  expect(pods.items.find((report) => report.source === "kubernetes-pods")?.state).toMatchObject({
    state: "stale",
    lastError: { code: "unreachable" },
  });
  stage.fleet.run({ jobName: "came-meanwhile" });
  await stage.api.resume();
  await expect(page.getByText("Job pods are stale.")).toHaveCount(0, { timeout: 40_000 });
  await page.goto(`${stage.url}/jobs`);
  await expect(row(page, "came-meanwhile")).toBeVisible();
});

test("Runnerscope itself is killed: the page says that nothing moves, and goes on when it is back", async ({
  page,
  consoleErrors,
  openStage,
}) => {
  consoleErrors.allow(/Failed to load resource|ERR_|net::/);
  const stage = await openStage({ prepare: (fleet) => void fleet.run({ jobName: "before-the-fall" }) });
  await page.goto(`${stage.url}/jobs`);
  await untilLive(page);
  const port = Number(new URL(stage.url).port);
  process.kill(stage.product.pid, "SIGKILL");
  await expect(page.getByText(/Disconnected for/)).toBeVisible();
  await expect(row(page, "before-the-fall")).toBeVisible();
  await stage.restart(port);
  stage.fleet.run({ jobName: "after-the-fall" });
  await expect(row(page, "after-the-fall")).toBeVisible({ timeout: 40_000 });
  await expect(page.getByText(/Disconnected for/)).toHaveCount(0);
});

test("addresses of nothing: a job that is not known, a number that no job has, a page that does not exist", async ({
  page,
  consoleErrors,
  openStage,
}) => {
  consoleErrors.allow(/404/);
  const stage = await openStage();
  await page.goto(`${stage.url}/jobs/fake/00000000-0000-4000-8000-000000000000`);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByRole("link", { name: /jobs/i }).first()).toBeVisible();
  await page.goto(`${stage.url}/j/123456789`);
  await expect(page.getByText("123456789").first()).toBeVisible();
  const answer = await page.goto(`${stage.url}/no/such/page`);
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  const problem = await fetch(`${stage.url}/api/v1/jobs/fake/nothing`);
  expect(problem.status).toBe(404);
  expect(problem.headers.get("content-type")).toContain("application/problem+json");
});

test("wrong settings are all named on the page and in the log, at once", async () => {
  await expect(startProduct({ RUNNERSCOPE_LOG_LEVEL: "loud", RUNNERSCOPE_KEEP_JOBS: "many" })).rejects.toThrow(
    /RUNNERSCOPE_LOG_LEVEL[\s\S]*RUNNERSCOPE_KEEP_JOBS|RUNNERSCOPE_KEEP_JOBS[\s\S]*RUNNERSCOPE_LOG_LEVEL/,
  );
});

test("a foreign host name is refused (DNS rebinding)", async ({ openStage }) => {
  const stage = await openStage();
  const { request } = await import("node:http");
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const call = request(`${stage.url}/api/v1/jobs`, { headers: { host: "evil.example" } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.on("error", reject);
    call.end();
  });
  expect(status).toBe(421);
});
