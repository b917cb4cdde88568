import { valueOf, type Known, type Timestamp } from "../base/known.ts";
import { formatBytes, formatCpu } from "../base/units.ts";
import { nameOf, SCHEDULER_KEYS, type Cause } from "./job-causes.ts";
import { readSchedulerAnswer } from "./read-scheduler.ts";
import type { ProblemInput } from "./rank-problems.ts";
import { say, type SentenceKey } from "./sentence-keys.ts";
import type { Finding, JobRow, Problem, Sentence, Verdict } from "./schema.ts";

/** Ended jobs count as a problem of today for this long. */
const RECENT_MS = 3_600_000;
/** The runner gives a pod up after 180 s (`poll_timeout`); a wait of a minute is no longer a passing one. */
const LONG_WAIT_MS = 60_000;

interface Group {
  kind: Problem["kind"];
  key: string;
  jobs: JobRow[];
  /** The first by its key; it names what all have in common. */
  first: JobRow;
  /** Whose cause `since` and `statement` are. */
  speaker: JobRow;
  since: Timestamp | null;
  statement: Verdict | Finding;
  confirmed: number;
}

/** Problems that show in jobs: jobs with the same cause are one problem. */
export function findJobProblems({ jobs: { troubled }, at }: ProblemInput): Problem[] {
  const atMs = Date.parse(at);
  const groups = new Map<string, Group>();
  for (const { row, causes } of troubled) {
    if (row.deletedAt !== null && atMs - Date.parse(row.deletedAt) > RECENT_MS) continue;
    for (const cause of causes) if (cause.fromMs === null || atMs >= cause.fromMs) addTo(groups, row, cause);
  }
  return [...groups.values()].filter(isProblem).map((group) => describe(group, atMs));
}

/** One slow run may be a busy moment; the same in two runs of a job is a limit that is too low. */
function isProblem({ kind, jobs }: Group): boolean {
  return kind !== "cpu-throttled" || jobs.length > 1;
}

/** The oldest cause speaks for the group; of several as old, that of the first job by its key, so that the order of arrival plays no part. */
function addTo(groups: Map<string, Group>, job: JobRow, cause: Cause): void {
  const key = `${cause.kind} ${job.cluster} ${cause.key}`;
  const group = groups.get(key) ?? {
    kind: cause.kind,
    key,
    jobs: [],
    first: job,
    speaker: job,
    since: cause.since,
    statement: cause.statement,
    confirmed: 0,
  };
  group.jobs.push(job);
  if (cause.confirmed) group.confirmed += 1;
  if (job.key < group.first.key) group.first = job;
  if (speaksBefore(job, cause, group)) {
    group.speaker = job;
    group.since = cause.since;
    group.statement = cause.statement;
  }
  groups.set(key, group);
}

function speaksBefore(job: JobRow, { since }: Cause, group: Group): boolean {
  const age = (at: Timestamp | null) => (at === null ? Number.POSITIVE_INFINITY : Date.parse(at));
  const [mine, its] = [age(since), age(group.since)];
  return mine < its || (mine === its && job.key < group.speaker.key);
}

function describe(group: Group, atMs: number): Problem {
  const { kind, key, jobs, since, statement } = group;
  const live = jobs.filter((job) => job.ending === "live").length;
  const words = wordsOf(group);
  const long = since !== null && atMs - Date.parse(since) >= LONG_WAIT_MS;
  const urgent =
    kind === "unschedulable"
      ? live > 0 && long
      : kind === "cpu-throttled"
        ? false
        : kind === "oom-killed"
          ? group.confirmed > 0 || jobs.length > 1
          : kind === "stuck-terminating"
            ? false
            : live > 0 || jobs.length > 1;
  return {
    key,
    group: urgent ? "needs-you" : "to-watch",
    kind,
    jobs: jobs.length,
    since,
    remedy: statement.remedy,
    target: targetOf(group),
    ...words,
  };
}

function wordsOf({ kind, jobs, first, statement }: Group): Pick<Problem, "title" | "detail"> {
  const count = jobs.length;
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
        detail: say("problem.oom-detail", { ...endsOf(jobs), limit: statement.sentence.values["limit"] ?? "none" }),
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
      return { title: say("problem.orphaned", { count }), detail: costOf(jobs) };
    default:
      return { title: say("problem.system-failure", { count }), detail: statement.sentence };
  }
}

/** Of jobs in which something was killed: how many ended by it, how many went on, and of how many that is not known (or not yet). */
function endsOf(jobs: readonly JobRow[]): { ended: number; survived: number; open: number } {
  const ended = jobs.filter(({ verdict }) => verdict.kind === "oom-killed" && verdict.certainty !== "possible").length;
  const open = jobs.filter(
    ({ verdict }) => verdict.kind === "unknown" || (verdict.kind === "oom-killed" && verdict.certainty === "possible"),
  ).length;
  return { ended, survived: jobs.length - ended - open, open };
}

/** What orphans keep from others, by their requests. */
function costOf(jobs: readonly JobRow[]): Sentence {
  const sum = (read: (job: JobRow) => number | null) => jobs.reduce((total, job) => total + (read(job) ?? 0), 0);
  const cpu = formatCpu(sum(({ requests }) => requests.cpuMillicores));
  return say("problem.orphaned-cost", { cpu, memory: formatBytes(sum(({ requests }) => requests.memoryBytes)) });
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
function targetOf({ kind, jobs, first: job, statement }: Group): string {
  if (jobs.length === 1) return `/jobs/${encodeURIComponent(job.cluster)}/${encodeURIComponent(job.uid)}`;
  const kinds = [...new Set(jobs.map((one) => one.verdict.kind))].toSorted();
  const queries: Partial<Record<Problem["kind"], string>> = {
    "stuck-terminating": "phase:cleanup",
    "cpu-throttled": `finding:cpu-throttling${sameName(job)}`,
    "oom-killed": `finding:oom-kill${sameName(job)}`,
  };
  const query = queries[kind] ?? `verdict:${kinds.join(",")}`;
  const image = kind === "image-pull" ? job.containers.find((one) => one.name === statement.container)?.image : undefined;
  return `/jobs?v=all&q=${encodeURIComponent(image === undefined ? query : `${query} image:"${image}"`)}`;
}

/** Terms for the jobs of the same name in the same project, as far as both are known. A quote would end the term. */
function sameName(job: JobRow | undefined): string {
  const term = (key: string, fact: Known<string> | undefined) => {
    const value = fact === undefined ? null : valueOf(fact);
    return value === null || value.includes('"') ? "" : ` ${key}:"${value}"`;
  };
  return term("project", job?.gitlab.project) + term("job", job?.gitlab.name);
}
