import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";

const PREFIX = "runnerscope-bed-";
const FILE = "bed.json";

/** A process that cannot be mistaken for a later one with the same number: field 22 of /proc/<pid>/stat, in clock ticks after boot (proc(5)). */
const processSchema = z.object({ pid: z.number().int(), startTime: z.string() });
export type ProcessIdentity = z.infer<typeof processSchema>;

/** What a bed has made on this machine: written before it is made, so that whoever finds it can take it away. */
const inventorySchema = z.object({
  owner: processSchema,
  /** First process of the bed's PID namespace as the host sees it: with it everything inside ends. null: not started. */
  holder: processSchema.nullable(),
  /** The host's end of the bed's network link. */
  link: z.string().nullable(),
  /** Name of the cgroup under which the kubelet makes those of the pods. */
  cgroup: z.string().nullable(),
  /** Where jobs can be handed in, and the administrator's kubeconfig, once there are any. */
  gitlab: z.string().nullable(),
  kubeconfig: z.string().nullable(),
});
export type Inventory = z.infer<typeof inventorySchema>;

export function makeRunFolder(): string {
  return mkdtempSync(path.join(tmpdir(), PREFIX));
}

export function writeInventory(folder: string, inventory: Inventory): void {
  const file = path.join(folder, FILE);
  writeFileSync(`${file}.new`, JSON.stringify(inventory));
  renameSync(`${file}.new`, file);
}

/** null where the folder holds no bed. */
export function readInventory(folder: string): Inventory | null {
  const file = path.join(folder, FILE);
  return existsSync(file) ? inventorySchema.parse(JSON.parse(readFileSync(file, "utf8"))) : null;
}

/** The run folders of all beds of this machine, also of those whose owner has died; the newest is the last. */
export function findBeds(): string[] {
  const root = tmpdir();
  return readdirSync(root)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => path.join(root, name))
    .filter((folder) => existsSync(path.join(folder, FILE)))
    .toSorted((a, b) => statSync(a).birthtimeMs - statSync(b).birthtimeMs);
}

/** null when there is no such process (any more). A zombie is not alive. */
export function identify(pid: number): ProcessIdentity | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return null;
  }
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // the name before it may hold spaces
  return fields[0] === "Z" ? null : { pid, startTime: fields[19] ?? "" };
}

export const isAlive = (process: ProcessIdentity): boolean => identify(process.pid)?.startTime === process.startTime;
