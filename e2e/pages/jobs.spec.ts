import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { OOM_KILLED } from "../../lib/testing/fake-fleet.ts";
import { expect, row, test, untilLive } from "./fixture.ts";
import { Stage } from "./stage.ts";

let stage: Stage;
test.beforeAll(async () => {
  stage = await Stage.open({
    prepare: (fleet) => {
      fleet.run({ jobName: "alpha", project: "payments/api", node: "node-1", agoMs: 600_000 });
      fleet.run({ jobName: "bravo", project: "payments/web", node: "node-2", agoMs: 60_000 });
      fleet.run({ jobName: "charlie", project: "shop/checkout", node: "node-2", agoMs: 5_000, limits: null });
    },
  });
});
test.afterAll(() => stage.close());

const open = async (page: Page, query = "") => {
  await page.goto(`${stage.url}/jobs${query}`);
  await untilLive(page);
};
/** Names in the order of the table. */
const names = (page: Page) => page.locator("tr.job-line .jobname").allTextContents();

test("a job appears, moves on, is deleted and leaves, without a reload", async ({ page }) => {
  await open(page);
  const name = stage.fleet.create({ jobName: "newcomer" });
  await expect(row(page, "newcomer")).toContainText("scheduling");
  stage.fleet.schedule(name, "node-3");
  stage.fleet.prepare(name);
  await expect(row(page, "newcomer")).toContainText("starting");
  await expect(row(page, "newcomer")).toContainText("node-3");
  stage.fleet.start(name);
  await expect(row(page, "newcomer")).toContainText("executing");
  stage.fleet.delete(name);
  await expect(row(page, "newcomer")).toContainText("cleanup");
  stage.fleet.finish(name);
  await expect(row(page, "newcomer")).toHaveCount(0);
  await page.getByRole("button", { name: /^Ended/ }).click();
  await expect(row(page, "newcomer")).toContainText(/Unknown/);
  await expect(page).toHaveURL(/v=ended/);
});

test("an OOM kill changes the verdict of the row and its container's mark", async ({ page }) => {
  await open(page);
  const name = stage.fleet.run({ jobName: "hungry", services: { db: "postgres:17" } });
  await expect(row(page, "hungry")).toContainText("Running");
  stage.fleet.endContainer(name, "db", OOM_KILLED);
  await expect(row(page, "hungry")).toContainText(/OOM-killed/);
  stage.fleet.remove(name);
  await expect(row(page, "hungry")).toHaveCount(0);
});

test("filters are chips, stand in the address, and survive a reload", async ({ page }) => {
  await open(page);
  const field = page.getByRole("combobox", { name: "Filter jobs" });
  await field.fill("project:payments/*");
  await field.press("Enter");
  await expect(row(page, "charlie")).toHaveCount(0);
  expect((await names(page)).toSorted()).toEqual(["alpha", "bravo"]);
  await expect(page).toHaveURL(/q=project:payments/);
  await field.fill("-node:node-2 ");
  await expect(row(page, "bravo")).toHaveCount(0);
  await expect(page).toHaveURL(/node:node-2/);
  await page.reload();
  await expect(row(page, "alpha")).toBeVisible();
  expect(await names(page)).toEqual(["alpha"]);
  await expect(page.getByText("1 of 3")).toBeVisible();
  await page.getByRole("button", { name: "Remove the filter -node:node-2" }).click();
  await expect(row(page, "bravo")).toBeVisible();
});

test("a filter that cannot be read says what to write instead", async ({ page }) => {
  await open(page, "?q=projct:payments");
  await expect(page.getByText("Did you mean “project”?")).toBeVisible();
  await expect(row(page, "charlie")).toBeVisible();
});

test("a filter that matches nothing is not called an empty fleet", async ({ page }) => {
  await open(page, "?q=project:nobody");
  await expect(page.getByRole("heading", { name: "No job matches the filter" })).toBeVisible();
  await page.getByRole("button", { name: "Remove all filters" }).click();
  await expect(row(page, "alpha")).toBeVisible();
});

test("sorting by a head, grouping and closing a group stand in the address", async ({ page }) => {
  await open(page, "?g=none");
  await page.getByRole("columnheader", { name: "Job" }).getByRole("button").click();
  await expect(page.getByRole("columnheader", { name: "Job" })).toHaveAttribute("aria-sort", "ascending");
  expect(await names(page)).toEqual(["alpha", "bravo", "charlie"]);
  await page.getByRole("columnheader", { name: "Job" }).getByRole("button").click();
  await expect.poll(() => names(page)).toEqual(["charlie", "bravo", "alpha"]);
  await expect(page).toHaveURL(/s=-job/);
  await page.getByRole("button", { name: "Group: none" }).click();
  await page.getByRole("menuitemradio", { name: "node" }).click();
  const group = page.getByRole("button", { name: /^node-2/ });
  await expect(group).toHaveAttribute("aria-expanded", "true");
  await group.click();
  await expect(row(page, "bravo")).toHaveCount(0);
  await expect(page).toHaveURL(/x=/);
  await page.reload();
  await expect(page.getByRole("button", { name: /^node-2/ })).toHaveAttribute("aria-expanded", "false");
  await expect(row(page, "alpha")).toBeVisible();
});

test("columns can be chosen", async ({ page }) => {
  await open(page);
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Pod", exact: true }).click();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("columnheader", { name: "Pod" })).toBeVisible();
  await expect(page).toHaveURL(/c=.*pod/);
});

test("the CSV is what the table shows, in its order, and no formula starts in it", async ({ page }) => {
  const evil = stage.fleet.run({ jobName: '=HYPERLINK("http://evil.example")', project: "payments/evil" });
  await open(page, "?q=project:payments/*&g=none&s=job");
  await expect(row(page, "HYPERLINK")).toBeVisible();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: /CSV/ }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^runnerscope-jobs-\d{8}T\d{6}Z\.csv$/);
  const lines = (await readFile(await file.path(), "utf8")).trim().split(/\r?\n/);
  expect(lines).toHaveLength(4);
  expect(lines.join("\n")).toMatch(/alpha[\s\S]*bravo/);
  expect(lines.join("\n")).not.toMatch(/(^|[,"\n])=HYPERLINK/);
  expect(lines.join("\n")).not.toContain("charlie");
  stage.fleet.remove(evil);
});

test("pause holds the picture and counts what changed; resume shows it", async ({ page }) => {
  await open(page);
  await page.getByRole("group", { name: "Live" }).getByRole("button").click();
  await expect(page.getByText(/Paused at .* Nothing changed since/)).toBeVisible();
  const name = stage.fleet.run({ jobName: "while-paused" });
  await expect(page.getByText(/\d+ changes? since/)).toBeVisible();
  await expect(row(page, "while-paused")).toHaveCount(0);
  await page
    .getByRole("button", { name: /^Resume/ })
    .last()
    .click();
  await expect(row(page, "while-paused")).toBeVisible();
  stage.fleet.remove(name);
});

test("the keyboard alone: move, peek, open, back, filter, help, palette", async ({ page }) => {
  await open(page, "?g=none&s=job");
  await page.keyboard.press("j");
  await expect(row(page, "alpha")).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("j");
  await expect(row(page, "bravo")).toHaveAttribute("aria-selected", "true");
  await expect(page.getByRole("region", { name: "Selected job" })).toContainText("bravo");
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/jobs\/fake\/[0-9a-f-]{36}/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("alpha");
  await page.goBack();
  await untilLive(page);
  await page.keyboard.press("/");
  await expect(page.getByRole("combobox", { name: "Filter jobs" })).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("charlie");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("charlie");
});

test("rows keep their place while the pointer is on the table", async ({ page }) => {
  await open(page, "?g=none&s=job");
  await row(page, "bravo").hover();
  const before = await row(page, "bravo").boundingBox();
  const name = stage.fleet.run({ jobName: "aaa-first" });
  await expect(row(page, "aaa-first")).toBeVisible();
  expect((await row(page, "bravo").boundingBox())?.y).toBe(before?.y);
  await page.keyboard.press(".");
  await expect.poll(async () => (await names(page))[0]).toBe("aaa-first");
  stage.fleet.remove(name);
});
