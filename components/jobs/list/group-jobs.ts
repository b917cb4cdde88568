import { valueOf } from "@/lib/base/known.ts";
import { JOB_PHASES } from "@/lib/fleet/kinds.ts";
import type { JobPhase, VerdictKind } from "@/lib/fleet/schema.ts";
import { VERDICTS_BY_HARM, isEnded } from "./rank-jobs.ts";
import type { Ranked } from "./rank-jobs.ts";

export const GROUPINGS = ["urgency", "project", "node", "manager", "runner", "phase", "none"] as const;
export type Grouping = (typeof GROUPINGS)[number];
export const URGENCIES = ["look", "running", "waiting", "ended"] as const;
export type Urgency = (typeof URGENCIES)[number];

/** How many of what a group holds, most harmful (or earliest phase) first. */
export type GroupCount = { of: "verdict"; kind: VerdictKind; count: number } | { of: "phase"; kind: JobPhase; count: number };

export interface JobGroup {
  /** `<grouping>:<value>`; the value is "" where it is not known. */
  key: string;
  grouping: Grouping;
  value: string;
  jobs: readonly Ranked[];
  look: number;
  summary: readonly GroupCount[];
}

const READ: Readonly<Record<Exclude<Grouping, "none">, (ranked: Ranked, now: number) => string>> = {
  urgency: urgencyOf,
  project: ({ job }) => valueOf(job.gitlab.project) ?? "",
  node: ({ job }) => job.node ?? "",
  manager: ({ job }) => valueOf(job.manager)?.pod ?? "",
  runner: ({ job }) => valueOf(job.runner.name) ?? valueOf(job.runner.shortToken) ?? "",
  phase: ({ job }) => job.phase,
};

/** A job that needs a look stays in that group after its pod is gone. */
export function urgencyOf(ranked: Ranked, now: number): Urgency {
  if (now >= ranked.lookFrom) return "look";
  if (isEnded(ranked.job)) return "ended";
  return ranked.waits ? "waiting" : "running";
}

/** Key of the group a job belongs to now. */
export function groupKeyOf(ranked: Ranked, grouping: Grouping, now: number): string {
  return `${grouping}:${grouping === "none" ? "" : READ[grouping](ranked, now)}`;
}

/** Splits sorted jobs into groups, keeping the order inside. Groups that need a look come first, what is not known last. */
export function groupJobs(sorted: readonly Ranked[], grouping: Grouping, now: number): JobGroup[] {
  const members = new Map<string, Ranked[]>();
  for (const ranked of sorted) {
    const key = groupKeyOf(ranked, grouping, now);
    const list = members.get(key);
    if (list === undefined) members.set(key, [ranked]);
    else list.push(ranked);
  }
  return [...members].map(([key, jobs]) => toGroup(key, jobs, now)).sort(compareGroups);
}

/** Counts the members of one group. */
export function toGroup(key: string, jobs: readonly Ranked[], now: number): JobGroup {
  const grouping = key.slice(0, key.indexOf(":")) as Grouping;
  const value = key.slice(grouping.length + 1);
  const look = jobs.reduce((sum, ranked) => sum + (now >= ranked.lookFrom ? 1 : 0), 0);
  return { key, grouping, value, jobs, look, summary: summarize(jobs, key === "urgency:running") };
}

function summarize(jobs: readonly Ranked[], byPhase: boolean): GroupCount[] {
  const counts = new Map<string, number>();
  for (const { job } of jobs) {
    const kind = byPhase ? job.phase : job.verdict.kind;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  if (byPhase)
    return JOB_PHASES.flatMap((kind) => (counts.has(kind) ? [{ of: "phase", kind, count: counts.get(kind) ?? 0 } as const] : []));
  return VERDICTS_BY_HARM.flatMap((kind) => (counts.has(kind) ? [{ of: "verdict", kind, count: counts.get(kind) ?? 0 } as const] : []));
}

const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function compareGroups(a: JobGroup, b: JobGroup): number {
  if (a.grouping === "urgency") return URGENCIES.indexOf(a.value as Urgency) - URGENCIES.indexOf(b.value as Urgency);
  if (a.grouping === "phase") return JOB_PHASES.indexOf(a.value as JobPhase) - JOB_PHASES.indexOf(b.value as JobPhase);
  if ((a.value === "") !== (b.value === "")) return a.value === "" ? 1 : -1;
  return b.look - a.look || words.compare(a.value, b.value);
}
