import type { BrowserContext, Page } from "@playwright/test";
import type { RunningSimulator } from "../../simulator.ts";
import { expect, untilLive } from "../fixture.ts";
import { compareKeys, jobPodKeys } from "./fleet-truth.ts";
import { panelWords, recordPanels, troubledPanels, type PanelWord } from "./panels.ts";

export interface Outage {
  name: string;
  breakIt(): Promise<void>;
  heal(): Promise<void>;
  /** Which panels of the first page say so, all of them and no other. */
  now: readonly string[];
  /** Which of the list of jobs. */
  list: readonly string[];
  /** How long to wait for the word: 10 s are promised of a watch, two periods of what is polled; a busy machine may take longer. */
  saidMs: number;
  healedMs: number;
  /** How long it stays broken after it was said. */
  heldMs?: number;
}

interface Scene {
  context: BrowserContext;
  simulator: RunningSimulator;
  url: string;
}

/** Room for all rows: the table draws only those that can be seen. */
const TALL = { width: 1440, height: 6_000 };

/** Keys of the rows that the list shows. */
export function shownKeys(list: Page): Promise<string[]> {
  return list.locator("tr[data-key]").evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset["key"] ?? ""));
}

/** A page that is alive and whose panels are all live, with the recorder on. `marker` survives only as long as the page is not loaded anew. */
export async function openWatched(context: BrowserContext, url: string): Promise<{ page: Page; sameLoad: () => Promise<boolean> }> {
  const page = await context.newPage();
  await page.setViewportSize(TALL);
  await page.goto(url);
  await untilLive(page);
  const marker = await page.evaluate(() => ((globalThis as { marker?: number }).marker = Math.random()));
  await recordPanels(page);
  await expect.poll(() => troubledPanels(page), { timeout: 60_000, message: `${url} was not well before` }).toEqual([]);
  return { page, sameLoad: async () => (await page.evaluate(() => (globalThis as { marker?: number }).marker)) === marker };
}

/** Waits until the list shows exactly the job pods that there are. Both change all the time, so they are compared until they agree. */
export async function expectWholeList(list: Page, simulator: RunningSimulator): Promise<void> {
  const look = async () => compareKeys(await shownKeys(list), await jobPodKeys(simulator.env["KUBECONFIG"] ?? ""));
  await expect.poll(look, { timeout: 45_000, intervals: [300] }).toEqual({ lost: [], left: [], doubled: [] });
}

/** Every job that was there before is live or ended now, and in one place only. */
async function expectNothingForgotten(url: string, before: readonly string[]): Promise<void> {
  const keys = async (state: string) => {
    const { items } = (await (await fetch(`${url}/api/v1/jobs?state=${state}&limit=500`)).json()) as { items: { key: string }[] };
    return items.map(({ key }) => key);
  };
  const look = async () => {
    const all = [...(await keys("live")), ...(await keys("finished"))];
    return { forgotten: before.filter((key) => !all.includes(key)), doubled: all.filter((key, index) => all.indexOf(key) !== index) };
  };
  await expect.poll(look, { timeout: 20_000 }).toEqual({ forgotten: [], doubled: [] });
}

const troubled = (words: readonly PanelWord[]) =>
  [
    ...new Set(
      words
        .filter(({ state }) => state !== "live" && state !== "connecting")
        .map(({ panel }) => (panel.startsWith("note ") ? "note" : panel)),
    ),
  ].toSorted();

/** Breaks one thing and proves: the panels that depend on it, and only those, say so, and all heals without a reload, nothing lost or doubled. */
export async function proveOutage({ context, simulator, url }: Scene, outage: Outage): Promise<void> {
  const now = await openWatched(context, `${url}/`);
  const list = await openWatched(context, `${url}/jobs`);
  await expectWholeList(list.page, simulator);
  const before = await shownKeys(list.page);
  const start = performance.now();
  const seconds = () => ((performance.now() - start) / 1_000).toFixed(1);
  await outage.breakIt();
  let said = "";
  let healing = 0;
  try {
    await expect.poll(() => troubledPanels(now.page), { timeout: outage.saidMs, intervals: [100] }).toEqual(outage.now.toSorted());
    await expect.poll(() => troubledPanels(list.page), { timeout: outage.saidMs, intervals: [100] }).toEqual(outage.list);
    said = seconds();
    if (outage.heldMs !== undefined) {
      const end = performance.now() + outage.heldMs;
      // It must stay said, and nothing else may join in: looked at until the time is over.
      while (performance.now() < end) {
        expect(await troubledPanels(now.page)).toEqual(outage.now.toSorted());
        expect(await troubledPanels(list.page)).toEqual(outage.list);
        await now.page.waitForTimeout(500);
      }
    }
  } finally {
    healing = performance.now();
    await outage.heal();
  }
  for (const { page } of [now, list])
    await expect.poll(() => troubledPanels(page), { timeout: outage.healedMs, intervals: [100] }).toEqual([]);
  const healed = ((performance.now() - healing) / 1_000).toFixed(1);
  await expectWholeList(list.page, simulator);
  await expectNothingForgotten(url, before);
  expect([await now.sameLoad(), await list.sameLoad()]).toEqual([true, true]);
  expect(troubled(await panelWords(now.page))).toEqual(outage.now.toSorted());
  expect(troubled(await panelWords(list.page))).toEqual(outage.list);
  console.log(
    `      ${outage.name}: said after ${said} s by ${[...outage.now, ...outage.list].join(", ")}; healed ${healed} s after it was over`,
  );
}
