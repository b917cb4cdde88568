import { test as base, type Page } from "@playwright/test";
import { Stage, type StageOptions } from "./stage.ts";

export { expect } from "@playwright/test";

/** A test that fails when the page throws, logs an error, or breaks its content policy. `allow` what a test provokes itself. */
export const test = base.extend<{
  consoleErrors: { allow(pattern: RegExp): void };
  /** A stage of the test's own. */
  openStage: (options?: StageOptions) => Promise<Stage>;
}>({
  openStage: async ({ page }, provide) => {
    const stages: Stage[] = [];
    await provide(async (options) => {
      const stage = await Stage.open(options);
      stages.push(stage);
      return stage;
    });
    // The page first: it would complain about the server that goes.
    await page.close();
    for (const stage of stages) await stage.close();
  },
  consoleErrors: [
    async ({ page }, provide) => {
      const seen: string[] = [];
      const allowed: RegExp[] = [];
      watchPage(page, (text) => seen.push(text));
      await provide({ allow: (pattern) => allowed.push(pattern) });
      const bad = seen.filter((text) => !allowed.some((pattern) => pattern.test(text)));
      if (bad.length > 0) throw new Error(`The page complained:\n${bad.join("\n")}`);
    },
    { auto: true },
  ],
});

function watchPage(page: Page, complain: (text: string) => void): void {
  page.on("pageerror", (error) => complain(`exception: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") complain(`console: ${message.text()} (${message.location().url})`);
  });
}

/** The first word of the stream has come: what is shown is alive. */
export async function untilLive(page: Page): Promise<void> {
  await page.getByRole("group", { name: "Live" }).getByText("Live", { exact: false }).first().waitFor();
}

/** The row of the job table whose text holds this. */
export function row(page: Page, text: string | RegExp) {
  return page.getByRole("row").filter({ hasText: text });
}
