// npm run test:cluster -- campaign [--jobs N] [--seed S] [--in-flight N] [--disturb restart,cut] [--only CLASS,…]
import { parseArgs } from "node:util";
import { KubeApi, readAdmin } from "../../kube-api.ts";
import { RUNNER_NAMESPACE } from "../bed/access.ts";
import { startBed } from "../bed/bed.ts";
import { PodTruth } from "../specs/pod-truth.ts";
import { DisturbedProduct, type DisturbanceKind } from "./disturbance.ts";
import { CLASS_NAMES, type ClassName } from "./job-classes.ts";
import { report, type Report } from "./report.ts";
import { runCampaign } from "./run-campaign.ts";

const started = performance.now();
const log = (text: string) => console.log(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${text}`);

interface Arguments {
  jobs: number;
  seed: number;
  inFlight: number;
  disturbances: DisturbanceKind[];
  classes: readonly ClassName[];
}

function readArguments(): Arguments {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { jobs: text, seed: text, "in-flight": text, disturb: text, only: text } });
  const number = (name: "jobs" | "seed" | "in-flight", without: number) => {
    const value = values[name] === undefined ? without : Number(values[name]);
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} wants a whole number of 1 or more.`);
    return value;
  };
  const disturbances = (values.disturb ?? "").split(",").filter(Boolean);
  const unknown = disturbances.find((kind) => kind !== "restart" && kind !== "cut");
  if (unknown !== undefined) throw new Error(`--disturb knows restart and cut, not "${unknown}".`);
  const classes = values.only?.split(",") ?? CLASS_NAMES;
  const stranger = classes.find((name) => !CLASS_NAMES.includes(name as ClassName));
  if (stranger !== undefined) throw new Error(`--only knows ${CLASS_NAMES.join(", ")}, not "${stranger}".`);
  return {
    jobs: number("jobs", 200),
    seed: number("seed", Math.floor(Math.random() * 2 ** 31) + 1),
    inFlight: number("in-flight", 8),
    disturbances: disturbances as DisturbanceKind[],
    classes: classes as ClassName[],
  };
}

async function run({ jobs, seed, inFlight, disturbances, classes }: Arguments): Promise<Report> {
  log(`Seed ${seed}, ${jobs} jobs, ${inFlight} in flight${disturbances.map((kind) => `, ${kind}`).join("")}`);
  const bed = await startBed({ log });
  const api = new KubeApi(readAdmin(bed.kubeconfig));
  const truth = new PodTruth(api, RUNNER_NAMESPACE);
  let product: DisturbedProduct | null = null;
  try {
    await truth.start();
    product = await DisturbedProduct.start(bed.kubeconfigFor("dashboard"));
    const subject = product;
    const result = await runCampaign(
      { bed, truth, log },
      {
        jobs,
        seed,
        inFlight,
        classes,
        url: subject.url,
        disturbances,
        disturb: (kind, watch) => subject.disturb(kind, watch),
        outages: () => subject.outages,
      },
    );
    return report(result);
  } finally {
    await product?.stop();
    truth.stop();
    api.close();
    await bed.stop();
  }
}

try {
  const wanted = readArguments();
  const { text, faults } = await run(wanted);
  console.log(`\n${text}\n`);
  for (const fault of faults) console.log(`FAILED ${fault}`);
  console.log(`seed ${wanted.seed}\n${faults.length === 0 ? "1 passed, 0 failed" : `0 passed, ${faults.length} failed`}`);
  process.exit(faults.length === 0 ? 0 : 1);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log("0 passed, 1 failed");
  process.exit(1);
}
