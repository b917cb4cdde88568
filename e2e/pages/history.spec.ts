import type { Page } from "@playwright/test";
import { OOM_KILLED } from "../../lib/testing/fake-fleet.ts";
import { expect, test, untilLive } from "./fixture.ts";
import { Stage } from "./stage.ts";

/** More than one page of 50. */
const MANY = 53;
const KILLED = 6_900;

let stage: Stage;
test.beforeAll(async () => {
  test.setTimeout(120_000);
  stage = await Stage.open();
  const names = Array.from({ length: MANY }, (_, index) =>
    stage.fleet.run({ jobName: `many-${index % 4}`, job: 6_000 + index, node: "node-1" }),
  );
  const killed = stage.fleet.run({ jobName: "hungry", job: KILLED, node: "node-2" });
  const known = () => stage.get<{ items: unknown[] }>("/api/v1/jobs?state=live&limit=500").then(({ items }) => items.length);
  await expect.poll(known, { timeout: 30_000 }).toBe(MANY + 1);
  stage.fleet.endContainer(killed, "build", OOM_KILLED);
  await expect.poll(async () => (await stage.job(killed))?.verdict.kind).toBe("oom-killed");
  for (const name of [...names, killed]) {
    stage.fleet.delete(name);
    stage.fleet.finish(name);
  }
  await expect.poll(keptJobs, { timeout: 30_000 }).toBe(MANY + 1);
});
test.afterAll(() => stage.close());

const keptJobs = () => stage.get<{ items: unknown[] }>("/api/v1/history?limit=500").then(({ items }) => items.length);
const lines = (page: Page) => page.getByRole("table", { name: "Finished jobs, newest first" }).locator("tbody tr");

test("pages through all finished jobs, newest first, and says when there are no older ones", async ({ page }) => {
  await page.goto(`${stage.url}/history`);
  await expect(lines(page)).toHaveCount(50);
  await expect(page.getByText("50 jobs shown, newest first")).toBeVisible();
  await page.getByRole("button", { name: "Older" }).click();
  await expect(lines(page)).toHaveCount(MANY + 1);
  await expect(page.getByText("Nothing older is kept.")).toBeVisible();
  const links = await lines(page)
    .getByRole("link")
    .evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  expect(new Set(links).size).toBe(MANY + 1);
});

test("filters by verdict, by a value of a line and by the beginning of a name; the address is the list", async ({ page }) => {
  await page.goto(`${stage.url}/history`);
  const filters = page.getByRole("search", { name: "Filter finished jobs" });
  await filters.getByLabel("Verdict").selectOption({ label: "OOM-killed" });
  await expect(lines(page)).toHaveCount(1);
  await expect(lines(page)).toContainText("hungry");
  await expect(page).toHaveURL(/verdict=oom-killed/);
  await page.reload();
  await expect(lines(page)).toHaveCount(1);
  await filters.getByRole("button", { name: "Remove all filters" }).click();
  await expect(lines(page)).toHaveCount(50);
  await filters.getByLabel("Search").fill("hung");
  await page.keyboard.press("Enter");
  await expect(lines(page)).toHaveCount(1);
  await lines(page).getByRole("button", { name: "node-2" }).click();
  await expect(page).toHaveURL(/node=node-2/);
  await expect(lines(page)).toHaveCount(1);
  await page.goBack();
  await page.goBack();
  await expect(lines(page)).toHaveCount(50);
});

test("a GitLab number finds its job, also by the search of the palette and by the job's address", async ({ page }) => {
  await page.goto(`${stage.url}/history?q=${KILLED}`);
  await expect(lines(page)).toHaveCount(1);
  await lines(page).getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("hungry");
  for (const text of [String(KILLED), `https://gitlab.example.com/group/project/-/jobs/${KILLED}`]) {
    await page.goto(`${stage.url}/history`);
    await untilLive(page);
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Command palette" }).fill(text);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { level: 1 })).toContainText("hungry");
    await expect(page).toHaveURL(/\/jobs\/fake\/[0-9a-f-]{36}/);
  }
});

test("nothing that matches is said, with the way back", async ({ page }) => {
  await page.goto(`${stage.url}/history?project=nobody`);
  await expect(page.getByRole("heading", { name: "No finished job matches" })).toBeVisible();
  await page.getByRole("main").getByRole("button", { name: "Remove all filters" }).last().click();
  await expect(lines(page)).toHaveCount(50);
});

test("an answer that fails is said with the server's words, never as an empty list, and asked for again", async ({
  page,
  consoleErrors,
}) => {
  consoleErrors.allow(/503/);
  let broken = true;
  await page.route("**/api/v1/history**", (route) =>
    broken
      ? route.fulfill({
          status: 503,
          contentType: "application/problem+json",
          body: JSON.stringify({
            type: "about:blank",
            title: "The history is not open",
            status: 503,
            detail: "The disk is full.",
            remedy: "Make room.",
          }),
        })
      : route.continue(),
  );
  await page.goto(`${stage.url}/history`);
  const alert = page.getByRole("main").getByRole("alert");
  await expect(alert).toContainText("The history could not be read.");
  await expect(alert).toContainText("The disk is full.");
  await expect(page.getByText("No finished job is kept yet")).toHaveCount(0);
  broken = false;
  await alert.getByRole("button", { name: "Try again" }).click();
  await expect(lines(page)).toHaveCount(50);
});

test("no finished job at all is said as that", async ({ page, openStage }) => {
  const empty = await openStage();
  await page.goto(`${empty.url}/history`);
  await expect(page.getByRole("heading", { name: "No finished job is kept yet" })).toBeVisible();
});

/** Longer than what the history takes for a restart of its own loop (`lib/history/server/retention.ts`, 3 s). */
const AWAY_MS = 6_000;

test("after a restart a dead job's link works, what nobody watched is a gap, and what ended in it is not invented", async ({
  page,
  openStage,
}) => {
  test.setTimeout(240_000);
  const own = await openStage();
  const before = own.fleet.run({ jobName: "before-the-gap", job: 7_001 });
  const during = own.fleet.run({ jobName: "in-the-gap", job: 7_002 });
  await expect.poll(async () => (await own.job(during))?.pod).toBe(during);
  const path = own.jobPath(before);
  own.fleet.delete(before);
  own.fleet.finish(before);
  const kept = () => own.get<{ items: { name: string }[] }>("/api/v1/history").then(({ items }) => items.map(({ name }) => name));
  await expect.poll(kept).toEqual(["before-the-gap"]);
  const port = Number(new URL(own.url).port);
  await own.product.stop();
  const stoppedMs = Date.now();
  own.fleet.delete(during);
  own.fleet.finish(during);
  await expect.poll(() => Date.now() - stoppedMs).toBeGreaterThan(AWAY_MS);
  await own.restart(port);
  // What is kept is counted anew once a minute (`lib/runtime/history-keeper.ts`).
  const gaps = () => own.get<{ kept: { gaps: unknown[] } }>("/api/v1/history").then(({ kept: { gaps: all } }) => all.length);
  await expect.poll(gaps, { timeout: 150_000 }).toBe(1);
  await page.goto(`${own.url}/history`);
  await expect(lines(page).filter({ hasText: "before-the-gap" })).toHaveCount(1);
  await expect(lines(page).filter({ hasText: /^Not watched from .* in fake/ })).toHaveCount(1);
  await expect(page.getByText("1 time that nobody watched")).toBeVisible();
  await expect(page.getByText("in-the-gap")).toHaveCount(0);
  await page.goto(`${own.url}${path}`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("before-the-gap");
  await page.goto(`${own.url}/j/7001`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("before-the-gap");
});
