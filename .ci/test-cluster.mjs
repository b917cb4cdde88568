// `npm run test:cluster`: the product against a real Kubernetes with a real gitlab-runner. Prints `N passed, N failed` last.
// `npm run test:cluster -- campaign [--jobs 200] [--seed S] [--in-flight 8] [--disturb restart,cut]`: only the campaign, as long as wanted.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { installDebian, installPackages, pinnedEnvironment, root } from "./install.mjs";

installPackages();
const results = path.join(root, "test-results");
mkdirSync(results, { recursive: true });
const report = path.join(results, "cluster.json");
rmSync(report, { force: true });
const env = { ...pinnedEnvironment(), FORCE_COLOR: "0", PLAYWRIGHT_JSON_OUTPUT_NAME: report };
const run = (command, args) => spawnSync(command, args, { cwd: root, stdio: "inherit", env }).status;

const prepared = run("node", ["e2e/cluster/main.ts", "prepare"]);
if (prepared !== 0) {
  console.log("0 passed, 1 failed");
  process.exit(prepared ?? 1);
}
const [command, ...campaign] = process.argv.slice(2);
if (command !== undefined && command !== "campaign") {
  console.error(`Unknown: ${command}. Without arguments all tests run; "campaign" runs only that.`);
  process.exit(1);
}
if (command === "campaign") {
  // The product builds itself where needed.
  process.exit(run("node", ["e2e/cluster/campaign/main.ts", ...campaign]) ?? 1);
}
if (!installDebian(["chromium", "fonts-noto-cjk"], "/usr/bin/chromium")) {
  console.log("0 passed, 1 failed");
  process.exit(1);
}
if (!existsSync(path.join(root, ".next/standalone/server.js")) && run("next", ["build"]) !== 0) {
  console.log("0 passed, 1 failed");
  process.exit(1);
}
const status = run("playwright", ["test", "--config", "e2e/cluster/playwright.config.ts"]);
const stats = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")).stats : { expected: 0, flaky: 0, unexpected: 1 };
const failed = status === 0 ? stats.unexpected : Math.max(1, stats.unexpected);
console.log(`\n${stats.expected + stats.flaky} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
