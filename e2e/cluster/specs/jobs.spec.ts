import type { Page } from "@playwright/test";
import { samples } from "../samples.ts";
import { expectSameContainers, expectSameTimes, untilDeleted } from "./compare.ts";
import { expect, test } from "./fixture.ts";
import { isExecuting, ProductView } from "./product-view.ts";

const row = (page: Page, name: string) => page.getByRole("row").filter({ hasText: name });

test("a job that clones and runs a script appears, moves through its phases, ends and is kept", async ({ stage, page }) => {
  const view = new ProductView(stage.product.url);
  await page.goto(`${stage.product.url}/jobs`);
  const { id } = await stage.bed.submit({ ...samples.clone, name: "clone-and-script" });
  await expect(row(page, "clone-and-script")).toBeVisible({ timeout: 30_000 });
  const running = await view.until(id, "executing", isExecuting);
  expect(running.verdict.kind).toBe("running");
  expect(running.containers.filter((container) => container.role === "build" || container.role === "helper")).toHaveLength(2);
  expect(running.node).not.toBeNull();
  expect(running.gitlab.project).toMatchObject({ state: "known", value: "group/sample" });
  const history = await untilDeleted(() => stage.truth.ofJob(id));
  const ended = await view.until(id, "ended", (job) => job.phase === "ended");
  expect(ended.uid).toBe(history.uid);
  expectSameContainers(ended, history.last);
  expectSameTimes(ended, history);
  await page.goto(`${stage.product.url}/jobs/${encodeURIComponent(ended.cluster)}/${ended.uid}`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("clone-and-script");
  await expect(page.getByText(/pod was deleted/i).first()).toBeVisible();
});

test("a job with a service shows the service by its alias", async ({ stage }) => {
  const view = new ProductView(stage.product.url);
  const { id } = await stage.bed.submit({ ...samples.service, name: "with-service" });
  const running = await view.until(id, "executing", isExecuting);
  const services = running.containers.filter((container) => container.role === "service");
  expect(services).toHaveLength(1);
  expect(services[0]?.aliases.length).toBeGreaterThan(0);
  const history = await untilDeleted(() => stage.truth.ofJob(id));
  const ended = await view.until(id, "ended", (job) => job.phase === "ended");
  expectSameContainers(ended, history.last);
  expectSameTimes(ended, history);
});

test("a Docker-in-Docker job that runs docker build is recognised, and succeeds", async ({ stage }) => {
  const view = new ProductView(stage.product.url);
  const { id } = await stage.bed.submit({ ...samples.dind, name: "docker-build" });
  const running = await view.until(id, "executing", isExecuting);
  const docker = running.containers.filter((container) => container.role === "dind");
  expect(docker).toHaveLength(1);
  expect(docker[0]?.privileged).toBe(true);
  expect(docker[0]?.aliases).toContain("docker");
  const job = await stage.bed.waitForJob(id, (one) => one.state === "success" || one.state === "failed", 180_000);
  expect(job.state).toBe("success");
  const history = await untilDeleted(() => stage.truth.ofJob(id));
  const ended = await view.until(id, "ended", (one) => one.phase === "ended");
  expectSameContainers(ended, history.last);
  expectSameTimes(ended, history);
});

test("a failing job's outcome is not in Kubernetes: its manager's counters tell it, or the product says who shares the moment", async ({
  stage,
}) => {
  const view = new ProductView(stage.product.url);
  const { id } = await stage.bed.submit({ ...samples.fail, name: "exit-three" });
  const job = await stage.bed.waitForJob(id, (one) => one.state === "failed", 120_000);
  expect(job.exit_code).toBe(3);
  const history = await untilDeleted(() => stage.truth.ofJob(id));
  const ended = await view.until(id, "ended", (one) => one.phase === "ended");
  expect(ended.verdict.certainty).not.toBe("confirmed");
  // `unknown`: another job left the manager between the same two looks, and one of them failed.
  expect(["script-failed", "unknown"]).toContain(ended.verdict.kind);
  expect(ended.verdict.evidence.map(({ field }) => field)).toEqual(
    expect.arrayContaining(["/debug/jobs/list", "gitlab_runner_failed_jobs_total"]),
  );
  expect(ended.gitlab.status.state).toBe("unknown");
  expectSameContainers(ended, history.last);
  expectSameTimes(ended, history);
});

test("an image that cannot be pulled is named while the job waits for it", async ({ stage }) => {
  const view = new ProductView(stage.product.url);
  const { id } = await stage.bed.submit({ ...samples.badimage, name: "no-such-image" });
  const failed = await view.until(
    id,
    "judged",
    (job) => job.verdict.kind === "image-pull-failed" || job.findings.some((finding) => finding.kind === "image-pull-retry"),
  );
  expect(failed.verdict.container ?? failed.findings[0]?.container).toBe("build");
  const history = await untilDeleted(() => stage.truth.ofJob(id));
  const ended = await view.until(id, "ended", (job) => job.phase === "ended" && job.uid === history.uid);
  expect(ended.verdict.kind).toBe("image-pull-failed");
  expectSameContainers(ended, history.last);
});

test("a pod that does not fit waits for the cluster, with the scheduler's reason", async ({ stage, page }) => {
  const view = new ProductView(stage.product.url);
  const { id } = await stage.bed.submit({ ...samples.toobig, name: "does-not-fit" });
  const waiting = await view.until(id, "waiting", (job) => job.verdict.kind === "waiting-cluster");
  expect(waiting.node).toBeNull();
  expect(waiting.phase).toBe("scheduling");
  expect(waiting.verdict.evidence.map((evidence) => evidence.value).join(" ")).toMatch(/Insufficient|nodes are available/);
  await page.goto(stage.product.url);
  // Some of it stands in details that are folded.
  const said = page.getByText(/does not fit|unschedulable|no node|no room/i).filter({ visible: true });
  await expect(said.first()).toBeVisible();
  const history = await untilDeleted(() => stage.truth.ofJob(id), 150_000);
  const ended = await view.until(id, "ended", (job) => job.phase === "ended" && job.uid === history.uid);
  expectSameTimes(ended, history);
});

test("a cancelled job is seen being deleted, then gone", async ({ stage }) => {
  const view = new ProductView(stage.product.url);
  const { id } = await stage.bed.submit({ ...samples.sleep, name: "to-be-cancelled" });
  await view.until(id, "executing", isExecuting);
  // A cancel that reaches the runner while it starts the script is lost: the runner waits, and the script goes on (seen with 19.4).
  await expect.poll(() => stage.bed.trace(id), { timeout: 60_000 }).toContain("$ sleep 300");
  await stage.bed.cancel(id);
  const stopping = await view.until(id, "cleaning up", (job) => job.phase === "cleanup" || job.phase === "ended");
  expect(stopping.deletionRequestedAt).not.toBeNull();
  const history = await untilDeleted(() => stage.truth.ofJob(id));
  const ended = await view.until(id, "ended", (job) => job.phase === "ended");
  expectSameContainers(ended, history.last);
  expectSameTimes(ended, history);
  for (const container of ended.containers.filter((one) => one.role === "build" || one.role === "helper"))
    expect(container.afterDeletion).toBe(true);
});

test("a child of the script that is OOM-killed leaves a finding, confirmed by the kubelet", async ({ stage }) => {
  const view = new ProductView(stage.product.url);
  const { id } = await stage.bed.submit({ ...samples.oom, name: "oom-child" });
  const history = await untilDeleted(() => stage.truth.ofJob(id));
  const ended = await view.until(id, "ended", (job) => job.phase === "ended" && job.uid === history.uid);
  const said =
    ended.verdict.kind === "oom-killed" || ended.findings.some((finding) => finding.kind === "oom-kill" && finding.container === "build");
  const reason = history.last.status.containerStatuses?.find((status) => status.name === "build")?.state.terminated?.reason;
  expect(said).toBe(reason === "OOMKilled");
  expect(reason).toBe("OOMKilled");
});

test("a manager restart is seen: the old pod goes, the new one comes, the count is right", async ({ stage, page }) => {
  const view = new ProductView(stage.product.url);
  const before = await view.get<{ items: { pod: string; ready: boolean }[] }>("/api/v1/managers");
  expect(before.items).toHaveLength(3);
  const gone = before.items[0]?.pod ?? "";
  await page.goto(`${stage.product.url}/managers`);
  await expect(page.getByText(gone).first()).toBeVisible();
  await stage.bed.kubectl("-n", "gitlab-runner", "delete", "pod", gone, "--wait=false");
  await expect
    .poll(
      async () =>
        (await view.get<{ items: { pod: string; ready: boolean }[] }>("/api/v1/managers")).items.filter(
          (one) => one.ready && one.pod !== gone,
        ).length,
      { timeout: 120_000 },
    )
    .toBe(3);
  await expect
    .poll(async () => (await view.get<{ items: { pod: string }[] }>("/api/v1/managers")).items.some((one) => one.pod === gone), {
      timeout: 120_000,
    })
    .toBe(false);
  await expect(page.getByText(gone)).toHaveCount(0);
});
