import type { Page } from "@playwright/test";
import { OOM_KILLED } from "../../lib/testing/fake-fleet.ts";
import { expect, test, untilLive } from "./fixture.ts";
import { Stage } from "./stage.ts";

let stage: Stage;
test.beforeAll(async () => {
  stage = await Stage.open();
});
test.afterAll(() => stage.close());

async function known(pod: string): Promise<void> {
  await expect.poll(async () => (await stage.job(pod))?.pod).toBe(pod);
}

/** Cards whose words do not depend on what still lives, as a reader reads them. */
async function wordsOf(page: Page): Promise<Record<string, string>> {
  const words: Record<string, string> = {};
  for (const name of ["Inside the pod", "Events", "Conditions"]) {
    const text = await page
      .getByRole("region", { name: new RegExp(`^${name}`) })
      .first()
      .innerText();
    words[name] = text;
  }
  words["head"] = await page.getByRole("heading", { level: 1 }).innerText();
  // Cleanup moves on with the deletion.
  const phases = page.locator(".wf-table tbody tr:not(.sub)");
  words["phases"] = (await phases.evaluateAll((rows) => rows.slice(0, 4).map((row) => row.textContent))).join("\n");
  words["image"] = await page.getByRole("article", { name: "build" }).locator(".img").innerText();
  words["amounts"] = await page.getByRole("article", { name: "build" }).locator(".amounts").innerText();
  return words;
}

test("the page after deletion is the page before, in all but what lives; also read again from the history", async ({ page }) => {
  const name = stage.fleet.run({ jobName: "stays", job: 5_001, services: { docker: "docker:27-dind", db: "postgres:17" }, agoMs: 20_000 });
  await known(name);
  await page.goto(`${stage.url}${stage.jobPath(name)}`);
  const path = stage.jobPath(name);
  await untilLive(page);
  stage.fleet.delete(name);
  await expect(page.getByText(/Deletion was requested at/)).toBeVisible();
  const before = await wordsOf(page);
  stage.fleet.finish(name);
  await expect(page.getByText(/The pod was deleted at/)).toBeVisible();
  const after = await wordsOf(page);
  // The conditions say that nothing is ready any more: that lives.
  for (const part of ["Inside the pod", "Events", "head", "phases", "image"]) expect(after[part], part).toBe(before[part]);
  await page.goto("about:blank");
  await page.goto(`${stage.url}${path}`);
  expect(await wordsOf(page)).toEqual(after);
});

test("the picture says in words what it draws: one namespace, names of services, mounts, privileges", async ({ page }) => {
  const name = stage.fleet.run({ jobName: "drawn", job: 5_002, services: { docker: "docker:27-dind", db: "postgres:17" } });
  await known(name);
  await page.goto(`${stage.url}${stage.jobPath(name)}`);
  const picture = page.getByRole("region", { name: "Inside the pod" });
  await expect(picture.getByRole("listitem").filter({ hasText: "one network namespace" })).toHaveCount(1);
  await expect(picture.getByRole("listitem").filter({ hasText: "/etc/hosts: 127.0.0.1" })).toContainText("docker");
  await expect(picture.getByRole("listitem").filter({ hasText: /^\/builds/ })).toContainText("build");
  await expect(picture.locator("svg.picture")).toBeVisible();
});

test("keys walk through the life of a job, and what they reach is said", async ({ page }) => {
  const name = stage.fleet.run({ jobName: "walked", job: 5_003, agoMs: 30_000 });
  await known(name);
  const path = stage.jobPath(name);
  stage.fleet.endContainer(name, "helper", OOM_KILLED);
  stage.fleet.delete(name);
  stage.fleet.finish(name);
  await expect.poll(async () => (await stage.job(name))?.deletedAt ?? null).not.toBeNull();
  await page.goto(`${stage.url}${path}`);
  const slider = page.getByRole("slider", { name: /Time in the job’s life/ });
  await slider.focus();
  await page.keyboard.press("Home");
  const first = await slider.getAttribute("aria-valuetext");
  expect(first).toMatch(/T\+0/);
  await page.keyboard.press("ArrowRight");
  await expect(slider).not.toHaveAttribute("aria-valuetext", first ?? "");
  await expect(page.locator(".wf-cursor .chart-cursor")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.locator(".wf-cursor .chart-cursor")).toHaveCount(0);
  // In the order in which a reader needs them.
  const headings = await page.getByRole("main").getByRole("heading", { level: 2 }).allInnerTexts();
  const order = ["OOM", "From", "build", "Inside the pod", "Log", "Events"];
  const places = order.map((word) => headings.findIndex((text) => text.includes(word)));
  expect(places, headings.join(" | ")).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
});

test("one button copies the evidence as Markdown in which foreign text is only text", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: stage.url });
  const name = stage.fleet.run({ jobName: "copied @all <img>", job: 5_004 });
  await known(name);
  stage.fleet.endContainer(name, "build", OOM_KILLED);
  await expect.poll(async () => (await stage.job(name))?.verdict.kind).toBe("oom-killed");
  await page.goto(`${stage.url}${stage.jobPath(name)}`);
  await untilLive(page);
  await page.getByRole("button", { name: "Copy evidence" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect(text).toMatch(/^### .*OOM/);
  expect(text).toContain("copied \\@all \\<img\\>");
  expect(text).toContain("registry.example.com/build/node:24");
  expect(text).toContain(`[Runnerscope](<${stage.url}/jobs/fake/`);
  expect(text).toContain("OOMKilled");
});

test("other runs and neighbours lead to their pages; retries are named", async ({ page }) => {
  const run = (job: number, node: string) => stage.fleet.run({ jobName: "again", job, node });
  const first = run(5_010, "node-1");
  await known(first);
  stage.fleet.delete(first);
  stage.fleet.finish(first);
  const second = run(5_011, "node-2");
  const other = stage.fleet.run({ jobName: "noisy", job: 5_012, node: "node-2" });
  for (const name of [second, other]) await known(name);
  await expect.poll(async () => (await stage.job(first))?.deletedAt ?? null).not.toBeNull();
  await page.goto(`${stage.url}${stage.jobPath(second)}`);
  const runs = page.getByRole("region", { name: /^Other runs of this job/ });
  await expect(runs.getByRole("link", { name: "#5010" })).toBeVisible();
  await expect(runs.getByText("same pipeline or commit")).toBeVisible();
  const neighbours = page.getByRole("region", { name: /^On the same node then/ });
  await neighbours.getByRole("link", { name: "noisy" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("noisy");
});

test("nothing on the page moves after it is drawn, and little blocks the tab", async ({ page }) => {
  const name = stage.fleet.run({ jobName: "measured", job: 5_020, services: { docker: "docker:27-dind" }, agoMs: 60_000 });
  await known(name);
  await page.addInitScript(() => {
    const kept = window as unknown as { __paint: { lcp: number; cls: number; blocking: number } };
    kept.__paint = { lcp: 0, cls: 0, blocking: 0 };
    const watch = (type: string, take: (entry: PerformanceEntry & { value?: number; hadRecentInput?: boolean }) => void) =>
      new PerformanceObserver((list) => list.getEntries().forEach((entry) => take(entry))).observe({ type, buffered: true });
    watch("largest-contentful-paint", ({ startTime }) => (kept.__paint.lcp = startTime));
    watch("layout-shift", ({ value = 0, hadRecentInput }) => (kept.__paint.cls += hadRecentInput === true ? 0 : value));
    watch("longtask", ({ duration }) => (kept.__paint.blocking += Math.max(0, duration - 50)));
  });
  await page.goto(`${stage.url}${stage.jobPath(name)}`);
  await untilLive(page);
  await expect(page.getByRole("region", { name: "Inside the pod" })).toBeVisible();
  const paint = await page.evaluate(() => (window as unknown as { __paint: { lcp: number; cls: number; blocking: number } }).__paint);
  console.info(`job page: LCP ${paint.lcp.toFixed(0)} ms, CLS ${paint.cls.toFixed(3)}, blocking ${paint.blocking.toFixed(0)} ms`);
  // The limit of "good" (web.dev, CLS).
  expect(paint.cls).toBeLessThan(0.1);
});
