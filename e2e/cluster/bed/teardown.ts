import { existsSync, rmSync } from "node:fs";
import { removeCgroup } from "./cgroups.ts";
import { run, succeeds, waitUntil } from "./command.ts";
import { isAlive, readInventory } from "./inventory.ts";

/**
 * Takes away everything that a bed has made, whatever state it is in: processes with their mounts and network (the kernel
 * ends those with the holder), cgroups, link, run folder. Can be called again. The owner must have ended or have stopped working.
 */
export async function tearDown(folder: string): Promise<void> {
  const inventory = readInventory(folder);
  const { holder = null, link = null, cgroup = null } = inventory ?? {};
  if (holder && isAlive(holder)) {
    process.kill(holder.pid, "SIGKILL");
    await waitUntil("The bed's processes did not end", () => !isAlive(holder), 60_000, 20);
  }
  if (cgroup) await removeCgroup(cgroup);
  if (link) {
    // The kernel removes the link with the namespace, a little later.
    const gone = waitUntil(`Link ${link} did not go`, () => !existsSync(`/sys/class/net/${link}`), 10_000, 20);
    if (!(await succeeds(gone))) await run("ip", ["link", "delete", link]);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
