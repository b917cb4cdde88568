import en from "../../app/i18n/messages/en/jobs.json" with { type: "json" };
import zhCN from "../../app/i18n/messages/zh-CN/jobs.json" with { type: "json" };
import type { SourceReport } from "../../lib/base/source-state.ts";
import { OOM_KILLED } from "../../lib/testing/fake-fleet.ts";
import { expect, test, untilLive } from "./fixture.ts";
import { Stage } from "./stage.ts";

let stage: Stage;
test.beforeAll(async () => {
  stage = await Stage.open({ prepare: (fleet) => void fleet.run({ jobName: "first-job" }) });
});
test.afterAll(() => stage.close());

test("headline, figures and sources are in the HTML, before any script runs", async ({ browser }) => {
  const waiting = async () =>
    (await stage.get<{ items: SourceReport[] }>("/api/v1/sources")).items.filter(({ state }) => state.state === "connecting").length;
  await expect.poll(waiting).toBe(0);
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1440, height: 1000 } });
  const page = await context.newPage();
  await page.goto(stage.url);
  await expect(page.getByRole("heading", { level: 1 })).not.toBeEmpty();
  const figures = page.getByRole("region", { name: "Figures of the fleet" });
  await expect(figures.getByText(/slots busy/)).toBeVisible();
  await expect(page.getByRole("main").getByText(/1 job runs/)).toBeVisible();
  await expect(page.getByRole("list", { name: "Sources" })).toContainText("1 job pod");
  await context.close();
});

test("trouble appears while the page is open, is counted, and leads to its jobs", async ({ page }) => {
  await page.goto(stage.url);
  await untilLive(page);
  await expect(page.getByRole("heading", { name: "Nothing that Runnerscope can see needs you", exact: true })).toBeVisible();
  const waiting = stage.fleet.create({ jobName: "no-room-for-it" });
  stage.fleet.refuse(waiting);
  const killed = stage.fleet.run({ jobName: "eats-memory", services: { db: "postgres:17" } });
  stage.fleet.endContainer(killed, "db", OOM_KILLED);
  const problems = page.getByRole("region", { name: /Problems/ });
  await expect(problems.getByRole("listitem")).not.toHaveCount(0);
  await expect(problems).toContainText(/does not fit|unschedulable|no node|cannot be scheduled/i);
  await expect(page.getByRole("heading", { level: 1 })).not.toContainText("Nothing");
  await problems.getByRole("link").first().click();
  await expect(page).toHaveURL(/\/jobs/);
  await expect(
    page
      .getByRole("main")
      .getByText(/no-room-for-it|eats-memory/)
      .first(),
  ).toBeVisible();
  stage.fleet.remove(waiting);
  stage.fleet.remove(killed);
});

test("a figure that nobody measures says so instead of 0", async ({ page }) => {
  await page.goto(stage.url);
  const figures = page.getByRole("region", { name: "Figures of the fleet" });
  for (const label of ["jobs wait", "slots busy"]) {
    const figure = figures.locator("dl > div").filter({ hasText: label });
    await expect(figure).toContainText("no data");
    await expect(figure).not.toContainText(/\b0\b/);
  }
});

test("managers and nodes are found and counted", async ({ page }) => {
  await page.goto(stage.url);
  await untilLive(page);
  await expect(page.getByRole("main").getByText(/3 of 3 managers ready/)).toBeVisible();
  await expect(page.getByRole("main").getByText(/3 of 3 nodes ready/)).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("m");
  await expect(page).toHaveURL(/\/managers$/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("3 managers");
});

test("no verdict of an ended job is cut off, whatever its words and the width", async ({ page }) => {
  const job = stage.fleet.run({ jobName: "ends-soon" });
  stage.fleet.remove(job);
  await page.goto(stage.url);
  const chip = page.locator(".ended-table .chip").first();
  await expect(chip).toBeVisible();
  for (const width of [390, 1280, 1440]) {
    await page.setViewportSize({ width, height: 844 });
    const cut = await chip.evaluate(
      (element, words) => {
        const cell = element.closest("td")!;
        element.classList.remove("quiet");
        return words.filter((word) => {
          element.lastChild!.textContent = word;
          return cell.scrollWidth > cell.clientWidth || element.scrollWidth > element.clientWidth;
        });
      },
      [en, zhCN].flatMap(({ verdict }) => Object.values(verdict)),
    );
    expect(cut, `at ${width} px`).toEqual([]);
  }
});
