import { isFinal } from "./merge-job.ts";
import type { JobRecord } from "./schema.ts";

/** How old the reading of a job that is not over may be. */
const REFRESH_MS = 30_000;
/** The same where webhooks come in: they tell of changes at once, this only finds what they lost. */
const HOOKED_REFRESH_MS = 300_000;
const HOOK_FRESH_MS = 900_000;
/** From this many due jobs of one project on, its list (100 jobs a page) is cheaper than the jobs. */
const LIST_FROM = 4;
/** A list that is younger has shown all it can: what is still due is over, or on no page. */
const LIST_MS = 20_000;

/** A job that somebody wants to know about: a pod of it is, or was, in a cluster. */
export interface WantedJob {
  readonly jobId: string;
  readonly projectId: string | null;
  readonly projectPath: string | null;
}

export interface JobDemand extends WantedJob {
  record: JobRecord | null;
  /** When it was last asked for by itself; null: never. */
  askedAtMs: number | null;
  /** Whether REST has told of it since it is over: only REST knows the failure reason. */
  askedFinal: boolean;
  /** GraphQL did not find it under its path. */
  restOnly: boolean;
  /** Not readable: not again before. */
  notBeforeMs: number;
}

export type JobRequest =
  | { kind: "list"; project: string }
  | { kind: "batch"; jobs: readonly JobDemand[] }
  | { kind: "single"; job: JobDemand };

export interface JobPlan {
  request: JobRequest | null;
  /** Jobs that are due now, with or without the request. */
  due: number;
}

export interface PlanInput {
  nowMs: number;
  demands: Iterable<JobDemand>;
  /** By project: when it was last listed, when its last webhook came. */
  listedAtMs: ReadonlyMap<string, number>;
  hookedAtMs: ReadonlyMap<string, number>;
  /** Jobs in one GraphQL request; 0: no GraphQL. */
  batch: number;
}

/** How REST calls the project: by id where it is known, because a path may be stale or forged. null: neither is known. */
export function projectOf({ projectId, projectPath }: WantedJob): string | null {
  return projectId ?? projectPath;
}

/** The one request that helps most: jobs that were never read come first, then the oldest reading. */
export function planJobRequest({ nowMs, demands, listedAtMs, hookedAtMs, batch }: PlanInput): JobPlan {
  const due: JobDemand[] = [];
  for (const demand of demands) if (projectOf(demand) !== null && isDue(demand, nowMs, hookedAtMs)) due.push(demand);
  const first = mostUrgent(due);
  if (first === null) return { request: null, due: 0 };
  const project = projectOf(first) ?? "";
  const listed = listedAtMs.get(project);
  const together = due.filter((one) => projectOf(one) === project && !isOver(one));
  if (!isOver(first) && together.length >= LIST_FROM && (listed === undefined || nowMs - listed >= LIST_MS)) {
    return { request: { kind: "list", project }, due: due.length };
  }
  if (batch < 2 || !fits(first)) return { request: { kind: "single", job: first }, due: due.length };
  const others = due.filter((one) => one !== first && fits(one)).toSorted((a, b) => lastAsked(a) - lastAsked(b));
  return { request: { kind: "batch", jobs: [first, ...others].slice(0, batch) }, due: due.length };
}

/** GraphQL needs the path of the project, and does not know failure reasons. */
function fits(demand: JobDemand): boolean {
  return demand.projectPath !== null && !demand.restOnly && !isOver(demand);
}

function isOver({ record }: JobDemand): boolean {
  return record !== null && isFinal(record);
}

function isDue(demand: JobDemand, nowMs: number, hookedAtMs: ReadonlyMap<string, number>): boolean {
  const { record, notBeforeMs, askedFinal } = demand;
  if (nowMs < notBeforeMs) return false;
  if (record !== null && isFinal(record)) return record.status === "failed" && record.failureReason === null && !askedFinal;
  const hooked = hookedAtMs.get(projectOf(demand) ?? "");
  const refresh = hooked !== undefined && nowMs - hooked < HOOK_FRESH_MS ? HOOKED_REFRESH_MS : REFRESH_MS;
  return nowMs - lastAsked(demand) >= refresh;
}

function lastAsked({ askedAtMs, record }: JobDemand): number {
  const read = record === null ? Number.NEGATIVE_INFINITY : Date.parse(record.readAt);
  return Math.max(askedAtMs ?? Number.NEGATIVE_INFINITY, read);
}

function mostUrgent(due: readonly JobDemand[]): JobDemand | null {
  let first: JobDemand | null = null;
  for (const one of due) if (first === null || lastAsked(one) < lastAsked(first)) first = one;
  return first;
}
