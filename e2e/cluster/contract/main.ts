// `npm run record:contract -- FOLDER`: the ten jobs of the contract on a bed, with all that its wire says. The folder is made into
// lib/demo/recorded/ten-jobs.json by lib/demo/contract/trim-main.ts.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { startBed } from "../bed/bed.ts";
import { waitUntil } from "../bed/command.ts";
import { startCapture } from "./capture.ts";
import { later, together } from "./ten-jobs.ts";

const started = performance.now();
const log = (text: string) => console.log(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${text}`);
const LIVE = new Set(["pending", "running", "canceling"]);
/** A pod is deleted when its job has ended, and gone after its grace period. */
const JOBS_MS = 400_000;

const [given] = process.argv.slice(2);
if (given === undefined) {
  console.error("Give a folder: npm run record:contract -- FOLDER");
  process.exit(1);
}
const folder = path.resolve(process.env["INIT_CWD"] ?? process.cwd(), given);
mkdirSync(folder, { recursive: true });
const bed = await startBed({ log });
try {
  const capture = await startCapture(bed, folder);
  const records = await Promise.all(together.map((job) => bed.submit(job)));
  const over = (ids: readonly number[]) => ids.every((id) => !LIVE.has(bed.job(id).state));
  const noPods = async () =>
    (await bed.kubectl("--namespace", "gitlab-runner", "get", "pods", "--selector", "pod", "--output", "name")).trim() === "";
  await waitUntil("The nine jobs did not end", async () => over(records.map(({ id }) => id)) && (await noPods()), JOBS_MS, 1_000);
  log("Nine jobs are over.");
  records.push(await bed.submit(later));
  await waitUntil("The tenth job did not end", async () => over(records.map(({ id }) => id)) && (await noPods()), JOBS_MS, 1_000);
  await capture.stop();
  writeFileSync(path.join(folder, "coordinator-jobs.json"), JSON.stringify(records.map(({ id }) => bed.job(id))));
  for (const { id } of records) {
    const { name, state, failure_reason, exit_code } = bed.job(id);
    log([name, state, failure_reason ?? "", exit_code ?? ""].join("  ").trimEnd());
  }
} finally {
  await bed.stop();
}
process.exit(0);
