// How full the managers are, and which ceiling binds: five ceilings made one after the other on the same bed.
import type { Page } from "@playwright/test";
import type { RbacRule } from "../../../lib/base/source-state.ts";
import type { Bed } from "../bed/bed.ts";
import { expectCells, expectManagers, expectNamed, expectSameList, heldBy, managersOf, overviewOf, until } from "./capacity-claims.ts";
import { ManagerTruth } from "./capacity-truth.ts";
import { expect, test } from "./fixture.ts";
import { ProductView } from "./product-view.ts";

/** Small enough that 30 of them fit on one node of two processors. */
const SMALL = Object.fromEntries(
  ["", "HELPER_"].flatMap((kind) => [
    [`KUBERNETES_${kind}CPU_REQUEST`, "10m"],
    [`KUBERNETES_${kind}MEMORY_REQUEST`, "16Mi"],
  ]),
);
async function submit(bed: Bed, count: number, name: string, variables: Record<string, string> = {}): Promise<number[]> {
  const job = { name, git: false, script: ["sleep 900"], variables: { ...SMALL, ...variables } };
  return Promise.all(Array.from({ length: count }, async () => (await bed.submit(job)).id));
}

test.describe("capacity", () => {
  test.describe.configure({ mode: "serial" });
  let page: Page;
  let truth: ManagerTruth;
  let jobs: number[] = [];

  test.beforeAll(async ({ browser, stage }) => {
    truth = new ManagerTruth(stage.bed);
    await truth.start();
    page = await browser.newPage();
    await page.goto(stage.product.url);
  });
  test.afterAll(async () => {
    await truth.stop();
    await page.close();
  });

  test("three managers of 10 are 30 slots, all free", async ({ stage }) => {
    const view = new ProductView(stage.product.url);
    await until("The managers hold no job", () => truth.held() === 0 && truth.latest().size === 3);
    await expect
      .poll(async () => (await overviewOf(view)).slots, { timeout: 30_000 })
      .toMatchObject({ state: "known", value: { managers: 3, unknownManagers: 0, total: 30, used: 0, free: 30 } });
    for (const manager of await managersOf(view)) expect(manager.slots).toMatchObject({ total: { value: 10 }, boundBy: "concurrent" });
    await expect(page.getByRole("heading", { name: /^Slots/ })).toContainText("0 of 30 busy");
  });

  test("without the right to read ConfigMaps the page says which one is missing; it is given for later", async ({ stage }) => {
    const view = new ProductView(stage.product.url);
    const rule = { apiGroup: "", resource: "configmaps", verbs: ["get"], namespace: "gitlab-runner" };
    await expect
      .poll(async () => (await managersOf(view)).map(({ config }) => config), { timeout: 30_000 })
      .toEqual(Array.from({ length: 3 }, () => ({ told: { state: "unknown", reason: "forbidden" }, rule })));
    await page.goto(`${stage.product.url}/managers`);
    const section = page.locator(".mcard .config").first();
    await section.locator("summary").click();
    await expect(section.locator("pre")).toContainText('resources: ["configmaps"]');
    await expect(section.locator("pre")).toContainText("namespace gitlab-runner");
    await grant(stage.bed, rule);
  });

  test("with 25 jobs the slot map is what the managers say at that second, and each job has its manager", async ({ stage }) => {
    const view = new ProductView(stage.product.url);
    jobs = await submit(stage.bed, 25, "fill");
    // While they come, too: whatever the product shows of a manager is what that manager said within a second of the time that it gives.
    let compared = 0;
    const inScript = () =>
      [...truth.latest().values()].flatMap((one) => [...one.jobs.values()]).filter((stage_) => stage_ === "step_script");
    await until(
      "25 jobs run their script",
      async () => {
        for (const manager of await managersOf(view)) compared += expectSameList(manager, truth) ? 1 : 0;
        return inScript().length === 25;
      },
      180_000,
    );
    console.log(`${compared} slot maps were compared while 25 jobs came`);
    expect(compared).toBeGreaterThan(10);
    const steady = Date.now();
    await until("The product has read all managers since", async () =>
      (await managersOf(view)).every((one) => one.jobs.state === "known" && Date.parse(one.jobs.at) > steady),
    );
    const managers = await managersOf(view);
    for (const manager of managers) {
      const told = truth.latest().get(manager.pod)?.jobs;
      expect(new Map(heldBy(manager).map((one) => [one.jobId, one.stage]))).toEqual(told);
      expect(manager.slots).toMatchObject({ used: { value: told?.size }, free: { value: 10 - (told?.size ?? 0) } });
    }
    expect(new Set(managers.flatMap(heldBy).map(({ jobId }) => Number(jobId)))).toEqual(new Set(jobs));
    await expectManagers(view, truth, jobs);
    await expectCells(page, stage.product.url, managers);
  });

  test("GitLab answers 429: the request path binds", async ({ stage }) => {
    const view = new ProductView(stage.product.url);
    await page.goto(stage.product.url);
    // Jobs of earlier files that got no pod are news for two minutes.
    await expect.poll(async () => (await overviewOf(view)).capacity.binds, { timeout: 150_000 }).toBe("none");
    stage.bed.polls.set(429);
    jobs.push(...(await submit(stage.bed, 5, "held-back")));
    await until("A poll is refused", () => stage.bed.polls.refusedAt !== null);
    const told = await expectNamed("429", stage.bed.polls.refusedAt ?? 0, view, page, {
      binds: "request-path",
      key: "capacity.request-path",
      values: { status: "429", free: 5 },
      says: "The request path binds: 5 slots are free, but GitLab answers the managers’ polls with 429.",
    });
    expect(told.capacity.requestPath).toMatchObject({ state: "held" });
    expect(told.waiting.state).toBe("unknown");
    stage.bed.polls.set(null);
  });

  test("concurrent is full: slots bind", async ({ stage }) => {
    const view = new ProductView(stage.product.url);
    jobs.push(...(await submit(stage.bed, 3, "too-many")));
    const since = await until("30 jobs are held", () => truth.held() === 30);
    const told = await expectNamed("concurrent full", since, view, page, {
      binds: "slots",
      key: "capacity.slots",
      values: { total: 30, by: "concurrent" },
      says: "Slots bind: all 30 slots are taken (concurrent).",
    });
    expect(told.slots).toMatchObject({ value: { total: 30, used: 30, free: 0 } });
    expect(jobs.filter((id) => stage.bed.job(id).state === "pending")).toHaveLength(3);
  });

  test("all managers are stopped: slots and waiting are unknown, never 0", async ({ stage }) => {
    const view = new ProductView(stage.product.url);
    await truth.stop();
    await stage.bed.stopManagers();
    await expect.poll(async () => (await managersOf(view)).length, { timeout: 30_000 }).toBe(0);
    const { slots, waiting, waitingTags, capacity } = await overviewOf(view);
    expect([slots.state, waiting.state, waitingTags.state, capacity.binds]).toEqual(["unknown", "unknown", "unknown", "unknown"]);
    await expect(page.getByRole("heading", { name: /^Slots/ })).not.toContainText(/\d/);
    const figures = page.getByRole("region", { name: "Figures of the fleet" });
    await expect(figures.getByText("slots busy").locator("..")).not.toContainText(/\d/);
    await expect(figures.getByText("jobs wait").locator("..")).not.toContainText(/\d/);
  });

  test("limit is full: slots bind, by the runners' limit", async ({ stage }) => {
    const view = new ProductView(stage.product.url);
    const waiting = jobs.filter((id) => stage.bed.job(id).state === "pending");
    expect(waiting).toHaveLength(3);
    await stage.bed.restartManagers({ limit: 2 });
    await truth.start();
    jobs = [...waiting, ...(await submit(stage.bed, 5, "limited"))];
    const since = await until("6 jobs are held", () => truth.held() === 6);
    const told = await expectNamed("limit full", since, view, page, {
      binds: "slots",
      key: "capacity.slots",
      values: { total: 6, by: "limits" },
      says: "Slots bind: all 6 slots are taken (the runners’ limit).",
    });
    expect(told.slots).toMatchObject({ value: { total: 6, used: 6, free: 0 } });
    await expectConfig(view, page, stage.product.url);
    await page.goto(stage.product.url);
    expect(jobs.filter((id) => stage.bed.job(id).state === "pending")).toHaveLength(2);
    await startAnew(stage.bed, truth);
  });

  test("the node is full by requests: the cluster binds, for want of CPU", async ({ stage }) => {
    const view = new ProductView(stage.product.url);
    const allocatable = await stage.bed.kubectl("get", "nodes", "-o", "jsonpath={.items[0].status.allocatable.cpu}");
    const millicores = allocatable.endsWith("m") ? Number.parseInt(allocatable, 10) : Number(allocatable) * 1_000;
    // Two of them are more than the node has.
    jobs = await submit(stage.bed, 2, "large", { KUBERNETES_CPU_REQUEST: `${Math.floor(millicores * 0.6)}m` });
    const unplaced = () =>
      jobs.filter((id) =>
        stage.truth.ofJob(id).some(({ last }) => last.status.conditions?.some((one) => one.reason === "Unschedulable") === true),
      );
    const since = await until("The scheduler finds no room", () => unplaced().length === 1);
    const told = await expectNamed("node full", since, view, page, {
      binds: "cluster",
      key: "capacity.cluster",
      values: { count: 1, by: "cpu" },
      says: "The cluster binds: 1 job pod has no room on any node (CPU).",
    });
    expect(told.capacity.cluster).toMatchObject({ unschedulable: 1, fits: { value: 0 }, boundBy: "cpu" });
    await startAnew(stage.bed, truth);
  });

  test("the quota is exhausted: the cluster binds, for the quota refuses the pods", async ({ stage }) => {
    const view = new ProductView(stage.product.url);
    const quota = {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "pods", namespace: "gitlab-runner" },
      spec: { hard: { pods: "3" } },
    };
    await stage.bed.apply(quota);
    const path = "jsonpath={.status.used.pods}";
    const counted = () => stage.bed.kubectl("--namespace", "gitlab-runner", "get", "resourcequota", "pods", "-o", path);
    await until("The quota is counted", async () => (await counted()) === "3");
    jobs = await submit(stage.bed, 3, "over-quota");
    const since = await until(
      "The API server refuses pods",
      () => jobs.filter((id) => /exceeded quota/.test(stage.bed.trace(id))).length > 1,
    );
    await expectNamed("quota exhausted, and it may not be read", since, view, page, {
      binds: "cluster",
      key: "capacity.cluster-refused",
      says: /^The cluster binds: \d jobs that were taken have no pod\. A quota or an admission rule refuses it\.$/,
    });
    await grant(stage.bed, { apiGroup: "", resource: "resourcequotas", verbs: ["list"], namespace: "gitlab-runner" });
    await expect(page.locator(".ceil-say"), "with the right, the quota is named").toHaveText(
      /^The cluster binds: quota pods of namespace gitlab-runner is used up \(pods\); \d jobs that were taken have no pod\.$/,
      { timeout: 90_000 },
    );
    await stage.bed.kubectl("--namespace", "gitlab-runner", "delete", "resourcequota", "pods");
    await until("All jobs have ended", () => jobs.every((id) => stage.bed.job(id).finished_at !== null));
  });
});

/** Gives the product's account one of the optional rights. */
async function grant(bed: Bed, { apiGroup, resource, verbs, namespace }: RbacRule): Promise<void> {
  const metadata = { name: `runnerscope-${resource}`, namespace };
  const apiVersion = "rbac.authorization.k8s.io/v1";
  await bed.apply({ apiVersion, kind: "Role", metadata, rules: [{ apiGroups: [apiGroup], resources: [resource], verbs }] });
  await bed.apply({
    apiVersion,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
    subjects: [{ kind: "ServiceAccount", name: "dashboard", namespace: "runnerscope" }],
  });
}

/** The ConfigMap of the managers that were started last is read, with the right that was given before; nothing of it is a secret. */
async function expectConfig(view: ProductView, page: Page, url: string): Promise<void> {
  await expect
    .poll(async () => (await managersOf(view)).map(({ config }) => config.told), { timeout: 90_000 })
    .toEqual(
      Array.from({ length: 3 }, () =>
        expect.objectContaining({
          source: "ConfigMap gitlab-runner/gitlab-runner",
          value: expect.objectContaining({ concurrent: 10, runners: [expect.objectContaining({ limit: 2, requestConcurrency: 2 })] }),
        }),
      ),
    );
  const text = JSON.stringify(await managersOf(view));
  for (const secret of ["glrt-bedtoken-0001", "bed-secret"]) expect(text).not.toContain(secret);
  await page.goto(`${url}/managers`);
  const card = page.locator(".mcard").first();
  await expect(card).toContainText("2 in use, limit 2 · from its metrics");
  await card.locator(".config summary").click();
  await expect(card.locator(".config")).toContainText("pod_termination_grace_period_seconds");
}

/** Managers as at the beginning, without the jobs that they held; also those that wait are cancelled. */
async function startAnew(bed: Bed, truth: ManagerTruth): Promise<void> {
  await truth.stop();
  await bed.cancelWaiting();
  await bed.stopManagers();
  await bed.restartManagers();
  await truth.start();
  await until("The new managers answer", () => truth.latest().size === 3);
}
