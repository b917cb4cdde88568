import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { waitUntil } from "./command.ts";

const ROOT = "/sys/fs/cgroup";

const isV2 = (root: string) => existsSync(path.join(root, "cgroup.controllers"));

/** All roots: one with cgroup v2; with v1 one for each controller, and perhaps one of v2 beside them, where runc leaves its mark too. */
function hierarchies(): string[] {
  if (isV2(ROOT)) return [ROOT];
  const folders = readdirSync(ROOT).map((name) => path.join(ROOT, name));
  return folders.filter((folder) => existsSync(path.join(folder, "cgroup.procs")));
}

/** The cgroup under which the kubelet makes those of its pods; two kubelets under one root would delete each other's. */
export function makeCgroup(name: string): void {
  for (const root of hierarchies()) {
    const folder = path.join(root, name);
    if (isV2(root)) delegate(root);
    mkdirSync(folder, { recursive: true });
    if (isV2(root)) delegate(folder);
    // With cgroup v1 a new cpuset holds no processor, and no process can enter it (cpusets(7)).
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      if (existsSync(path.join(root, file))) writeFileSync(path.join(folder, file), readFileSync(path.join(root, file)));
    }
  }
}

/** cgroup v2: children get only the controllers that their parent hands down (cgroups(7)). */
function delegate(folder: string): void {
  const has = readFileSync(path.join(folder, "cgroup.controllers"), "utf8").trim().split(" ").filter(Boolean);
  for (const controller of has) writeFileSync(path.join(folder, "cgroup.subtree_control"), `+${controller}`);
}

/** Removes the cgroup with all below it. Its processes must have ended; the kernel may take a moment to let go of them. */
export async function removeCgroup(name: string): Promise<void> {
  await waitUntil(`The cgroup ${name} was not empty`, () => hierarchies().every((root) => removeTree(path.join(root, name))), 20_000);
}

function removeTree(folder: string): boolean {
  if (!existsSync(folder)) return true;
  const inner = readdirSync(folder).map((name) => path.join(folder, name));
  const done = inner.filter((entry) => statSync(entry, { throwIfNoEntry: false })?.isDirectory()).map(removeTree);
  if (done.includes(false)) return false;
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false; // still busy
  }
}

/** Processes in a cgroup's memory controller (or the one hierarchy) whose path ends with this. */
export function processesOf(cgroup: string): number[] {
  const v1 = path.join(ROOT, "memory", cgroup, "cgroup.procs");
  const file = existsSync(v1) ? v1 : path.join(ROOT, cgroup, "cgroup.procs");
  return readFileSync(file, "utf8").trim().split("\n").filter(Boolean).map(Number);
}
