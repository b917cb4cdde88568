import type { Timestamp } from "../base/known.ts";
import type { ClusterInput } from "./fold-cluster.ts";
import { findClusterProblems } from "./problem-cluster.ts";
import { findJobProblems } from "./problem-jobs.ts";
import type { Job, Manager, NodeView, Problem } from "./schema.ts";

export interface ProblemInput {
  jobs: ReadonlyMap<string, Job>;
  managers: ReadonlyMap<string, Manager>;
  nodes: ReadonlyMap<string, NodeView>;
  inputs: readonly ClusterInput[];
  at: Timestamp;
}

/** What is wrong: what needs a person first, then what to watch, each ranked by the jobs harmed. The key settles ties. */
export function rankProblems(input: ProblemInput): Problem[] {
  const problems = [...findJobProblems(input), ...findClusterProblems(input)];
  return problems.toSorted((a, b) => rank(a) - rank(b) || b.jobs - a.jobs || (a.key < b.key ? -1 : 1));
}

function rank(problem: Problem): number {
  return problem.group === "needs-you" ? 0 : 1;
}
