import { known, unknown, valueOf, type Known, type Timestamp } from "../../base/known.ts";
import type { SourceReport } from "../../base/source-state.ts";
import { throttledShareOf } from "../derive-row-use.ts";
import { USAGE_SOURCE } from "../derive-usage.ts";
import type { ClusterInput } from "../fold-cluster.ts";
import { latest } from "../pod-facts.ts";
import type { Finding, Job, LastHour, Verdict } from "../schema.ts";
import { isListed, whyUnlisted } from "../source-health.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const MAX_MARKS = 50;

export interface LastHourInput {
  jobs: ReadonlyMap<string, Job>;
  inputs: readonly Pick<ClusterInput, "sources">[];
  at: Timestamp;
  keep: { maxJobs: number; maxAgeMs: number };
}

type Kind = LastHour["marks"][number]["kind"];

/** One container of one job in which something was killed or which was throttled. */
interface Harm {
  kind: Kind;
  job: Job;
  container: string;
  at: Timestamp;
  atMs: number;
  statement: Finding | Verdict;
  share: number | null;
  seconds: number | null;
}

/** OOM kills and throttling of the last hour, over live and kept jobs, and the worst of them. */
export function deriveLastHour(input: LastHourInput): LastHour {
  const sinceMs = Math.floor((Date.parse(input.at) - HOUR_MS) / MINUTE_MS) * MINUTE_MS;
  const since = new Date(sinceMs).toISOString();
  const harms = harmsSince(input.jobs, sinceMs);
  const kills = harms.filter((harm) => harm.kind === "oom-kill");
  const throttled = harms.filter((harm) => harm.kind === "cpu-throttling");
  const sources = input.inputs.flatMap((one) => one.sources);
  return {
    since,
    oomKills: counted(sources, "kubernetes-pods", kills.length),
    oomJobs: counted(sources, "kubernetes-pods", jobsOf(kills)),
    throttledJobs: counted(sources, "kubelet-metrics", jobsOf(throttled)),
    partial: isPartial(input, sources, sinceMs),
    worst: worstOf(harms),
    marks: newestOf(harms).map(({ kind, job, container, at }) => ({ at, kind, job: job.key, container, ...namesOf(job) })),
  };
}

function harmsSince(jobs: ReadonlyMap<string, Job>, sinceMs: number): Harm[] {
  const harms: Harm[] = [];
  for (const job of jobs.values()) {
    if (job.findings.length === 0 && job.verdict.kind !== "oom-killed") continue;
    for (const harm of harmsOf(job)) if (harm.atMs >= sinceMs) harms.push(harm);
  }
  return harms;
}

/** The newest of them, newest first: with 10,000 jobs most fall out before anything is sorted. */
function newestOf(harms: readonly Harm[]): Harm[] {
  const newest: Harm[] = [];
  for (const harm of harms) {
    if (newest.length === MAX_MARKS && harm.atMs <= (newest.at(-1)?.atMs ?? 0)) continue;
    newest.splice(placeOf(newest, harm.atMs), 0, harm);
    if (newest.length > MAX_MARKS) newest.pop();
  }
  return newest;
}

/** Behind all that are as new or newer. */
function placeOf(newest: readonly Harm[], atMs: number): number {
  const place = newest.findIndex((harm) => harm.atMs < atMs);
  return place < 0 ? newest.length : place;
}

const harmsByJob = new WeakMap<Job, readonly Harm[]>();

/** Of a job that did not change they are what they were. */
function harmsOf(job: Job): readonly Harm[] {
  const found = harmsByJob.get(job) ?? findHarms(job);
  harmsByJob.set(job, found);
  return found;
}

/** A confirmed end by a kill is said by the verdict alone; else the finding says it, and the verdict speaks of the same kill. */
function findHarms(job: Job): Harm[] {
  const harms = new Map<string, Harm>();
  const add = (kind: Kind, statement: Finding | Verdict) => {
    const { container } = statement;
    const at = statement.at ?? job.deletedAt ?? job.lastSeen;
    if (container === null || harms.has(`${kind} ${container}`)) return;
    const usage = valueOf(job.containers.find((one) => one.name === container)?.usage ?? unknown("not-seen"));
    const cpu = kind === "cpu-throttling" ? usage : null;
    harms.set(`${kind} ${container}`, {
      kind,
      job,
      container,
      at,
      atMs: Date.parse(at),
      statement,
      share: cpu === null ? null : throttledShareOf(cpu),
      seconds: cpu?.cfs?.throttledSeconds ?? null,
    });
  };
  for (const finding of job.findings) if (finding.kind === "oom-kill" || finding.kind === "cpu-throttling") add(finding.kind, finding);
  if (job.verdict.kind === "oom-killed") add("oom-kill", job.verdict);
  return [...harms.values()];
}

function jobsOf(harms: readonly Harm[]): number {
  return new Set(harms.map((harm) => harm.job.key)).size;
}

function namesOf({ gitlab }: Job): { project: string | null; name: string | null } {
  return { project: valueOf(gitlab.project), name: valueOf(gitlab.name) };
}

/** Kills before throttling; then what happened to most runs of the same job; then what cost most time. The newest run stands for the others. */
function worstOf(harms: readonly Harm[]): LastHour["worst"] {
  const groups = new Map<string, Harm[]>();
  for (const harm of harms) {
    const { project, name } = namesOf(harm.job);
    const key = JSON.stringify([harm.kind, harm.job.cluster, project, name ?? harm.job.key, harm.container]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [harm]);
    else group.push(harm);
  }
  const lost = (group: readonly Harm[]) => group.reduce((sum, harm) => sum + (harm.seconds ?? 0), 0);
  const [worst] = [...groups.values()].toSorted(
    (a, b) => Number(b[0]?.kind === "oom-kill") - Number(a[0]?.kind === "oom-kill") || b.length - a.length || lost(b) - lost(a),
  );
  const newest = worst?.reduce((best, harm) => (harm.atMs > best.atMs ? harm : best));
  if (worst === undefined || newest === undefined) return null;
  const { kind, job, container, share, seconds, statement } = newest;
  return {
    kind,
    job: job.key,
    container,
    ...namesOf(job),
    runs: worst.length,
    throttledShare: share,
    throttledSeconds: seconds,
    sentence: statement.sentence,
  };
}

/** Throttling is told by kubelets, and by a Prometheus in their place. */
function tells(report: SourceReport, source: "kubernetes-pods" | "kubelet-metrics"): boolean {
  return report.source === source || (source === "kubelet-metrics" && report.source === "prometheus" && report.way !== undefined);
}

/** Known while the source answers somewhere; what it has not seen makes the figure `partial`. */
function counted(sources: readonly SourceReport[], source: "kubernetes-pods" | "kubelet-metrics", count: number): Known<number> {
  const live = sources.filter((report) => tells(report, source) && report.part === null && report.state.state === "live");
  // A way that does not tell throttling would make it 0.
  const answering = live.filter(({ way }) => way?.lacks.includes("throttling") !== true);
  const heard = source === "kubernetes-pods" ? isListed(sources, source) : answering.length > 0;
  if (!heard) {
    if (live.length > 0) return unknown("not-measured");
    const why = whyUnlisted(sources, source);
    // A kubelet source that is switched off is one that is not connected.
    return unknown(source === "kubelet-metrics" && why === "not-collected" ? "not-connected" : why);
  }
  const since = answering.flatMap(({ state }) => ("since" in state ? [state.since] : []));
  return known(count, latest(since) ?? "1970-01-01T00:00:00Z", source === "kubernetes-pods" ? source : USAGE_SOURCE);
}

/** Whether more may have happened than was seen: a source that is not live or began within the hour, jobs that were missed or no longer kept. */
function isPartial({ jobs, inputs, keep }: LastHourInput, sources: readonly SourceReport[], sinceMs: number): boolean {
  if (keep.maxAgeMs < HOUR_MS) return true;
  const watched = sources.filter((report) => report.source === "kubernetes-pods" || report.source === "kubelet-metrics");
  const whole = ({ state, way }: SourceReport) =>
    state.state === "live" && Date.parse(state.since) <= sinceMs && way?.lacks.includes("throttling") !== true;
  if (!watched.every(whole)) return true;
  if (!inputs.every((one) => one.sources.some((report) => report.source === "kubelet-metrics"))) return true;
  let ended = 0;
  for (const job of jobs.values()) {
    if (job.ending === "live" || job.deletedAt === null) continue;
    ended += 1;
    if (job.ending === "missed" && Date.parse(job.deletedAt) >= sinceMs) return true;
  }
  return ended >= keep.maxJobs;
}
