import { valueOf } from "../base/known.ts";
import { listRuns, usualPhases } from "../fleet/runs/compare-runs.ts";
import { findNeighbours } from "../fleet/runs/find-neighbours.ts";
import type { JobContext } from "../fleet/runs/schema.ts";
import type { Job, JobRow } from "../fleet/schema.ts";
import type { Runtime } from "./composition.ts";
import { isHistoryError } from "./history-keeper.ts";

const MOST_RUNS = 40;
/** Read of one node and stretch of time; those that overlap longest are kept. */
const MOST_ON_NODE = 60;

/** Other runs of this job, what its phases usually take, and who was on its node: from memory and the history. */
export async function jobContext(runtime: Runtime, job: Job): Promise<JobContext> {
  const nowMs = Date.parse(runtime.fleet().at);
  const { rows, jobs } = runtime.fleet();
  const project = valueOf(job.gitlab.project);
  const name = valueOf(job.gitlab.name);
  const isRun = ({ gitlab }: Pick<JobRow, "gitlab">) =>
    project !== null && name !== null && valueOf(gitlab.project) === project && valueOf(gitlab.name) === name;
  // Whole jobs are derived one by one: of thousands only those that are asked about.
  const inMemory = [...rows.values()]
    .filter((row) => row.key === job.key || (row.cluster === job.cluster && row.node === job.node) || isRun(row))
    .flatMap((row) => jobs.get(row.key) ?? []);
  const { whole, runs, around } = await readHistory(runtime, job, project, name, nowMs);
  const allRuns = join(inMemory.filter(isRun), runs);
  return {
    whole,
    runs: listRuns(job, allRuns).slice(0, MOST_RUNS),
    usual: usualPhases(job, allRuns),
    neighbours: findNeighbours(job, join(inMemory, around), nowMs),
  };
}

async function readHistory({ history }: Runtime, job: Job, project: string | null, name: string | null, nowMs: number) {
  if (history === null) return { whole: true, runs: [], around: [] };
  const fromMs = Date.parse(job.createdAt);
  const toMs = job.deletedAt === null ? nowMs : Date.parse(job.deletedAt);
  try {
    const [runs, around] = await Promise.all([
      project === null || name === null ? [] : history.runs(project, name, MOST_RUNS),
      job.node === null ? [] : history.onNode({ cluster: job.cluster, node: job.node, fromMs, toMs }, MOST_ON_NODE),
    ]);
    return { whole: true, runs, around };
  } catch (error) {
    if (!isHistoryError(error)) throw error;
    return { whole: false, runs: [], around: [] };
  }
}

/** Memory knows a job better than the history. */
function join(inMemory: readonly Job[], kept: readonly Job[]): Job[] {
  const keys = new Set(inMemory.map(({ key }) => key));
  return [...inMemory, ...kept.filter(({ key }) => !keys.has(key))];
}
