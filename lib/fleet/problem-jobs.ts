import { valueOf, type Known } from "../base/known.ts";
import { formatBytes, formatCpu } from "../base/units.ts";
import { nameOf, SCHEDULER_KEYS } from "./job-causes.ts";
import { readSchedulerAnswer } from "./read-scheduler.ts";
import type { ProblemInput } from "./rank-problems.ts";
import { say, type SentenceKey } from "./sentence-keys.ts";
import { addGroup, groupOf, type CauseGroup } from "./sum-causes.ts";
import type { Finding, JobRow, Problem, Sentence, Verdict } from "./schema.ts";

/** Ended jobs count as a problem of today for this long. */
const RECENT_MS = 3_600_000;
/** The runner gives a pod up after 180 s (`poll_timeout`); a wait of a minute is no longer a passing one. */
const LONG_WAIT_MS = 60_000;

/** Problems that show in jobs: jobs with the same cause are one problem. */
export function findJobProblems({ jobs, at }: ProblemInput): Problem[] {
  const atMs = Date.parse(at);
  const groups = new Map(jobs.causes);
  for (const { row, causes } of jobs.timed) {
    if (row.deletedAt !== null && atMs - Date.parse(row.deletedAt) > RECENT_MS) continue;
    for (const cause of causes) if (cause.fromMs === null || atMs >= cause.fromMs) addGroup(groups, groupOf(row, cause));
  }
  return [...groups.values()].filter(isProblem).map((group) => describe(group, atMs));
}

/** One slow run may be a busy moment; the same in two runs of a job is a limit that is too low. */
function isProblem({ kind, jobs }: CauseGroup): boolean {
  return kind !== "cpu-throttled" || jobs > 1;
}

/** What can wait until somebody has time is not among them. */
function needsYou({ kind, jobs, live, since, confirmed }: CauseGroup, atMs: number): boolean {
  switch (kind) {
    case "cpu-throttled":
    case "stuck-terminating":
      return false;
    case "unschedulable":
      return live > 0 && since !== null && atMs - Date.parse(since) >= LONG_WAIT_MS;
    case "oom-killed":
      return confirmed > 0 || jobs > 1;
    default:
      return live > 0 || jobs > 1;
  }
}

function describe(group: CauseGroup, atMs: number): Problem {
  const { kind, key, jobs, since, statement } = group;
  const words = wordsOf(group);
  return {
    key,
    group: needsYou(group, atMs) ? "needs-you" : "to-watch",
    kind,
    jobs,
    since,
    remedy: statement.remedy,
    target: targetOf(group),
    ...words,
  };
}

function wordsOf({ kind, jobs: count, first, statement, killed, cost }: CauseGroup): Pick<Problem, "title" | "detail"> {
  const node = first.node ?? "none";
  const container = statement.container ?? "none";
  switch (kind) {
    case "unschedulable":
      return unschedulableWords(statement, count);
    case "image-pull": {
      const image = first.containers.find((one) => one.name === container)?.image ?? "none";
      return {
        title: say("problem.image", { count, image }),
        detail: say("problem.image-detail", { reason: statement.evidence[0]?.value ?? "none" }),
      };
    }
    case "oom-killed": {
      const job = nameOf(first);
      return {
        title: say("problem.oom", { count, container, job }),
        detail: say("problem.oom-detail", {
          ...killed,
          survived: count - killed.ended - killed.open,
          limit: statement.sentence.values["limit"] ?? "none",
        }),
      };
    }
    case "cpu-throttled": {
      const job = nameOf(first);
      return { title: say("problem.throttled-jobs", { count, container, job }), detail: statement.sentence };
    }
    case "evicted":
      return {
        title: say(statement.kind === "node-lost" ? "problem.node-lost" : "problem.evicted", { count, node }),
        detail: statement.sentence,
      };
    case "stuck-terminating":
      return { title: say("problem.terminating", { count, node }), detail: null };
    case "orphaned":
      return { title: say("problem.orphaned", { count }), detail: costOf(cost) };
    default:
      return { title: say("problem.system-failure", { count }), detail: statement.sentence };
  }
}

/** What orphans keep from others, by their requests. */
function costOf({ cpuMillicores, memoryBytes }: CauseGroup["cost"]): Sentence {
  return say("problem.orphaned-cost", { cpu: formatCpu(cpuMillicores), memory: formatBytes(memoryBytes) });
}

function unschedulableWords(statement: Verdict | Finding, count: number): Pick<Problem, "title" | "detail"> {
  const why = SCHEDULER_KEYS.exec(statement.sentence.key)?.[1] ?? "other";
  const answer = readSchedulerAnswer(statement.evidence[0]?.value.replace(/^Unschedulable: /, "") ?? null);
  const detail = answer.text === "" ? null : say("problem.unschedulable.detail", { reason: answer.text });
  if (why === "other") return { title: say("problem.unschedulable.other", { count }), detail };
  const key = `problem.unschedulable.${why as Exclude<typeof answer.refusal, "other">}` as const satisfies SentenceKey;
  return { title: say(key, { count, nodes: answer.nodes ?? 0 }), detail };
}

/** One job: its page. Several: the list, filtered to them as closely as its language can. */
function targetOf({ kind, jobs, verdicts, first: job, statement }: CauseGroup): string {
  if (jobs === 1) return `/jobs/${encodeURIComponent(job.cluster)}/${encodeURIComponent(job.uid)}`;
  const queries: Partial<Record<Problem["kind"], string>> = {
    "stuck-terminating": "phase:cleanup",
    "cpu-throttled": `finding:cpu-throttling${sameName(job)}`,
    "oom-killed": `finding:oom-kill${sameName(job)}`,
  };
  const query = queries[kind] ?? `verdict:${[...verdicts].toSorted().join(",")}`;
  const image = kind === "image-pull" ? job.containers.find((one) => one.name === statement.container)?.image : undefined;
  return `/jobs?v=all&q=${encodeURIComponent(image === undefined ? query : `${query} image:"${image}"`)}`;
}

/** Terms for the jobs of the same name in the same project, as far as both are known. A quote would end the term. */
function sameName(job: JobRow): string {
  const term = (key: string, fact: Known<string> | undefined) => {
    const value = fact === undefined ? null : valueOf(fact);
    return value === null || value.includes('"') ? "" : ` ${key}:"${value}"`;
  };
  return term("project", job.gitlab.project) + term("job", job.gitlab.name);
}
