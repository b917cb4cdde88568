import AxeBuilder from "@axe-core/playwright";
import { OOM_KILLED } from "../../lib/testing/fake-fleet.ts";
import { expect, test } from "./fixture.ts";
import { Stage } from "./stage.ts";

let stage: Stage;
let jobPath = "";
test.beforeAll(async () => {
  stage = await Stage.open({
    prepare: (fleet) => {
      for (let count = 0; count < 6; count++) fleet.run({ jobName: `job-${count}`, project: `group/project-${count % 3}` });
      const waiting = fleet.create({ jobName: "waiting" });
      fleet.refuse(waiting);
      const ended = fleet.run({ jobName: "ended" });
      fleet.delete(ended);
      fleet.finish(ended);
    },
  });
  const killed = stage.fleet.run({ jobName: "killed", services: { db: "postgres:17", docker: "docker:28-dind" } });
  stage.fleet.endContainer(killed, "db", OOM_KILLED);
  await expect.poll(async () => (await stage.job(killed))?.findings.length ?? 0).toBeGreaterThan(0);
  jobPath = stage.jobPath(killed);
});
test.afterAll(() => stage.close());

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const PAGES = {
  now: () => "/",
  jobs: () => "/jobs",
  job: () => jobPath,
  managers: () => "/managers",
  nodes: () => "/nodes",
  sources: () => "/sources",
  "no such job": () => "/jobs/fake/none",
};

for (const locale of ["en", "zh-CN"]) {
  for (const theme of ["dark", "light"]) {
    for (const width of [1440, 390]) {
      test(`axe finds nothing: ${locale}, ${theme}, ${width} px`, async ({ page, context }) => {
        const url = stage.url;
        await context.addCookies([
          { name: "runnerscope-locale", value: locale, url },
          { name: "runnerscope-theme", value: theme, url },
        ]);
        await page.setViewportSize({ width, height: 900 });
        for (const [name, path] of Object.entries(PAGES)) {
          await page.goto(`${url}${path()}`);
          await expect(page.getByRole("heading", { level: 1 })).toBeAttached();
          await expect(page.locator("html")).toHaveAttribute("lang", locale);
          const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
          const told = violations.map((one) => `${name}: ${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
          expect(told).toEqual([]);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          expect(wide, `${name} scrolls sideways`).toBeLessThanOrEqual(0);
        }
      });
    }
  }
}

test("menus, palette and help are free of findings too, and give the focus back", async ({ page }) => {
  await page.goto(`${stage.url}/jobs`);
  const scan = async (what: string) => {
    // After its entrance: half-transparent text has half the contrast.
    await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => null))));
    const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
    expect(violations.map((one) => `${what}: ${one.id}: ${one.nodes[0]?.html.slice(0, 160)}`)).toEqual([]);
  };
  const search = page.getByRole("button", { name: /Search, or paste/ });
  await search.click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await scan("palette");
  await page.keyboard.press("Escape");
  await expect(search).toBeFocused();
  await page.getByRole("button", { name: "Keys", exact: true }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await scan("help");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^Group:/ }).click();
  await expect(page.getByRole("menu")).toBeVisible();
  await scan("menu");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: /^Group:/ })).toBeFocused();
});
