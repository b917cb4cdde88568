import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startProduct, type Product } from "../product.ts";
import { startSimulator, type RunningSimulator } from "../simulator.ts";
import { expect, row, test as pages, untilLive } from "./fixture.ts";
import { BufferingProxy } from "./outages/buffering-proxy.ts";
import { compareKeys, jobPodKeys } from "./outages/fleet-truth.ts";
import { expectWholeList, openWatched, shownKeys } from "./outages/outage.ts";
import { SteadyViewer } from "./outages/steady-viewer.ts";

/** Outages between the product and its viewers. */
const test = pages.extend<object, { stage: { simulator: RunningSimulator; product: () => Product; restart: () => Promise<void> } }>({
  stage: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the parameters
    async ({}, provide) => {
      const simulator = await startSimulator(["--scenario", "calm", "--seed", "14"]);
      const data = mkdtempSync(path.join(tmpdir(), "runnerscope-restart-"));
      const env = { ...simulator.env, RUNNERSCOPE_LOG_LEVEL: "error", RUNNERSCOPE_DATA: data };
      let product = await startProduct(env);
      const restart = async () => {
        const port = Number(new URL(product.url).port);
        await product.stop();
        product = await startProduct(env, port);
      };
      await provide({ simulator, product: () => product, restart });
      await product.stop();
      await simulator.stop();
      rmSync(data, { recursive: true, force: true });
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

const VIEWERS = 49;
const since = (at: number) => `${((performance.now() - at) / 1_000).toFixed(1)} s`;

test("the dashboard is restarted under 50 viewers: the page says so, all come back whole, nothing lost or doubled", async ({
  context,
  stage,
}) => {
  test.setTimeout(180_000);
  const { simulator, product, restart } = stage;
  const { url } = product();
  const list = await openWatched(context, `${url}/jobs`);
  await expectWholeList(list.page, simulator);
  const viewers = Array.from({ length: VIEWERS }, () => SteadyViewer.open(url));
  const truth = () => jobPodKeys(simulator.env["KUBECONFIG"] ?? "");
  const wrong = async () => {
    const keys = await truth();
    return viewers.filter((viewer) => Object.values(compareKeys(viewer.keys(), keys)).some((part) => part.length > 0)).length;
  };
  await expect.poll(wrong, { timeout: 60_000, intervals: [300] }).toBe(0);
  const down = performance.now();
  const back = restart();
  await expect(list.page.getByText(/Disconnected for/)).toBeVisible({ timeout: 30_000 });
  const said = since(down);
  await back;
  const up = performance.now();
  await expect(list.page.getByText(/Disconnected for/)).toHaveCount(0, { timeout: 45_000 });
  const live = since(up);
  await expect.poll(wrong, { timeout: 60_000, intervals: [300] }).toBe(0);
  const whole = since(up);
  await expectWholeList(list.page, simulator);
  expect(await list.sameLoad()).toBe(true);
  expect(viewers.map(({ epochs }) => epochs.length)).toEqual(Array.from({ length: VIEWERS }, () => 2));
  await Promise.all(viewers.map((viewer) => viewer.close()));
  await list.page.close();
  console.log(
    `      restarted: said after ${said}; page live ${live} after it was back, all ${VIEWERS} other viewers whole after ${whole}`,
  );
});

test("a proxy that buffers the stream: the page notices, asks for short answers, says so, and goes back to the stream", async ({
  page,
  consoleErrors,
  stage,
}) => {
  test.setTimeout(180_000);
  consoleErrors.allow(/Failed to load resource|ERR_|net::/);
  const proxy = await BufferingProxy.open(stage.product().url);
  try {
    await page.setViewportSize({ width: 1440, height: 6_000 });
    await page.goto(`${proxy.url}/jobs`);
    const start = performance.now();
    await expect.poll(() => proxy.held).toBeGreaterThan(0);
    const live = page.getByRole("group", { name: "Live" });
    await expect(live).toContainText("every 2 s", { timeout: 45_000 });
    const noticed = since(start);
    await expectWholeList(page, stage.simulator);
    // It goes on: what comes and goes after it is shown as well.
    const before = (await shownKeys(page)).toSorted();
    await expect.poll(async () => (await shownKeys(page)).toSorted(), { timeout: 60_000 }).not.toEqual(before);
    await expectWholeList(page, stage.simulator);
    await expect(live).toContainText("Live");
    proxy.buffers = false;
    await expect(live).not.toContainText("every 2 s", { timeout: 90_000 });
    await untilLive(page);
    await expectWholeList(page, stage.simulator);
    console.log(`      buffering proxy: noticed and live by short answers ${noticed} after the page came`);
  } finally {
    await page.close();
    await proxy.close();
  }
});

pages(
  "the browser sleeps for 10 minutes: on waking it says that what it shows is old, and is whole again without a reload",
  async ({ context, consoleErrors, page, openStage }) => {
    pages.setTimeout(180_000);
    consoleErrors.allow(/ERR_|Failed to load resource/);
    const stage = await openStage();
    const pods = Array.from({ length: 120 }, (_, index) => stage.fleet.run({ jobName: `sleeper-${index}`, secrets: false }));
    // The way to the server, which is cut when the machine sleeps.
    const way = await BufferingProxy.open(stage.url);
    way.buffers = false;
    try {
      await page.setViewportSize({ width: 1440, height: 12_000 });
      await page.clock.install();
      await page.goto(`${way.url}/jobs`);
      await untilLive(page);
      await expect(page.locator("tr[data-key]")).toHaveCount(120);
      await page.evaluate(() => ((globalThis as { marker?: number }).marker = 10));
      const browser = await context.newCDPSession(page);
      await context.setOffline(true);
      await browser.send("Page.setWebLifecycleState", { state: "frozen" });
      way.cut();
      // More than the server keeps for viewers that come back (400 frames or 4 MB), as ten minutes of a busy fleet bring.
      for (let round = 1; round <= 45; round++) {
        for (const pod of pods) stage.fleet.restart(pod, round);
        await new Promise((resolve) => setTimeout(resolve, 120));
      }
      for (const pod of pods.slice(0, 20)) stage.fleet.remove(pod);
      for (let index = 0; index < 7; index++) stage.fleet.run({ jobName: `came-in-the-night-${index}` });
      await browser.send("Page.setWebLifecycleState", { state: "active" });
      await page.clock.fastForward("10:00");
      await expect(page.getByText(/Disconnected for/)).toBeVisible({ timeout: 30_000 });
      await expect(row(page, "came-in-the-night-0")).toHaveCount(0);
      const woke = performance.now();
      await context.setOffline(false);
      await expect(row(page, /came-in-the-night-/)).toHaveCount(7, { timeout: 45_000 });
      const whole = since(woke);
      await expect(page.getByText(/Disconnected for/)).toHaveCount(0);
      await expect(page.locator("tr[data-key]")).toHaveCount(107);
      expect(new Set(await shownKeys(page)).size).toBe(107);
      expect(await page.evaluate(() => (globalThis as { marker?: number }).marker)).toBe(10);
      console.log(`      asleep: whole ${whole} after the network was back`);
    } finally {
      await page.close();
      await way.close();
    }
  },
);
