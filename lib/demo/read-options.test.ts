import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeScenarios, readOptions } from "./read-options.ts";

test("without flags the mix runs with a seed of its own", () => {
  expect(readOptions([], () => 0.25)).toEqual({ scenario: "mixed", pods: null, speed: 1, seed: 250_000, webhook: null });
});

test("--pods alone means the scale scenario; flags are read", () => {
  expect(readOptions(["--pods", "500", "--seed", "7", "--speed", "4"])).toEqual({
    scenario: "scale",
    pods: 500,
    speed: 4,
    seed: 7,
    webhook: null,
  });
  expect(readOptions(["--scenario", "oom-build", "--seed", "7"])).toMatchObject({ scenario: "oom-build", seed: 7 });
});

test("what is wrong is said with what would be right", () => {
  expect(() => readOptions(["--scenario", "nope"])).toThrow(/There is no scenario "nope"[^]*oom-build/);
  expect(() => readOptions(["--speed", "fast"])).toThrow("--speed must be a number from 0.1 to 60");
  expect(() => readOptions(["--pods", "0"])).toThrow("--pods must be a number from 1 to 20000");
  expect(() => readOptions(["--what"])).toThrow("Unknown option");
});

test("every scenario of the issue is there", () => {
  const names = [
    "seed",
    "calm",
    "rush",
    "oom-build",
    "oom-child",
    "oom-helper",
    "oom-service",
    "oom-init",
    "eviction",
    "throttled",
    "registry-down",
    "quota",
    "gitlab-429",
    "starvation",
    "manager-killed",
    "node-lost",
    "dind-late",
    "versions",
    "two-clusters",
    "scale",
  ];
  for (const name of names) expect(describeScenarios()).toContain(`  ${name} `);
});

test("the README's table is what --help says", () => {
  const readme = readFileSync("README.md", "utf8");
  const rows = [...readme.matchAll(/^\| `([\w-]+)` +\| (.+?) +\|$/gm)].map(
    ([, name = "", summary = ""]) => `  ${name.padEnd(16)} ${summary}`,
  );
  const said = describeScenarios().split("\n");
  expect(rows.filter((row) => said.includes(row))).toEqual(said);
});
