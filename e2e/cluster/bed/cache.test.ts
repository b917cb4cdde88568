import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cached, cacheKey, cacheRoot, withLock } from "./cache.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "cache-test-"));
  vi.stubEnv("RUNNERSCOPE_BED_CACHE", root);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

test("the cache is outside of the checkout, and can be put elsewhere", () => {
  expect(cacheRoot({ RUNNERSCOPE_BED_CACHE: "/elsewhere" })).toBe("/elsewhere");
  expect(cacheRoot({ XDG_CACHE_HOME: "/xdg" })).toBe("/xdg/runnerscope-bed");
  expect(cacheRoot({})).toMatch(/\.cache\/runnerscope-bed$/);
});

test("a key follows texts, file names and file contents, and nothing else", () => {
  const folder = path.join(root, "source");
  mkdirSync(path.join(folder, "inner"), { recursive: true });
  writeFileSync(path.join(folder, "go.mod"), "module a");
  writeFileSync(path.join(folder, "inner/b.go"), "package b");
  const key = cacheKey(["flags"], [folder]);
  utimesSync(path.join(folder, "go.mod"), new Date(0), new Date(0));
  expect(cacheKey(["flags"], [folder])).toBe(key);
  expect(cacheKey(["other flags"], [folder])).not.toBe(key);
  expect(cacheKey(["ab", "c"])).not.toBe(cacheKey(["a", "bc"]));
  writeFileSync(path.join(folder, "inner/b.go"), "package c");
  const changed = cacheKey(["flags"], [folder]);
  expect(changed).not.toBe(key);
  writeFileSync(path.join(folder, "inner/new.go"), "");
  expect(cacheKey(["flags"], [folder])).not.toBe(changed);
});

// flock(1) is of util-linux.
describe.runIf(process.platform === "linux")("on Linux", () => {
  test("what is there is not made again", async () => {
    const make = vi.fn<(folder: string) => Promise<void>>(async (folder) => writeFileSync(path.join(folder, "out"), "built"));
    const first = await cached("thing", "abc", make, () => {});
    const second = await cached("thing", "abc", make, () => {});
    expect(second).toBe(first);
    expect(readFileSync(path.join(first, "out"), "utf8")).toBe("built");
    expect(make).toHaveBeenCalledTimes(1);
  });

  test("two who need the same thing at once make it once", async () => {
    const make = vi.fn<() => Promise<void>>(async () => new Promise<void>((resolve) => setTimeout(resolve, 100)));
    await Promise.all([cached("thing", "abc", make, () => {}), cached("thing", "abc", make, () => {})]);
    expect(make).toHaveBeenCalledTimes(1);
  });

  test("a build that fails leaves nothing that could be taken for a result", async () => {
    const broken = cached(
      "thing",
      "abc",
      async () => Promise.reject(new Error("no compiler")),
      () => {},
    );
    await expect(broken).rejects.toThrow("no compiler");
    expect(readdirSync(root)).toEqual(["lock"]);
  });

  test("older folders of the same kind go only when nobody used them for two weeks", async () => {
    const make = async () => {};
    const old = await cached("thing", "old", make, () => {});
    const recent = await cached("thing", "recent", make, () => {});
    const other = await cached("other", "old", make, () => {});
    const longAgo = new Date(Date.now() - 15 * 24 * 3_600_000);
    for (const folder of [old, other]) utimesSync(folder, longAgo, longAgo);
    await cached("thing", "new", make, () => {});
    expect([old, recent, other].map((folder) => existsSync(folder))).toEqual([false, true, true]);
  });

  test("only one holds the lock at a time", async () => {
    const steps: string[] = [];
    const hold = (name: string) =>
      withLock(root, async () => {
        steps.push(`${name} in`);
        await new Promise((resolve) => setTimeout(resolve, 50));
        steps.push(`${name} out`);
      });
    await Promise.all([hold("a"), hold("b")]);
    expect(steps.map((step) => step.slice(2))).toEqual(["in", "out", "in", "out"]);
  });
});
