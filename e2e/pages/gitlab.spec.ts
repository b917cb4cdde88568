import { get } from "node:http";
import type { Page } from "@playwright/test";
import { startProduct, type Product } from "../product.ts";
import { startSimulator, type RunningSimulator } from "../simulator.ts";
import { expect, test as pages, untilLive } from "./fixture.ts";

interface World {
  simulator: RunningSimulator;
  product: Product;
}

async function open(args: readonly string[], env: Record<string, string> = {}): Promise<World & { close(): Promise<void> }> {
  const simulator = await startSimulator(["--seed", "3", ...args]);
  const product = await startProduct({ ...simulator.env, RUNNERSCOPE_LOG_LEVEL: "error", ...env });
  return {
    simulator,
    product,
    async close() {
      await product.stop();
      await simulator.stop();
    },
  };
}

const test = pages.extend<object, { stage: World }>({
  stage: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the parameters
    async ({}, provide) => {
      const world = await open(["--scenario", "calm"]);
      await provide(world);
      await world.close();
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

/** A problem of GitLab is told after 20 s; a retry waits for a back-off of up to a minute, a token file is read each minute. */
const SLOW = { timeout: 90_000 };

const waiting = (page: Page) => page.getByRole("region", { name: "Waiting by tag" });
const problems = (page: Page) => page.getByRole("region", { name: /Problems/ });
const figure = (page: Page, word: RegExp) =>
  page.getByRole("region", { name: "Figures of the fleet" }).locator("dl > div").filter({ hasText: word });

/** What does not depend on GitLab: slots from the managers, pods from Kubernetes. */
async function expectRestWorks(page: Page): Promise<void> {
  await expect(figure(page, /slots busy/)).toContainText(/\/ 30/);
  const strip = page.getByRole("list", { name: "Sources" });
  for (const name of ["Kubernetes watch", "Runner managers", "Kubelet metrics"])
    await expect(strip.getByRole("listitem").filter({ hasText: name }).getByText("live", { exact: true })).toBeAttached();
}

const FAULTS = [
  { name: "unreachable", verb: "refuse", says: /GitLab cannot be reached/ },
  { name: "a token that it does not take", verb: "new token", says: /GitLab refuses the (credentials|token)/ },
  { name: "429", verb: "429", says: /GitLab asks (Runnerscope )?to slow down/ },
] as const;

for (const { name, verb, says } of FAULTS)
  test(`${name}: waiting jobs say so and of when they are, a problem says what to do, the rest works, it heals without a reload`, async ({
    page,
    stage,
  }) => {
    test.setTimeout(300_000);
    await page.goto(stage.product.url);
    await untilLive(page);
    await expect(figure(page, /jobs wait/)).not.toContainText("no data", SLOW);
    const marker = await page.evaluate(() => ((globalThis as { marker?: number }).marker = Math.random()));
    await stage.simulator.press("gitlab:api", verb);
    try {
      await expect(waiting(page).getByText(says)).toBeVisible(SLOW);
      await expect(waiting(page).getByText(/The figures are of/)).toBeVisible();
      await expect(problems(page).getByText(says)).toBeVisible(SLOW);
      await expectRestWorks(page);
    } finally {
      await stage.simulator.press("gitlab:api", "well");
    }
    await expect(waiting(page).getByText(says)).toHaveCount(0, SLOW);
    await expect(problems(page).getByText(says)).toHaveCount(0);
    expect(await page.evaluate(() => (globalThis as { marker?: number }).marker)).toBe(marker);
  });

test("a token without the scope: Now, Sources and the API say what it keeps from us and what gives it; it heals", async ({
  page,
  stage,
}) => {
  test.setTimeout(300_000);
  await page.goto(stage.product.url);
  await untilLive(page);
  await stage.simulator.press("gitlab:api", "narrow token");
  const sight = async () => {
    const { overview } = (await (await fetch(`${stage.product.url}/api/v1/fleet`)).json()) as {
      overview: { waitingSight: { blind: { subject: string; reason: string }[] } };
    };
    return overview.waitingSight.blind.filter(({ reason }) => reason === "insufficient-scope").map(({ subject }) => subject);
  };
  try {
    await expect.poll(sight, SLOW).toEqual(expect.arrayContaining(["pending-jobs", "runners"]));
    await waiting(page)
      .getByText(/What the token does not show/)
      .click();
    await expect(waiting(page).getByText(/Waiting jobs of the whole instance\. The token lacks the scope read_api\./)).toBeVisible();
    await expectRestWorks(page);
    await page
      .getByRole("link", { name: /Sources/ })
      .first()
      .click();
    await expect(
      page
        .getByRole("main")
        .getByText(/read_api/)
        .first(),
    ).toBeVisible();
  } finally {
    await stage.simulator.press("gitlab:api", "well");
  }
  await expect.poll(sight, { timeout: 150_000 }).toEqual([]);
});

test("429 for ten minutes of simulated time: managers and Runnerscope wait, both are said apart, and both heal by themselves", async ({
  page,
}) => {
  test.setTimeout(420_000);
  // At this speed the refusals began before the product did, and last for another minute and a half.
  const world = await open(["--scenario", "gitlab-429-10m", "--speed", "2.5"]);
  try {
    await page.goto(world.product.url);
    await untilLive(page);
    await expect(problems(page).getByText(/GitLab throttles \d managers?: polls are answered with 429/)).toBeVisible(SLOW);
    await expect(problems(page).getByText(/GitLab asks Runnerscope to slow down \(429\): .* are not known/)).toBeVisible(SLOW);
    await expect(figure(page, /jobs wait/)).toContainText("no data");
    await expectRestWorks(page);
    const before = await world.simulator.requests("gitlab api");
    await expect(problems(page).getByText(/GitLab throttles/)).toHaveCount(0, { timeout: 200_000 });
    // It was told how long to wait, and waited.
    expect((await world.simulator.requests("gitlab api")) - before).toBeLessThan(30);
    await expect(figure(page, /jobs wait/)).not.toContainText("no data", SLOW);
  } finally {
    await page.close();
    await world.close();
  }
});

interface Viewer {
  bytes: number;
  close(): void;
}

/** Somebody who looks and keeps nothing: fifty who keep all frames would need gigabytes. */
function openViewer(url: string): Promise<Viewer> {
  return new Promise((resolve, reject) => {
    const request = get(`${url}/api/v1/stream?topic=fleet`, { agent: false }, (response) => {
      const viewer = { bytes: 0, close: () => void response.destroy() };
      response.on("data", (chunk: Buffer) => (viewer.bytes += chunk.length));
      response.on("error", () => {});
      resolve(viewer);
    });
    request.on("error", reject);
  });
}

/** 10,000 pods take this machine's two cores for minutes; `npm run bench:scale` has them, and the poller's own test 10,000 jobs. */
const PODS = 1_000;
const BUDGET = 60;

test(`${PODS} jobs and 50 viewers: no more requests to GitLab in any minute than the budget that Sources shows`, async ({ page }) => {
  test.setTimeout(300_000);
  const world = await open(["--pods", String(PODS)], { GITLAB_REQUESTS_PER_MINUTE: String(BUDGET) });
  const viewers: Viewer[] = [];
  try {
    for (let index = 0; index < 50; index++) viewers.push(await openViewer(world.product.url));
    const seen: { at: number; count: number }[] = [];
    for (const end = Date.now() + 90_000; Date.now() < end;) {
      seen.push({ at: Date.now(), count: await world.simulator.requests("gitlab api") });
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    // The answer about the count takes a moment itself, so a window is a second shorter than a minute.
    for (const { at, count } of seen) {
      const first = seen.find((one) => one.at > at - 59_000);
      expect(count - (first?.count ?? count)).toBeLessThanOrEqual(BUDGET);
    }
    expect(seen.at(-1)?.count).toBeGreaterThan(BUDGET / 2);
    for (const viewer of viewers) expect(viewer.bytes).toBeGreaterThan(0);
    await page.goto(`${world.product.url}/sources`);
    await expect(page.getByRole("main").getByText(new RegExp(`\\d+ of ${BUDGET} sent in the last minute`))).toBeVisible();
    await expect(page.getByRole("main").getByText("not told: its answers carry no RateLimit headers")).toBeVisible();
  } finally {
    for (const viewer of viewers) viewer.close();
    await page.close();
    await world.close();
  }
});
