import type { Played, Stage } from "./play-job.ts";
import { actOf, playJob, playManagerEnd } from "./play-job.ts";
import { CgroupWitness } from "./cgroup-witness.ts";
import { checkOutages, unseenEndings, type AfterAll, type UnseenEndings } from "./check-outage.ts";
import type { DisturbanceKind, Outage } from "./disturbance.ts";
import { drawJobs, type ClassName, type Draw } from "./job-classes.ts";
import { KernelKills } from "./kernel-kills.ts";
import { seededRandom } from "./random.ts";
import { gatherTruth, type Truth } from "./truth.ts";
import { WatchProduct, type ApiJob } from "./watch-product.ts";
import type { VerdictKind } from "../../../lib/fleet/schema.ts";

export interface CampaignOptions {
  jobs: number;
  seed: number;
  inFlight: number;
  /** Only jobs of these classes; without it of all. */
  classes?: readonly ClassName[];
  /** The product's address at the start. */
  url: string;
  /** What happens to the product, in this order, spread over the campaign. */
  disturbances: readonly DisturbanceKind[];
  disturb: (kind: DisturbanceKind, watch: WatchProduct) => Promise<void>;
  outages: () => readonly Outage[];
}

/** One job with all that was said about it. */
export interface Result {
  truth: Truth;
  job: ApiJob | null;
  /** Likely or confirmed verdicts while its pod was there. */
  live: ReadonlySet<VerdictKind>;
}

export interface CampaignResult {
  results: Result[];
  /** Sentences about outages that are not as they should be. */
  outageFaults: string[];
  unseen: UnseenEndings;
  seconds: number;
}

/** The last facts come from managers, whose lists are read every few seconds, and from kubelets. */
const SETTLE_MS = 15_000;
/** What is kept is counted once a minute. */
const KEPT_MS = 62_000;

/** Plays all jobs and gathers what witnesses and product say about each. */
export async function runCampaign(stage: Stage, options: CampaignOptions): Promise<CampaignResult> {
  const started = performance.now();
  const draws = drawJobs(options.jobs, seededRandom(options.seed), options.classes);
  const kernel = new KernelKills();
  const cgroups = new CgroupWitness(stage.bed.cgroup);
  const watch = new WatchProduct(options.url);
  try {
    const played = await playAll(stage, draws, options, watch);
    kernel.check();
    await pause(options.disturbances.length > 0 ? KEPT_MS : SETTLE_MS);
    const truths = played.map((one) => gatherTruth({ ...one, pods: stage.truth.ofJob(one.record.id), kernel, cgroups }));
    const jobs = new Map<number, ApiJob | null>();
    for (const { draw, record } of truths) jobs.set(draw.index, await watch.job(record.id));
    const { rows, kept } = await watch.history();
    const after: AfterAll = { truths, jobs, rows, gaps: kept.gaps };
    return {
      results: truths.map((truth) => ({
        truth,
        job: jobs.get(truth.draw.index) ?? null,
        live: watch.live.get(String(truth.record.id)) ?? new Set(),
      })),
      outageFaults: checkOutages(options.outages(), after),
      unseen: unseenEndings(options.outages(), after),
      seconds: (performance.now() - started) / 1_000,
    };
  } finally {
    await watch.stop();
    cgroups.stop();
    kernel.stop();
  }
}

async function playAll(stage: Stage, draws: readonly Draw[], options: CampaignOptions, watch: WatchProduct): Promise<Played[]> {
  const ends = (act: string) => draws.filter((draw) => actOf(draw) === act);
  const queue = draws.filter((draw) => actOf(draw) !== "manager-term" && actOf(draw) !== "manager-kill");
  const total = queue.length;
  const played: Played[] = [];
  const disturbances = [...options.disturbances];
  let disturbing: Promise<void> = Promise.resolve();
  const worker = async () => {
    for (let draw = queue.shift(); draw !== undefined; draw = queue.shift()) {
      played.push(await playJob(stage, draw));
      if (played.length % 10 === 0) stage.log(`${played.length} of ${draws.length} jobs`);
      const due = (total * (options.disturbances.length - disturbances.length + 1)) / (options.disturbances.length + 1);
      const next = played.length >= due ? disturbances.shift() : undefined;
      if (next === undefined) continue;
      stage.log(`${next} …`);
      disturbing = disturbing.then(() => options.disturb(next, watch));
    }
  };
  await Promise.all(Array.from({ length: options.inFlight }, worker));
  await disturbing;
  for (const act of ["manager-term", "manager-kill"] as const) {
    const some = ends(act);
    for (let at = 0; at < some.length; at += options.inFlight) {
      played.push(...(await playManagerEnd(stage, some.slice(at, at + options.inFlight), act)));
    }
  }
  return played;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
