import type { Known, Timestamp } from "../base/known.ts";
import type { SlotSum } from "../manager/schema.ts";
import type { ClusterInput } from "./fold-cluster.ts";
import { findClusterProblems } from "./problem-cluster.ts";
import { findManagerProblems } from "./problem-managers.ts";
import type { Capacity, WaitingTags } from "./capacity/schema.ts";
import type { GitlabFacts } from "./gitlab-facts.ts";
import { findGitlabProblems } from "./problem-gitlab.ts";
import { findJobProblems } from "./problem-jobs.ts";
import type { Manager, NodeView, Problem } from "./schema.ts";
import type { JobTotals } from "./sum-jobs.ts";

export interface ProblemInput {
  jobs: JobTotals;
  managers: ReadonlyMap<string, Manager>;
  nodes: ReadonlyMap<string, NodeView>;
  inputs: readonly ClusterInput[];
  slots: Known<SlotSum>;
  waiting: Known<number>;
  waitingTags: Known<WaitingTags[]>;
  capacity: Capacity;
  /** null: GitLab is not asked. */
  gitlab: GitlabFacts | null;
  at: Timestamp;
}

/** Jobs that stand still lose each minute; what has happened to a job has happened once. */
const STANDING: ReadonlySet<Problem["kind"]> = new Set([
  "unschedulable",
  "image-pull",
  "waiting-jobs",
  "refused-pods",
  "manager-full",
  "manager-throttled",
  "manager-not-polling",
  "polls-failing",
]);
/** A problem that lasts is not ranked ever higher. */
const MOST_MINUTES = 60;

/** What is wrong: what needs a person first, then what to watch, each ranked by harm: jobs × minutes lost. The key settles ties. */
export function rankProblems(input: ProblemInput): Problem[] {
  const atMs = Date.parse(input.at);
  const problems = [...findJobProblems(input), ...findClusterProblems(input), ...findManagerProblems(input), ...findGitlabProblems(input)];
  return problems.toSorted((a, b) => rank(a) - rank(b) || harmOf(b, atMs) - harmOf(a, atMs) || b.jobs - a.jobs || (a.key < b.key ? -1 : 1));
}

function harmOf({ kind, jobs, since }: Problem, atMs: number): number {
  const minutes = since === null || !STANDING.has(kind) ? 1 : (atMs - Date.parse(since)) / 60_000;
  return jobs * Math.min(MOST_MINUTES, Math.max(1, Math.floor(minutes)));
}

function rank(problem: Problem): number {
  return problem.group === "needs-you" ? 0 : 1;
}
