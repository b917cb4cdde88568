import { defineConfig } from "@playwright/test";

/** The built product against a real cluster with a real runner. One worker: one bed. */
export default defineConfig({
  testDir: "specs",
  testMatch: "*.spec.ts",
  workers: 1,
  fullyParallel: false,
  timeout: 240_000,
  expect: { timeout: 15_000 },
  reporter: process.env["PLAYWRIGHT_JSON_OUTPUT_NAME"] ? [["list"], ["json"]] : [["list"]],
  outputDir: "../../test-results/cluster",
  use: {
    browserName: "chromium",
    viewport: { width: 1440, height: 1000 },
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    launchOptions: {
      executablePath: "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
    },
  },
});
