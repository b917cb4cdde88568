import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { ContainerSample } from "../metrics/schema.ts";
import { parseCadvisor } from "../metrics/parse-cadvisor.ts";
import { readTenJobs, type RecordedUsage } from "./replay.ts";

/**
 * Makes `recorded/ten-jobs-usage.json` out of the cAdvisor pages of the same recording (`cadvisor/<ms>.txt`, named by when they were asked for):
 * `node lib/testing/project-usage-main.ts DIR > FILE`. It keeps what the parser reads of the job pods' containers; a sample that a page
 * repeats is left out.
 */
const [dir] = process.argv.slice(2);
if (dir === undefined) throw new Error("Give the folder of the recording.");
const folder = path.join(dir, "cadvisor");
const uids = new Set(readTenJobs().steps.flatMap((step) => ("pod" in step ? [step.pod.uid] : [])));
const seen = new Map<string, number>();
let fields: (keyof ContainerSample)[] = [];
const pages: RecordedUsage["pages"] = [];
for (const file of readdirSync(folder).toSorted()) {
  const askedMs = Number.parseInt(file, 10);
  const page = parseCadvisor(readFileSync(path.join(folder, file)), askedMs);
  const own = page.containers.filter((sample) => sample.podUid !== null && uids.has(sample.podUid) && sample.containerId !== null);
  const rows = own.filter((sample) => sample.atMs > (seen.get(sample.containerId ?? "") ?? 0));
  for (const sample of rows) {
    fields = Object.keys(sample) as (keyof ContainerSample)[];
    seen.set(sample.containerId ?? "", sample.atMs);
  }
  const nested = page.nested.filter((sample) => seen.has(sample.containerId) && (sample.oomEvents ?? 0) > 0);
  pages.push({ askedMs, machine: page.machine, nested, rows: rows.map((sample) => fields.map((field) => sample[field])) });
}
process.stdout.write(`${JSON.stringify({ fields, pages }).replaceAll(/\},\{"askedMs"/g, '},\n{"askedMs"')}\n`);
