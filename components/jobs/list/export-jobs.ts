import type { Known } from "@/lib/base/known.ts";
import type { JobRow } from "@/lib/fleet/schema.ts";
import type { ColumnId } from "./column-ids.ts";
import { restartsOf } from "./match-jobs.ts";
import { ageMs, rankJob } from "./rank-jobs.ts";

type Field = [name: string, read: (job: JobRow, now: number) => string | number];

function fact<T>(value: Known<T>, write: (value: T) => string | number): string | number {
  return value.state === "known" ? write(value.value) : `unknown (${value.reason})`;
}
const asIs = (value: string) => value;
/** A limit that the pod does not set is known: there is none. */
const amount = (value: number | null) => value ?? "none set";
/** Sampled, but this figure is not among what the kubelet gives (or needs a second sample). */
const measured = (value: number | null, write: (value: number) => number = (same) => same) =>
  value === null ? "not measured" : write(value);
const percent = (share: number) => Math.round(share * 1_000) / 10;

/**
 * Fields of each column, in English and with the unit in the name, whatever the language of the page: a table that is read
 * by a program must not change with the reader. Use is that of the one container that its column names, never a sum.
 */
const FIELDS: Readonly<Record<ColumnId, readonly Field[]>> = {
  verdict: [
    ["verdict", (job) => job.verdict.kind],
    ["certainty", (job) => job.verdict.certainty],
    ["verdict_container", (job) => job.verdict.container ?? ""],
    ["verdict_at", (job) => job.verdict.at ?? "unknown (not-seen)"],
  ],
  job: [
    ["job", (job) => fact(job.gitlab.name, asIs)],
    ["project", (job) => fact(job.gitlab.project, asIs)],
    ["ref", (job) => fact(job.gitlab.ref, asIs)],
    ["job_url", (job) => fact(job.gitlab.url, asIs)],
  ],
  place: [
    ["manager", (job) => fact(job.manager, ({ pod }) => pod)],
    ["runner", (job) => fact(job.runner.name.state === "known" ? job.runner.name : job.runner.shortToken, asIs)],
    ["node", (job) => job.node ?? "unknown (not-reached)"],
  ],
  stage: [
    ["phase", (job) => job.phase],
    ["phase_since", (job) => fact(job.phaseSince, asIs)],
  ],
  // Of a pod that went unseen the age is the most that it can be, and both bounds of its end are given.
  age: [
    ["age_s", (job, now) => Math.round(ageMs(rankJob(job), now) / 1000)],
    ["ending", (job) => job.ending],
    ["ended_at", (job) => (job.deletedAt === null ? "" : job.deletedAfter === null ? job.deletedAt : "unknown (not-seen)")],
    ["ended_after", (job) => job.deletedAfter ?? ""],
    ["ended_before", (job) => (job.deletedAfter === null ? "" : (job.deletedAt ?? ""))],
  ],
  cpu: [
    ["cpu_request_millicores", (job) => amount(job.requests.cpuMillicores)],
    ["cpu_limit_millicores", (job) => amount(job.limits.cpuMillicores)],
    ["cpu_container", (job) => fact(job.use.cpu, (use) => use.container)],
    ["cpu_used_millicores", (job) => fact(job.use.cpu, ({ used }) => measured(used, Math.round))],
    ["cpu_used_limit_millicores", (job) => fact(job.use.cpu, ({ limit }) => amount(limit))],
    [
      "cpu_throttled_percent",
      (job) => fact(job.use.cpu, (use) => (use.throttledShare === null ? unthrottledWords(use.unthrottled) : percent(use.throttledShare))),
    ],
    ["cpu_sampled_at", (job) => fact(job.use.cpu, (use) => use.at)],
  ],
  memory: [
    ["memory_request_bytes", (job) => amount(job.requests.memoryBytes)],
    ["memory_limit_bytes", (job) => amount(job.limits.memoryBytes)],
    ["memory_container", (job) => fact(job.use.memory, (use) => use.container)],
    ["memory_used_bytes", (job) => fact(job.use.memory, ({ used }) => measured(used))],
    ["memory_peak_bytes", (job) => fact(job.use.memory, ({ peak }) => measured(peak))],
    ["memory_used_limit_bytes", (job) => fact(job.use.memory, ({ limit }) => amount(limit))],
    ["memory_sampled_at", (job) => fact(job.use.memory, (use) => use.at)],
  ],
  containers: [["containers", (job) => job.containers.map((container) => `${container.name}: ${stateWord(container.state)}`).join("; ")]],
  namespace: [["namespace", (job) => job.namespace]],
  pod: [["pod", (job) => job.pod]],
  cluster: [["cluster", (job) => job.cluster]],
  id: [["gitlab_job_id", (job) => fact(job.gitlab.id, asIs)]],
  restarts: [["restarts", (job) => restartsOf(job)]],
  created: [["created_at", (job) => job.createdAt]],
};

/** What the way of reading does not tell is unknown; without a quota nothing can be throttled. */
function unthrottledWords(why: "no-quota" | "no-periods" | "not-measured" | null): string {
  if (why === "not-measured") return "unknown (not-measured)";
  return why === "no-periods" ? "no periods" : "no quota";
}

function stateWord(state: JobRow["containers"][number]["state"]): string {
  if (state.state === "unknown") return `unknown (${state.reason})`;
  const { value } = state;
  if (value.kind === "terminated") return `terminated ${value.reason ?? "no reason"} exit ${value.exitCode}`;
  return value.kind === "waiting" ? `waiting ${value.reason ?? "no reason"}` : "running";
}

/**
 * The jobs as CSV (RFC 4180: CRLF, quotes doubled), in the order given, with the columns given and at the end what
 * identifies each job. Times are RFC 3339 UTC. What is not known is written as `unknown (<reason>)`.
 */
export function exportJobs(jobs: readonly JobRow[], columns: readonly ColumnId[], now: number): string {
  const fields: Field[] = [
    ...columns.flatMap((column) => FIELDS[column]),
    ["key", (job) => job.key],
    ["as_of", () => new Date(now).toISOString()],
  ];
  const lines = [fields.map(([name]) => name), ...jobs.map((job) => fields.map(([, read]) => cell(read(job, now))))];
  return lines.map((line) => line.join(",")).join("\r\n") + "\r\n";
}

/**
 * A text that a spreadsheet would run as a formula gets an apostrophe in front
 * (OWASP, "CSV Injection": = + - @ tab and carriage return at the start of a cell).
 */
function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
