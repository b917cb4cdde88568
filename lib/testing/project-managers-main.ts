import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { readJobsList } from "../manager/read-jobs-list.ts";
import { readMetrics } from "../manager/read-metrics.ts";
import type { RecordedManager } from "./replay.ts";

/**
 * Makes `recorded/ten-jobs-managers.json` out of the managers' pages of the same recording (`managers/<ms>-<pod IP>.metrics.txt` with
 * `….jobs.txt` beside it): `node lib/testing/project-managers-main.ts DIR > FILE`. Histograms are left out.
 */
const [dir] = process.argv.slice(2);
if (dir === undefined) throw new Error("Give the folder of the recording.");
const folder = path.join(dir, "managers");
const pages: RecordedManager[] = [];
for (const file of readdirSync(folder).toSorted()) {
  const [, ms, address] = /^(\d+)-(\S+)\.metrics\.txt$/.exec(file) ?? [];
  if (ms === undefined || address === undefined) continue;
  const metrics = readMetrics(readFileSync(path.join(folder, file), "utf8"));
  if (metrics.concurrent === null) continue;
  const runners = metrics.runners.map((runner) => ({ ...runner, queueDuration: null, jobDuration: null, requestTimes: [] }));
  const { jobs } = readJobsList(readFileSync(path.join(folder, file.replace(/metrics\.txt$/, "jobs.txt")), "utf8"));
  pages.push({ atMs: Number(ms), address, metrics: { ...metrics, runners }, jobs });
}
process.stdout.write(`${JSON.stringify(pages).replaceAll(/\},\{"atMs"/g, '},\n{"atMs"')}\n`);
