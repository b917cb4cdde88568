import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { systemClock } from "../base/clock.ts";
import { Runtime } from "./composition.ts";
import { readConfig } from "./config.ts";
import { createLog } from "./log.ts";

const folder = path.resolve(import.meta.dirname, "../../deploy/prometheus");
const rules = readFileSync(path.join(folder, "rules.yml"), "utf8");
const PROMTOOL = "/usr/bin/promtool";
const missing = existsSync(PROMTOOL) ? null : "promtool is not installed (apt-get install prometheus)";
if (missing !== null) console.warn(`The rules are not run through promtool: ${missing}`);

it.skipIf(missing !== null)("promtool passes the rules and their tests", () => {
  const run = (...args: string[]) => execFileSync(PROMTOOL, args, { cwd: folder, encoding: "utf8", stdio: "pipe" });
  expect(run("check", "rules", "rules.yml")).toContain("SUCCESS");
  expect(run("test", "rules", "rules.test.yml")).toContain("SUCCESS");
});

it("every metric that a rule reads is one that the product has, and every alert leads to a page", async () => {
  const { config } = readConfig({ RUNNERSCOPE_HISTORY_DAYS: "0" });
  const runtime = new Runtime({ config, status: { state: "ok" }, watches: [], clock: systemClock, log: createLog("silent") });
  const text = await runtime.metrics.text();
  await runtime.stop();
  const read = new Set(rules.match(/\brunnerscope_[a-z_]+/g));
  expect(read.size).toBeGreaterThan(6);
  for (const name of read) expect(text).toContain(`# TYPE ${name} `);
  const alerts = rules.match(/- alert: \w+/g) ?? [];
  const links = [...rules.matchAll(/dashboard: http:\/\/runnerscope\.example\/(\w*)/g)].map(([, page]) => page ?? "");
  expect(links).toHaveLength(alerts.length);
  for (const page of links) expect(existsSync(path.resolve(import.meta.dirname, "../../app", page, "page.tsx"))).toBe(true);
});

it("what is not known has no series: nobody tells the slots, so none are 0", async () => {
  const { config } = readConfig({ RUNNERSCOPE_HISTORY_DAYS: "0" });
  const runtime = new Runtime({ config, status: { state: "ok" }, watches: [], clock: systemClock, log: createLog("silent") });
  const text = await runtime.metrics.text();
  await runtime.stop();
  expect(text).not.toMatch(/^runnerscope_(slots|waiting_jobs|oldest_wait_seconds|manager_slots)\{/m);
  expect(text).toMatch(/^runnerscope_live_jobs nan$/im);
});
