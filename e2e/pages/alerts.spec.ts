import type { Page } from "@playwright/test";
import { OOM_KILLED } from "../../lib/testing/fake-fleet.ts";
import { prometheusMissing, startPrometheus } from "../prometheus.ts";
import { startProduct } from "../product.ts";
import { startSimulator } from "../simulator.ts";
import { expect, test, untilLive } from "./fixture.ts";

test("a calm fleet fires nothing; a GitLab that is gone and a Runnerscope that is gone fire what they should, and heal", async () => {
  test.skip(prometheusMissing !== null, prometheusMissing ?? "");
  test.setTimeout(500_000);
  const simulator = await startSimulator(["--scenario", "calm", "--seed", "3"]);
  const product = await startProduct({ ...simulator.env, RUNNERSCOPE_LOG_LEVEL: "error" });
  const prometheus = await startPrometheus(product.url);
  const firing = async () =>
    (await prometheus.alerts())
      .filter(({ state }) => state === "firing")
      .map(({ name, labels }) => [name, labels["source"]].filter(Boolean).join(" "));
  const slow = { timeout: 200_000, intervals: [1_000] };
  try {
    const answered = async () =>
      (
        (await (await fetch(`${prometheus.url}/api/v1/query?query=count_over_time(up[1m])`)).json()) as {
          data: { result: { value: [number, string] }[] };
        }
      ).data.result[0]?.value[1];
    // Twenty scrapes and evaluations, the rules' longest `for` among them.
    await expect.poll(async () => Number(await answered()), slow).toBeGreaterThan(20);
    expect(await prometheus.alerts()).toEqual([]);
    await simulator.press("gitlab:api", "refuse");
    await expect.poll(firing, slow).toEqual(["RunnerscopeSourceOld gitlab"]);
    await simulator.press("gitlab:api", "well");
    await expect.poll(firing, slow).toEqual([]);
    await product.stop();
    await expect.poll(firing, slow).toEqual(["RunnerscopeDown"]);
  } finally {
    await prometheus.stop();
    await product.stop();
    await simulator.stop();
  }
});

const icon = (page: Page) => page.locator("#tab-state-icon").getAttribute("href");

test("title and icon of the tab carry the state, on every page", async ({ page, openStage }) => {
  const stage = await openStage({ prepare: (fleet) => void fleet.run({ jobName: "quiet" }) });
  await page.goto(stage.url);
  await untilLive(page);
  await expect(page).toHaveTitle("Now · Runnerscope");
  const well = await icon(page);
  const killed = stage.fleet.run({ jobName: "eats-memory" });
  stage.fleet.endContainer(killed, "build", OOM_KILLED);
  await expect(page).toHaveTitle("(1) Now · Runnerscope");
  await expect.poll(() => icon(page)).not.toBe(well);
  await page.keyboard.press("g");
  await page.keyboard.press("j");
  await expect(page).toHaveTitle(/^\(1\) Jobs/);
});

/** A browser's notifications, as far as the page uses them; what it did stands on `window`. */
function fakeNotifications(): void {
  const told = { asked: 0, shown: [] as string[] };
  class Fake extends EventTarget {
    static permission: NotificationPermission = "default";
    static requestPermission(): Promise<NotificationPermission> {
      told.asked += 1;
      Fake.permission = "granted";
      return Promise.resolve(Fake.permission);
    }
    constructor(title: string) {
      super();
      told.shown.push(title);
    }
    close(): void {}
  }
  Object.assign(globalThis, { Notification: Fake, told });
}
const told = (page: Page) => page.evaluate(() => (globalThis as unknown as { told: { asked: number; shown: string[] } }).told);

test("notifications are off, asked for only by a click, and told of what is new only", async ({ page, openStage }) => {
  const stage = await openStage({ prepare: (fleet) => void fleet.run({ jobName: "quiet" }) });
  await page.addInitScript(fakeNotifications);
  await page.goto(stage.url);
  await untilLive(page);
  const kill = (jobName: string) => stage.fleet.endContainer(stage.fleet.run({ jobName }), "build", OOM_KILLED);
  const problems = page.getByRole("region", { name: /Problems/ });
  kill("before-it-is-on");
  await expect(problems.getByText(/before-it-is-on/)).toBeVisible();
  expect(await told(page)).toEqual({ asked: 0, shown: [] });
  await page.getByRole("button", { name: "Theme, language, notifications" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Desktop notification for a new worst problem" }).click();
  await expect.poll(async () => (await told(page)).asked).toBe(1);
  await page.keyboard.press("Escape");
  kill("after-it-is-on");
  await expect.poll(async () => (await told(page)).shown).toEqual([expect.stringContaining("after-it-is-on")]);
});
