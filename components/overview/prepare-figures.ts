import type { JobPhase, JobRow, Overview } from "@/lib/fleet/schema.ts";

/** Containers run; which of the three phases it is Kubernetes does not tell. */
const RUNNING: readonly JobPhase[] = ["executing", "sources", "script", "artifacts"];
/** The pod is there and the cluster is not done with it. */
const CLUSTER: readonly JobPhase[] = ["scheduling", "starting"];

/** Live jobs that run, and that wait for the cluster. Null while no pod watch has delivered its first list. */
export function prepareFigures({ live, byPhase }: Pick<Overview, "live" | "byPhase">): { running: number; cluster: number } | null {
  if (live.state === "unknown") return null;
  const sum = (phases: readonly JobPhase[]) => phases.reduce((count, phase) => count + (byPhase[phase] ?? 0), 0);
  return { running: sum(RUNNING), cluster: sum(CLUSTER) };
}

const PHASES: readonly JobPhase[] = [
  "queued",
  "picked-up",
  "scheduling",
  "starting",
  "sources",
  "executing",
  "script",
  "artifacts",
  "cleanup",
];

/** Live phases that hold jobs, in the order of a job's life. `ended` is not live. */
export function preparePhases(byPhase: Overview["byPhase"]): { phase: JobPhase; count: number }[] {
  return PHASES.map((phase) => ({ phase, count: byPhase[phase] ?? 0 })).filter(({ count }) => count > 0);
}

/** The jobs that ended last, newest first. */
export function recentlyEnded(jobs: Iterable<JobRow>, most: number): JobRow[] {
  return [...jobs]
    .filter((job) => job.deletedAt !== null)
    .toSorted((a, b) => (b.deletedAt ?? "").localeCompare(a.deletedAt ?? "") || a.key.localeCompare(b.key))
    .slice(0, most);
}
