// npm run cluster [-- prepare | up | job <sample|JSON> | jobs | trace <id> | cancel <id> | polls <status|ok> | down]
import { BedRefused, prepare } from "./bed/prepare.ts";
import { startBed } from "./bed/bed.ts";
import { findBeds, isAlive, readInventory } from "./bed/inventory.ts";
import { tearDown } from "./bed/teardown.ts";
import { waitUntil } from "./bed/command.ts";
import type { JobRecord } from "./coordinator/job.ts";
import { samples } from "./samples.ts";

const started = performance.now();
const log = (text: string) => console.log(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${text}`);
const say = (text: string) => console.log(text);

const USAGE = `usage: npm run cluster [-- command]
  up             start a cluster and keep it until Ctrl-C (the default)
  prepare        only install, build and make what it needs
  job <sample>   hand in a job: ${Object.keys(samples).join(", ")}; or a job as JSON
  jobs           the jobs and their states
  trace <id>     what a job has written
  cancel <id>    stop a job
  polls <status> refuse the managers' polls for jobs with 429, 500, …; "ok" answers them again
  down           take away every cluster that was started on this machine`;

/** A mistake of the person at the terminal: said in one sentence. */
class Misuse extends Error {}

async function up(): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
  });
  const starting = startBed({ log });
  const bed = await Promise.race([starting, stopped]);
  if (bed) {
    say(`
The cluster runs; Ctrl-C takes it away with all it made.

  the product on it      KUBECONFIG=${bed.kubeconfigFor("dashboard")} npm start
  as administrator       KUBECONFIG=${bed.kubeconfig}
  hand in a job          npm run cluster -- job clone      (${Object.keys(samples).join(", ")})
  a job of your own      npm run cluster -- job '{"name":"mine","script":["echo hello","sleep 20"]}'
  what became of it      npm run cluster -- jobs · trace <id> · cancel <id> · polls 429
  logs of the components ${bed.folder}/log
`);
    await stopped;
  }
  say("Taking the cluster away …");
  // Not yet up: the reaper takes away what there is when this process ends.
  if (bed) await bed.stop();
  process.exit(0);
}

/** The URL of the newest cluster that runs. */
function runningGitlab(): string {
  const urls = findBeds()
    .map((folder) => readInventory(folder))
    .filter((bed) => bed !== null && isAlive(bed.owner))
    .map((bed) => bed?.gitlab);
  const url = urls.findLast((one) => one);
  if (!url) throw new Misuse("No cluster runs: start one with npm run cluster.");
  return url;
}

async function call<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(`${runningGitlab()}/admin/${path}`, init);
  const text = await response.text();
  if (!response.ok) throw new Misuse((JSON.parse(text) as { message: string }).message);
  return (response.headers.get("content-type")?.startsWith("text/plain") ? text : JSON.parse(text)) as T;
}

function jobNamed(argument: string): object {
  if (argument in samples) return { name: argument, ...samples[argument as keyof typeof samples] };
  try {
    return JSON.parse(argument) as object;
  } catch {
    throw new Misuse(`"${argument}" is neither a sample nor JSON. Samples: ${Object.keys(samples).join(", ")}.`);
  }
}

const pollsBody = (argument: string) => JSON.stringify({ status: argument === "ok" ? null : Number(argument) });

const line = (job: JobRecord) => say([job.id, job.name, job.state, job.failure_reason ?? "", job.exit_code ?? ""].join("  ").trimEnd());

async function down(): Promise<void> {
  for (const folder of findBeds()) {
    const bed = readInventory(folder);
    if (bed && isAlive(bed.owner)) {
      process.kill(bed.owner.pid, "SIGTERM");
      await waitUntil(
        `The owner of ${folder} (process ${bed.owner.pid}) did not take it away`,
        () => readInventory(folder) === null,
        60_000,
      );
    } else await tearDown(folder);
    say(`Gone: ${folder}`);
  }
}

async function main(command = "up", argument = ""): Promise<void> {
  if (command === "up") await up();
  else if (command === "prepare") await prepare(log);
  else if (command === "job") line(await call<JobRecord>("jobs", { method: "POST", body: JSON.stringify(jobNamed(argument)) }));
  else if (command === "jobs") (await call<JobRecord[]>("jobs")).forEach(line);
  else if (command === "trace") say(await call<string>(`jobs/${argument}/trace`));
  else if (command === "cancel") line(await call<JobRecord>(`jobs/${argument}/cancel`, { method: "POST" }));
  else if (command === "polls") say(JSON.stringify(await call("polls", { method: "PUT", body: pollsBody(argument) })));
  else if (command === "down") await down();
  else throw new Misuse(USAGE);
}

try {
  await main(process.argv[2], process.argv[3]);
} catch (error) {
  const known = error instanceof BedRefused || error instanceof Misuse;
  console.error(known ? error.message : error);
  process.exit(1);
}
