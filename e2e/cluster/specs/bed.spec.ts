// The bed itself: a second one beside the first, whose owner is killed.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { findBeds, type Inventory, isAlive, readInventory } from "../bed/inventory.ts";
import { expect, test } from "./fixture.ts";

test("a second bed runs beside the first, and of it nothing is left when its owner is killed", async ({ stage }) => {
  const main = path.resolve(import.meta.dirname, "../main.ts");
  const owner = spawn(process.execPath, [main, "up"], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  let folder = "";
  let inventory: Inventory | null = null as Inventory | null;
  owner.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = new Promise((resolve) => void owner.once("exit", resolve));
  try {
    await expect.poll(() => said, { timeout: 180_000 }).toContain("The cluster runs");
    folder = findBeds().find((one) => readInventory(one)?.owner.pid === owner.pid) ?? "";
    inventory = readInventory(folder);
  } finally {
    owner.kill("SIGKILL");
    await ended;
  }
  const { holder, link, cgroup } = inventory!;
  expect(stage.bed.folder).not.toBe(folder);
  await expect.poll(() => existsSync(folder), { timeout: 60_000 }).toBe(false);
  expect(isAlive(holder!)).toBe(false);
  expect(existsSync(`/sys/class/net/${link}`)).toBe(false);
  const roots = ["/sys/fs/cgroup", ...readdirSync("/sys/fs/cgroup").map((name) => path.join("/sys/fs/cgroup", name))];
  expect(roots.filter((root) => existsSync(path.join(root, cgroup!)))).toEqual([]);
  // The first is not touched by it.
  expect(await stage.bed.kubectl("get", "nodes")).toMatch(/ Ready /);
});
