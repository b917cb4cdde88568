import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test, untilLive } from "./fixture.ts";
import { shownKeys } from "./outages/outage.ts";

const MEGABYTES = 24;

/** A file system of a few megabytes; null where this user may not mount one. */
function mountSmallDisk(): { folder: string; unmount: () => void } | null {
  const folder = mkdtempSync(path.join(tmpdir(), "runnerscope-disk-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${MEGABYTES}m`, "tmpfs", folder]).status === 0;
  const remove = () => rmSync(folder, { recursive: true, force: true });
  if (!mounted) {
    remove();
    return null;
  }
  return {
    folder,
    unmount: () => {
      spawnSync("umount", ["--lazy", folder]);
      remove();
    },
  };
}

/** Writes until the disk has no byte left. */
function fill(file: string): void {
  const handle = openSync(file, "w");
  for (let size = 65_536; size >= 1;) {
    try {
      writeSync(handle, Buffer.alloc(size));
    } catch {
      size = Math.floor(size / 2);
    }
  }
  closeSync(handle);
}

test("disk full: the history says so and only it, live jobs go on, and what ended meanwhile is written when there is room", async ({
  context,
  page,
  openStage,
}) => {
  test.setTimeout(180_000);
  const disk = mountSmallDisk();
  test.skip(disk === null, "only root can mount a file system to fill");
  if (disk === null) return;
  try {
    const stage = await openStage({ env: { RUNNERSCOPE_DATA: path.join(disk.folder, "data"), RUNNERSCOPE_LOG_LEVEL: "error" } });
    const first = stage.fleet.run({ jobName: "before-it-was-full" });
    await expect.poll(async () => (await stage.job(first))?.pod).toBe(first);
    stage.fleet.remove(first);
    await page.goto(`${stage.url}/history`);
    await expect(page.getByText("before-it-was-full").first()).toBeVisible({ timeout: 30_000 });
    await page.evaluate(() => ((globalThis as { marker?: number }).marker = 4));
    const list = await context.newPage();
    await list.goto(`${stage.url}/jobs`);
    await untilLive(list);

    const filler = path.join(disk.folder, "filler");
    fill(filler);
    const start = performance.now();
    const ended = Array.from({ length: 60 }, (_, index) => stage.fleet.run({ jobName: `ended-while-full-${index}` }));
    await expect.poll(async () => (await stage.job(ended.at(-1) ?? ""))?.pod, { timeout: 20_000 }).toBe(ended.at(-1));
    for (const pod of ended) stage.fleet.remove(pod);
    await expect(page.getByText("Finished jobs are not written now.")).toBeVisible({ timeout: 60_000 });
    const said = ((performance.now() - start) / 1_000).toFixed(1);
    stage.fleet.run({ jobName: "lives-on" });
    await expect.poll(() => shownKeys(list)).toHaveLength(1);
    await expect(list.locator(".banner")).toHaveCount(0);

    rmSync(filler);
    const room = performance.now();
    await expect(page.getByText("Finished jobs are not written now.")).toHaveCount(0, { timeout: 90_000 });
    const healed = ((performance.now() - room) / 1_000).toFixed(1);
    const kept = async () => {
      const { items } = await stage.get<{ items: { name: string }[] }>("/api/v1/jobs?state=finished&limit=500");
      return items.length;
    };
    await expect.poll(kept).toBe(61);
    const shown = page.getByText(/ended-while-full-/);
    await expect.poll(() => shown.count(), { timeout: 60_000 }).toBeGreaterThan(0);
    expect(await page.evaluate(() => (globalThis as { marker?: number }).marker)).toBe(4);
    console.log(`      disk full: said after ${said} s on the page of the history; healed ${healed} s after there was room`);
  } finally {
    await page.close();
    disk.unmount();
  }
});
