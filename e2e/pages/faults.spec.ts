import type { Page } from "@playwright/test";
import { startProduct, type Product } from "../product.ts";
import { startSimulator, type RunningSimulator } from "../simulator.ts";
import { expect, test as pages, untilLive } from "./fixture.ts";

/** A calm simulated fleet, the product on it, and the page that breaks things. */
const test = pages.extend<object, { stage: { simulator: RunningSimulator; product: Product } }>({
  stage: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the parameters
    async ({}, provide) => {
      const simulator = await startSimulator(["--scenario", "calm", "--seed", "3"]);
      const product = await startProduct({ ...simulator.env, RUNNERSCOPE_LOG_LEVEL: "error" });
      await provide({ simulator, product });
      await product.stop();
      await simulator.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

/** Watched sources say it within 10 s, polled ones within two periods; healing waits for a back-off too. */
const SAID_MS = 20_000;
const HEALED_MS = 45_000;

interface Case {
  name: string;
  target: string;
  verb: string;
  resource?: string;
  /** First words of the source's line. */
  source: RegExp;
  /** What its state becomes. */
  state: RegExp;
  /** Sources that must not be touched. */
  live: RegExp;
}

const BAD = /stale|failed/;
const CASES: readonly Case[] = [
  { name: "API server down", target: "api:ci", verb: "down", source: /^Pods/, state: BAD, live: /^GitLab/ },
  { name: "expired certificate", target: "api:ci", verb: "expired certificate", source: /^Pods/, state: BAD, live: /^GitLab/ },
  { name: "401 for everything", target: "api:ci", verb: "401", source: /^Nodes/, state: BAD, live: /^GitLab/ },
  {
    name: "403 for events only",
    target: "api:ci",
    verb: "403",
    resource: "events",
    source: /^Events/,
    state: /not allowed/,
    live: /^Pods/,
  },
  { name: "500 for everything", target: "api:ci", verb: "500", source: /^Pods/, state: BAD, live: /^GitLab/ },
  { name: "429 for everything", target: "api:ci", verb: "429", source: /^Pods/, state: BAD, live: /^GitLab/ },
  { name: "GitLab says 429", target: "gitlab:api", verb: "429", source: /^GitLab/, state: BAD, live: /^Pods/ },
  { name: "GitLab is gone", target: "gitlab:api", verb: "refuse", source: /^GitLab/, state: BAD, live: /^Pods/ },
  {
    name: "one kubelet refuses",
    target: "kubelet:ci-node-2",
    verb: "refuse",
    source: /^Kubelet metrics.*ci-node-2/,
    state: BAD,
    live: /^Kubelet metrics(?!.*ci-node)/,
  },
  {
    name: "one manager is garbled",
    target: "manager:ci 1",
    verb: "garble",
    source: /^Runner managers.*gitlab-runner-/,
    state: BAD,
    live: /^Runner managers(?!.*gitlab-runner-)/,
  },
];

/** The state of the sources whose line begins so. */
function stateOf(page: Page, source: RegExp) {
  const row = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: source }) });
  return row.getByRole("cell").first();
}

for (const { name, target, verb, resource, source, state, live } of CASES)
  test(`${name}: the right source says so, the others stay, and it heals without a reload`, async ({ page, stage }) => {
    test.setTimeout(120_000);
    await page.goto(`${stage.product.url}/sources`);
    await untilLive(page);
    await expect(stateOf(page, live).first()).toHaveText(/^live/);
    const marker = await page.evaluate(() => ((globalThis as { marker?: number }).marker = Math.random()));
    await stage.simulator.press(target, verb, resource === undefined ? {} : { resource });
    try {
      await expect(stateOf(page, source).first()).toHaveText(state, { timeout: SAID_MS });
      await expect(stateOf(page, live).first()).toHaveText(/^live/);
    } finally {
      await stage.simulator.press(target, "well");
    }
    // A part is listed only while it is not live.
    await expect(stateOf(page, source).filter({ hasNotText: /^live/ })).toHaveCount(0, { timeout: HEALED_MS });
    expect(await page.evaluate(() => (globalThis as { marker?: number }).marker)).toBe(marker);
  });
