// `npm test`: everything that needs no cluster, on a fresh clone. Prints `N passed, N failed` last.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { installDebian, installPackages, pinnedEnvironment, root } from "./install.mjs";

installPackages();
// For the history's tests on a real PostgreSQL, and for the alerting rules. Without them those tests are skipped, and say so.
installDebian(["postgresql"], "/usr/bin/psql");
installDebian(["prometheus"], "/usr/bin/promtool");
const results = path.join(root, "test-results");
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

const env = { ...pinnedEnvironment(), FORCE_COLOR: "0" };
let passed = 0;
let failed = 0;

/** Runs one step; `count` reads how many tests it held, otherwise the step itself counts as one. */
function step(name, command, args, options = {}) {
  const started = Date.now();
  console.log(`\n── ${name}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit", env: { ...env, ...options.env } });
  const counts = options.report ? countReport(path.join(results, options.report), options.shape) : { passed: 0, failed: 0 };
  passed += counts.passed + (status === 0 ? 1 : 0);
  failed += counts.failed + (status !== 0 && counts.failed === 0 ? 1 : 0);
  console.log(`── ${name}: ${status === 0 ? "ok" : "FAILED"} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return status === 0;
}

function countReport(file, shape) {
  if (!existsSync(file)) return { passed: 0, failed: 0 };
  const report = JSON.parse(readFileSync(file, "utf8"));
  if (shape === "vitest") return { passed: report.numPassedTests, failed: report.numFailedTests };
  return { passed: report.stats.expected + report.stats.flaky, failed: report.stats.unexpected };
}

step("format", "oxfmt", ["--check", "."]);
step("lint", "oxlint", ["--deny-warnings"]);
step("types", "tsc", ["-p", ".", "--noEmit"]);
step("unused code", "knip", []);
step("unit tests", "vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${path.join(results, "unit.json")}`], {
  report: "unit.json",
  shape: "vitest",
});
const built = step("build", "next", ["build"]);
if (built) {
  step("browser bundle", "node", [".ci/scan-bundle.ts"]);
  const browser = installDebian(["chromium", "fonts-noto-cjk"], "/usr/bin/chromium");
  if (browser) {
    step("browser tests", "playwright", ["test"], {
      report: "pages.json",
      shape: "playwright",
      env: { PLAYWRIGHT_JSON_OUTPUT_NAME: path.join(results, "pages.json") },
    });
  } else {
    failed += 1;
  }
} else {
  console.error("The build failed, so bundle scan and browser tests did not run.");
  failed += 2;
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
