import { OOM_KILLED } from "../../lib/testing/fake-fleet.ts";
import { expect, test, untilLive } from "./fixture.ts";
import { Stage } from "./stage.ts";

let stage: Stage;
test.beforeAll(async () => {
  stage = await Stage.open();
});
test.afterAll(() => stage.close());

/** Until the product knows the pod: before that its page does not exist. */
async function known(pod: string): Promise<void> {
  await expect.poll(async () => (await stage.job(pod))?.pod).toBe(pod);
}

test("verdict, containers, events and conditions of a running job; the page moves with the pod", async ({ page }) => {
  const name = stage.fleet.run({ jobName: "with-db", job: 4711, services: { db: "postgres:17" } });
  await known(name);
  await page.goto(`${stage.url}${stage.jobPath(name)}`);
  await untilLive(page);
  await expect(page).toHaveTitle(/with-db/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("with-db #4711");
  for (const container of ["build", "helper", "db"]) await expect(page.getByRole("article", { name: container })).toBeVisible();
  await expect(page.getByRole("article", { name: "build" })).toContainText("registry.example.com/build/node:24");
  await expect(page.getByRole("link", { name: "Open the job in GitLab at gitlab.example.com (new tab)" })).toHaveAttribute(
    "href",
    "https://gitlab.example.com/payments/api/-/jobs/4711",
  );
  stage.fleet.endContainer(name, "db", OOM_KILLED);
  await expect(page.getByRole("article", { name: "db" })).toContainText("OOM-killed");
  await expect(page.getByRole("article", { name: "db" })).toContainText("137");
  stage.fleet.delete(name);
  await expect(page.getByText(/Deletion was requested at/)).toBeVisible();
  stage.fleet.finish(name);
  await expect(page.getByText(/The pod was deleted at/)).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("with-db #4711");
  await expect(page.getByText(/The pod was deleted at/)).toBeVisible();
});

test("137 after the deletion is not called an OOM kill, and an outcome that nobody saw is unknown", async ({ page }) => {
  const name = stage.fleet.run({ jobName: "ordinary-end" });
  await known(name);
  const path = stage.jobPath(name);
  stage.fleet.delete(name);
  stage.fleet.finish(name);
  await expect.poll(async () => (await stage.job(name))?.phase).toBe("ended");
  expect((await stage.job(name))?.verdict.kind).toBe("unknown");
  await page.goto(`${stage.url}${path}`);
  await expect(page.getByRole("region", { name: /Verdict/ })).not.toContainText(/OOM/);
  await expect(page.getByRole("article", { name: "build" })).toContainText("137");
});

test("an OOM kill that only the last state tells is the verdict", async ({ page }) => {
  const name = stage.fleet.run({ jobName: "killed-early" });
  await known(name);
  const path = stage.jobPath(name);
  stage.fleet.delete(name);
  stage.fleet.finish(name, { build: OOM_KILLED });
  await expect.poll(async () => (await stage.job(name))?.phase).toBe("ended");
  await page.goto(`${stage.url}${path}`);
  await expect(page.getByRole("region", { name: /Verdict/ })).toContainText(/OOM/);
});

test("an image that cannot be pulled: reason and remedy, without the registry's password", async ({ page }) => {
  const name = stage.fleet.create({ jobName: "no-such-image" });
  stage.fleet.schedule(name);
  stage.fleet.prepare(name);
  stage.fleet.failPull(name);
  await expect.poll(async () => (await stage.job(name))?.verdict.kind).toBe("waiting-image");
  await page.goto(`${stage.url}${stage.jobPath(name)}`);
  await expect(page.getByRole("region", { name: /Verdict/ })).toContainText(/image/i);
  await expect(page.getByRole("article", { name: "build" })).toContainText("ImagePullBackOff");
  await expect(page.getByRole("region", { name: /Verdict/ })).toContainText("registry.example.com/nope:1");
  await expect(page.locator("body")).not.toContainText("planted-");
  const path = stage.jobPath(name);
  stage.fleet.delete(name);
  stage.fleet.finish(name, { build: { exitCode: 137, reason: "ContainerStatusUnknown" } });
  await expect.poll(async () => (await stage.job(name))?.verdict.kind).toBe("image-pull-failed");
  expect(new URL(page.url()).pathname).toBe(path);
});

test("an eviction says which node ran out of what", async ({ page }) => {
  const name = stage.fleet.run({ jobName: "pushed-out", node: "node-2" });
  stage.fleet.evict(name);
  await expect.poll(async () => (await stage.job(name))?.verdict.kind).toBe("evicted");
  await page.goto(`${stage.url}${stage.jobPath(name)}`);
  await expect(page.getByRole("region", { name: /Verdict/ })).toContainText(/memory|evicted/i);
});

test("an older runner's pod and one with native steps are jobs too; a pause pod is none", async () => {
  const legacy = stage.fleet.run({ jobName: "old-runner", shape: "legacy" });
  const steps = stage.fleet.run({ jobName: "native-steps", shape: "concrete" });
  const { buildPausePod } = await import("../../lib/testing/fake-api/build-manager.ts");
  const pause = stage.api.store.put("pods", buildPausePod()).metadata.name;
  await known(legacy);
  await known(steps);
  expect((await stage.job(legacy))?.shape).toBe("legacy-exec");
  expect((await stage.job(steps))?.shape).toBe("concrete");
  expect(await stage.job(pause)).toBeUndefined();
});

test("the address with GitLab's job number leads to the job", async ({ page }) => {
  const name = stage.fleet.run({ jobName: "by-number", job: 98765 });
  await known(name);
  await page.goto(`${stage.url}/j/98765`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("by-number");
  expect(new URL(page.url()).pathname).toBe(stage.jobPath(name));
});

test("what a job author writes is text, never markup, and no link leads where a script runs", async ({ page }) => {
  const name = stage.fleet.run({
    jobName: '<img src=x onerror="document.title=1">',
    ref: "</script><script>alert(1)</script>",
    annotations: { "job.runner.gitlab.com/url": "javascript:alert(1)" },
  });
  await known(name);
  await page.goto(`${stage.url}${stage.jobPath(name)}`);
  await untilLive(page);
  await expect(page.getByRole("heading", { level: 1 })).toContainText('<img src=x onerror="document.title=1">');
  await expect(page.locator('a[href^="javascript:"]')).toHaveCount(0);
  await expect(page.locator("main img")).toHaveCount(0);
});
