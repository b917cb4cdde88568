import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import type { CDPSession, Page } from "@playwright/test";
import { expect, test, untilLive } from "./fixture.ts";
import { Stage } from "./stage.ts";
import { largeTrace, TraceServer } from "./trace-server.ts";

const MARKER = "needle-in-section-500";
const BYTES = 100_000_000;

let stage: Stage;
let gitlab: TraceServer;
let folder: string;
test.beforeAll(async () => {
  gitlab = await TraceServer.start();
  folder = mkdtempSync(path.join(tmpdir(), "runnerscope-log-"));
  const token = path.join(folder, "token");
  writeFileSync(token, "token-one", { mode: 0o600 });
  stage = await Stage.open({ env: { RUNNERSCOPE_LOGS: "gitlab,pods", GITLAB_URL: gitlab.url, GITLAB_TOKEN_FILE: token } });
});
test.afterAll(async () => {
  await stage.close();
  await gitlab.stop();
  rmSync(folder, { recursive: true });
});

async function known(pod: string): Promise<void> {
  await expect.poll(async () => (await stage.job(pod))?.pod).toBe(pod);
}

const residentMb = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024;

async function tabFigures(session: CDPSession): Promise<{ heapMb: number; nodes: number }> {
  await session.send("HeapProfiler.collectGarbage");
  const { metrics } = (await session.send("Performance.getMetrics")) as { metrics: { name: string; value: number }[] };
  const value = (name: string) => metrics.find((one) => one.name === name)?.value ?? Number.NaN;
  return { heapMb: value("JSHeapUsedSize") / 1e6, nodes: value("Nodes") };
}

/** A job that is over, so that its trace is whole at the first read. */
async function endedJob(job: number, trace: () => Iterable<string>): Promise<string> {
  gitlab.traces.set(String(job), trace);
  const name = stage.fleet.run({ jobName: `log-${job}`, job });
  await known(name);
  const at = stage.jobPath(name);
  stage.fleet.delete(name);
  stage.fleet.finish(name);
  await expect.poll(async () => (await stage.job(name))?.deletedAt ?? null).not.toBeNull();
  return at;
}

const lines = (page: Page) => page.getByRole("region", { name: "Lines of the log" });
const rowCount = (page: Page) => page.locator(".log-row").count();

test("100 MB with 1,000 sections, hostile escapes and markup: found, folded and reached at both ends, nothing runs, memory stays bounded", async ({
  page,
}) => {
  test.setTimeout(240_000);
  const at = await endedJob(9001, () => largeTrace(BYTES, MARKER));
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  await page.addInitScript(() => {
    const kept = window as unknown as { __tasks: number[] };
    kept.__tasks = [];
    new PerformanceObserver((list) => kept.__tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: "longtask",
      buffered: true,
    });
  });
  const before = residentMb(stage.product.pid);
  await page.goto(`${stage.url}${at}`);
  await expect(page.getByText(/^Whole: /)).toBeVisible({ timeout: 120_000 });
  const serverMb = residentMb(stage.product.pid) - before;
  const { state } = await stage.get<{ state: { lines: number; sections: unknown[] } }>(`/api/v1${at}/logs?source=gitlab&count=1`);
  expect(state.sections).toHaveLength(1_000);
  await expect(page.locator(".log-row .ln").last()).toHaveText(String(state.lines));
  expect(await rowCount(page)).toBeLessThan(100);
  // Both ends and the middle.
  await lines(page).evaluate((box) => (box.scrollTop = 0));
  await expect(lines(page)).toContainText("Part 0");
  await lines(page).evaluate((box) => (box.scrollTop = box.scrollHeight / 2));
  await expect(lines(page)).toContainText(/Part \d+|compiling module/);
  expect(await rowCount(page)).toBeLessThan(100);
  // Searched on the server.
  await page.getByRole("searchbox", { name: "Find in the log" }).fill(MARKER);
  await expect(page.getByText("1 line", { exact: true })).toBeVisible({ timeout: 60_000 });
  await page.keyboard.press("Enter");
  await expect(lines(page).locator("mark")).toHaveText(MARKER);
  // A fold and its opposite.
  const header = lines(page).getByRole("button", { expanded: true }).first();
  const name = (await header.textContent())?.slice(0, 8) ?? "";
  await header.click();
  await expect(lines(page).getByRole("button", { expanded: false }).filter({ hasText: name }).first()).toBeVisible();
  for (let step = 0; step < 30; step++) await lines(page).evaluate((box, share) => (box.scrollTop = box.scrollHeight * share), step / 30);
  const tab = await tabFigures(session);
  const { broken, tasks } = await page.evaluate(() => {
    const kept = window as unknown as { __broken?: string; __tasks: number[] };
    return { broken: kept.__broken ?? null, tasks: kept.__tasks };
  });
  expect(broken).toBeNull();
  expect(await lines(page).locator("img, script, a[href^='javascript']").count()).toBe(0);
  const blocking = tasks.reduce((sum, ms) => sum + Math.max(0, ms - 50), 0);
  console.info(
    `100 MB log: server +${serverMb.toFixed(0)} MB, tab heap ${tab.heapMb.toFixed(1)} MB with ${tab.nodes} nodes, blocking ${blocking.toFixed(0)} ms in ${tasks.length} long tasks`,
  );
  expect(serverMb).toBeLessThan(300);
  expect(tab.heapMb).toBeLessThan(80);
});

test("a line has an address: the link opens the log at this line, unfolds what hides it and marks it", async ({ page }) => {
  const at = await endedJob(9002, () => largeTrace(20_000_000, MARKER));
  await page.goto(`${stage.url}${at}`);
  await untilLive(page);
  // What is typed before the page's script runs is nobody's.
  await expect(async () => {
    await page.getByRole("searchbox", { name: "Find in the log" }).fill("");
    await page.getByRole("searchbox", { name: "Find in the log" }).fill(MARKER);
    await expect(page.getByText("1 line", { exact: true })).toBeVisible({ timeout: 8_000 });
  }).toPass({ timeout: 45_000 });
  await page.keyboard.press("Enter");
  const row = lines(page).locator(".log-row", { hasText: MARKER });
  await expect(row).toBeVisible();
  await row.locator("a.ln").click();
  await expect(page).toHaveURL(/log=gitlab&line=\d+/);
  const address = page.url();
  await page.goto("about:blank");
  await page.goto(address);
  await expect(lines(page).locator(".log-row.target")).toContainText(MARKER);
  const raw = await page.request.get(`${stage.url}/api/v1${at}/logs/raw?source=gitlab`);
  expect(raw.headers()["content-disposition"]).toContain("attachment");
  expect(await raw.text()).toContain(MARKER);
});

test("a container's log: only after a warning, live for all from one upstream, each look written down, gone with the pod", async ({
  page,
  context,
}) => {
  const name = stage.fleet.run({ jobName: "live-log", job: 9003 });
  await known(name);
  const key = `ci/${name}/build`;
  stage.api.logs.append(key, "first words", Date.now());
  const at = stage.jobPath(name);
  const asked = () =>
    stage.api.requests.find({ request: "log" }).filter(({ path: asked, query }) => asked.includes(name) && query["container"] === "build")
      .length;
  await page.goto(`${stage.url}${at}`);
  await untilLive(page);
  // The facts of the log are read once for all jobs; what people look at is read once more.
  await page.getByRole("button", { name: "build", exact: true }).click();
  await expect(page.getByText(/passwords and tokens that a script printed are in it/)).toBeVisible();
  const read = asked();
  await page.getByRole("button", { name: "Show the log of build" }).click();
  await expect(lines(page)).toContainText("first words");
  const second = await context.newPage();
  await second.goto(`${stage.url}${at}?log=pod:build`);
  await second.getByRole("button", { name: "Show the log of build" }).click();
  await expect(lines(second)).toContainText("first words");
  expect(asked()).toBe(read + 1);
  stage.api.logs.append(key, "later words", Date.now());
  await expect(lines(page)).toContainText("later words");
  await expect(lines(second)).toContainText("later words");
  const looks = () =>
    stage.product
      .log()
      .split("\n")
      .filter((line) => line.includes('"audit":"log"') && line.includes('"pod:build"'));
  await expect.poll(() => looks().length).toBe(2);
  expect(JSON.parse(looks()[0] ?? "{}")).toMatchObject({ job: expect.stringContaining("fake/"), gitlabId: "9003", source: "pod:build" });
  stage.fleet.delete(name);
  stage.fleet.finish(name);
  await expect(page.getByText("What the containers themselves wrote went with the pod.", { exact: false })).toBeVisible();
  await second.close();
});

test("a trace that cannot be read says why, and one that is not there is no crash", async ({ page, consoleErrors }) => {
  consoleErrors.allow(/status of (403|404|503)/);
  const name = stage.fleet.run({ jobName: "no-trace", job: 9004 });
  await known(name);
  await page.goto(`${stage.url}${stage.jobPath(name)}`);
  await expect(page.getByText(/The log could not be read: .*404/)).toBeVisible();
});

test("logs are off by default: the page says how they are allowed, the API refuses", async ({ page, openStage }) => {
  const own = await openStage();
  const name = own.fleet.run({ jobName: "silent" });
  await expect.poll(async () => (await own.job(name))?.pod).toBe(name);
  await page.goto(`${own.url}${own.jobPath(name)}`);
  await expect(page.getByText(/Logs are off/)).toBeVisible();
  for (const source of ["gitlab", "pod:build"]) {
    const answer = await page.request.get(`${own.url}/api/v1${own.jobPath(name)}/logs?source=${source}`);
    expect(answer.status()).toBe(403);
    expect(await answer.json()).toMatchObject({
      type: "/api/v1/openapi.json#log-refused",
      remedy: expect.stringContaining("RUNNERSCOPE_LOGS"),
    });
  }
  expect(own.api.requests.find({ request: "log" })).toEqual([]);
});

for (const [theme, locale, width] of [
  ["dark", "en", 1440],
  ["light", "zh-CN", 390],
] as const) {
  test(`axe finds nothing on a page with an open log: ${theme}, ${locale}, ${width} px`, async ({ page, context }) => {
    const job = width === 390 ? 9006 : 9005;
    const at = await endedJob(job, () => largeTrace(600_000, MARKER));
    await context.addCookies([
      { name: "runnerscope-locale", value: locale, url: stage.url },
      { name: "runnerscope-theme", value: theme, url: stage.url },
    ]);
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${stage.url}${at}`);
    await expect(page.locator(".log-row").first()).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
    expect(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`)).toEqual([]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide).toBeLessThanOrEqual(0);
  });
}
