import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findBeds, identify, type Inventory, isAlive, makeRunFolder, readInventory, writeInventory } from "./inventory.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "inventory-test-"));
  vi.stubEnv("TMPDIR", root);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

// The bed and its book-keeping exist on Linux only.
describe.runIf(process.platform === "linux")("on Linux", () => {
  test("a process is told apart from a later one with the same number", async () => {
    const child = spawn("sleep", ["60"]);
    const identity = identify(child.pid ?? 0)!;
    expect(isAlive(identity)).toBe(true);
    expect(isAlive({ ...identity, startTime: "1" })).toBe(false);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    expect(isAlive(identity)).toBe(false);
    expect(identify(child.pid ?? 0)).toBeNull();
  });

  test("what a bed made can be read by others; a folder without it is no bed", () => {
    const empty = makeRunFolder();
    const used = makeRunFolder();
    const inventory: Inventory = {
      owner: identify(process.pid)!,
      holder: null,
      link: "runnerscope9",
      cgroup: null,
      gitlab: null,
      kubeconfig: null,
    };
    writeInventory(used, inventory);
    expect(readInventory(used)).toEqual(inventory);
    expect(readInventory(empty)).toBeNull();
    expect(findBeds()).toEqual([used]);
  });
});
