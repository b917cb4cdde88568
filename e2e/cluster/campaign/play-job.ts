import type { Bed } from "../bed/bed.ts";
import { RUNNER_NAMESPACE } from "../bed/access.ts";
import { waitUntil } from "../bed/command.ts";
import type { JobRecord } from "../coordinator/job.ts";
import type { PodTruth } from "../specs/pod-truth.ts";
import { BEGUN, classOf, type Act, type Draw } from "./job-classes.ts";

export interface Stage {
  bed: Bed;
  truth: PodTruth;
  log: (text: string) => void;
}
/** A job that was played to its end: `act` is what was done to it, null when it ended before that. */
export interface Played {
  draw: Draw;
  record: JobRecord;
  act: Act | null;
}

/** poll_timeout of a pod that does not fit, image pulls, the grace of the deletion: all within it. */
const JOB_MS = 240_000;
/** How long an orphan is left alone: the product needs two looks at all managers, 5 s apart, to call it one. */
const ORPHAN_MS = 35_000;

export const actOf = (draw: Draw): Act | null => classOf(draw).act ?? null;

/** Hands the job in, does to it what its class says, and waits until job and pod are gone. */
export async function playJob(stage: Stage, draw: Draw): Promise<Played> {
  const { bed } = stage;
  const { id } = await bed.submit(draw.request);
  const act = actOf(draw);
  let done: Act | null = null;
  if (act !== null && (await begins(stage, id))) {
    done = act;
    if (act === "cancel") await bed.cancel(id);
    else await deletePod(stage, id);
  }
  const record = await bed.waitForJob(id, (job) => job.finished_at !== null, JOB_MS);
  await podsGone(stage, id);
  return { draw, record, act: done };
}

/**
 * Jobs whose manager ends under them, all at once: their managers get SIGTERM, as by a rolling update, or SIGKILL. What SIGKILL leaves
 * behind nobody would ever take away, so that is done here, after a while.
 */
export async function playManagerEnd(stage: Stage, draws: readonly Draw[], act: "manager-term" | "manager-kill"): Promise<Played[]> {
  const { bed, log } = stage;
  const jobs = await Promise.all(draws.map(async (draw) => ({ draw, record: await bed.submit(draw.request) })));
  for (const { record } of jobs) await begins(stage, record.id);
  const managers = new Set(jobs.flatMap(({ record }) => managerOf(bed, record.id) ?? []));
  log(`${act}: ${[...managers].join(", ")} with ${jobs.length} jobs`);
  for (const manager of managers) {
    if (act === "manager-kill") await bed.killManager(manager);
    else await bed.kubectl("--namespace", RUNNER_NAMESPACE, "delete", "pod", manager, "--wait=false");
  }
  if (act === "manager-kill") {
    await new Promise((resolve) => setTimeout(resolve, ORPHAN_MS));
    for (const { record } of jobs) if (record.finished_at === null) await deletePod(stage, record.id);
  } else for (const { record } of jobs) await bed.waitForJob(record.id, (job) => job.finished_at !== null, JOB_MS);
  for (const { record } of jobs) await podsGone(stage, record.id);
  return jobs.map(({ draw, record }) => ({ draw, record, act }));
}

/** False: it ended before its script began. */
async function begins({ bed }: Stage, id: number): Promise<boolean> {
  const begun = () => bed.trace(id).split("\n").includes(BEGUN);
  await waitUntil(`Job ${id} did not begin`, () => begun() || bed.job(id).finished_at !== null, JOB_MS);
  return begun() && bed.job(id).finished_at === null;
}

/** Only the trace says which manager holds a job. */
function managerOf(bed: Bed, id: number): string | null {
  return /Running on \S+ via (\S+?)\.\.\./.exec(bed.trace(id))?.[1] ?? null;
}

async function deletePod({ bed, truth }: Stage, id: number): Promise<void> {
  for (const { last, deletedAt } of truth.ofJob(id)) {
    if (deletedAt === null) await bed.kubectl("--namespace", RUNNER_NAMESPACE, "delete", "pod", last.metadata.name, "--wait=false");
  }
}

async function podsGone({ truth }: Stage, id: number): Promise<void> {
  await waitUntil(`The pod of job ${id} did not go`, () => truth.ofJob(id).every((pod) => pod.deletedAt !== null), JOB_MS);
}
