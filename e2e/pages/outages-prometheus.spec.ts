import type { Page } from "@playwright/test";
import { startProduct } from "../product.ts";
import { startSimulator } from "../simulator.ts";
import { expect, test, untilLive } from "./fixture.ts";
import { expectWholeList, openWatched } from "./outages/outage.ts";

/** Name and state of every source that is on, as the page of sources shows them; parts are listed only while they are ill. */
async function statesOf(page: Page): Promise<Record<string, string>> {
  const rows = page.getByRole("row").filter({ has: page.getByRole("rowheader") });
  const lines = await rows.evaluateAll((all) =>
    all.map((row) => [row.querySelector("th .l1")?.textContent ?? "", row.querySelector("td")?.firstChild?.textContent ?? ""] as const),
  );
  return Object.fromEntries(lines.filter(([, state]) => state !== "off"));
}

test("Prometheus slow: late answers hurt nothing; when none comes it says so and no other source, and heals without a reload", async ({
  context,
  page,
}) => {
  test.setTimeout(240_000);
  const simulator = await startSimulator(["--scenario", "calm", "--seed", "17"]);
  // Without kubelets what containers use comes from Prometheus only.
  const product = await startProduct({ ...simulator.env, RUNNERSCOPE_KUBELET: "off", RUNNERSCOPE_LOG_LEVEL: "error" });
  try {
    await page.goto(`${product.url}/sources`);
    await untilLive(page);
    const marker = await page.evaluate(() => ((globalThis as { marker?: number }).marker = Math.random()));
    const troubled = async () => Object.entries(await statesOf(page)).filter(([, state]) => state !== "live");
    await expect.poll(troubled, { timeout: 60_000 }).toEqual([]);
    expect(await statesOf(page)).toMatchObject({ Prometheus: "live" });
    const list = await openWatched(context, `${product.url}/jobs`);

    // 8 s for an answer, of 10 s that it is given, every 15 s: no longer than two turns is anything else than live shown.
    await simulator.press("prometheus:api", "slow");
    await expectWholeList(list.page, simulator);
    await page.waitForTimeout(20_000);
    expect(await troubled()).toEqual([]);

    await simulator.press("prometheus:api", "stall");
    const start = performance.now();
    await expect.poll(async () => (await troubled()).map(([name]) => name), { timeout: 90_000 }).toEqual(["Prometheus"]);
    const said = ((performance.now() - start) / 1_000).toFixed(1);
    await expectWholeList(list.page, simulator);
    await simulator.press("prometheus:api", "well");
    const well = performance.now();
    await expect.poll(troubled, { timeout: 150_000 }).toEqual([]);
    const healed = ((performance.now() - well) / 1_000).toFixed(1);
    expect(await page.evaluate(() => (globalThis as { marker?: number }).marker)).toBe(marker);
    expect(await list.sameLoad()).toBe(true);
    console.log(`      Prometheus slow: said after ${said} s; healed ${healed} s after it was over`);
  } finally {
    await page.close();
    await product.stop();
    await simulator.stop();
  }
});
