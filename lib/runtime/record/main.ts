// `npm run record -- FOLDER [--minutes N]`: records the fleet of a live cluster, for `npm run replay` and for bug reports.
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { systemClock } from "../../base/clock.ts";
import { ClusterWatch } from "../../kubernetes/server/cluster-watch.ts";
import { loadClusters } from "../../kubernetes/server/kubeconfig.ts";
import { ManagerPoller } from "../../manager/server/manager-poller.ts";
import { readConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { ManagerWatch } from "../manager-watch.ts";
import { openUse } from "../open-use.ts";
import { UseWatch } from "../use-watch.ts";
import { FleetRecorder } from "./recorder.ts";

const [folder, minutes] = process.argv.slice(2);
const { config, errors } = readConfig(process.env);
const log = createLog("warn", { write: (line) => process.stderr.write(line) });

function fail(text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

if (folder === undefined || !/^[1-9]\d{0,3}$/.test(minutes ?? ""))
  fail("Give a folder, and with --minutes how long to record (1 to 9999).");
const file = path.join(folder, "records.jsonl");
if (existsSync(file)) fail(`${file} is already there. Give another folder: nothing is written over.`);
for (const { variable, message, remedy } of errors) fail(`${variable} ${message}. ${remedy}`);
const loaded = loadClusters({
  ...(config.contexts === null ? {} : { contexts: config.contexts }),
  ...(config.kubeconfigPath === null ? {} : { kubeconfigPath: config.kubeconfigPath }),
  env: process.env,
});
const access =
  loaded.clusters[0] ??
  fail(`No cluster can be reached: ${loaded.errors.map((error) => (typeof error === "string" ? error : error.message)).join("; ")}`);
if (loaded.clusters.length > 1) fail("A recording holds one cluster. Set RUNNERSCOPE_CONTEXTS to one context.");

mkdirSync(folder, { recursive: true, mode: 0o700 });
writeFileSync(file, "", { mode: 0o600 });
let steps = 0;
const watch = new ClusterWatch({ access, namespaces: config.namespaces, clock: systemClock, log });
const recorder = new FleetRecorder({
  watch,
  clock: systemClock,
  write: (step) => {
    steps += 1;
    appendFileSync(file, `${JSON.stringify(step)}\n`);
  },
});
const scraper = openUse({ ...config, prometheus: null }, access, { clock: systemClock, log, onPage: (page) => recorder.page(page) });
const use = scraper === null ? null : new UseWatch(scraper, systemClock);
const poller = config.managers ? new ManagerPoller({ cluster: access.key, clock: systemClock, random: Math.random, log }) : null;
const managers = poller === null ? null : new ManagerWatch(poller, systemClock);
poller?.onChange(() => recorder.managers(poller));
const follow = () => {
  use?.follow(watch.pods.snapshot(), watch.nodes.snapshot(), new Map());
  managers?.follow(watch.pods.snapshot());
};
watch.onChange(follow);
watch.start();
const stop = async (): Promise<void> => {
  recorder.look();
  await Promise.all([watch.stop(), use?.stop(), managers?.stop()]);
  const ill = watch
    .reports()
    .filter((report) => report.state.state !== "live")
    .map((report) => report.key);
  process.stdout.write(
    `${steps} steps in ${file}${ill.length === 0 ? "" : `; not recorded: ${ill.join(", ")}`}. Look at it: npm run replay -- ${folder}\n`,
  );
  process.exit(0);
};
process.stdout.write(`Recording ${access.name} for ${minutes} min; Ctrl-C ends it earlier.\n`);
setTimeout(() => void stop(), Number(minutes) * 60_000);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());
