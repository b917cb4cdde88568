import { known, unknown, valueOf, type Known, type Timestamp } from "../../base/known.ts";
import type { SourceReport } from "../../base/source-state.ts";
import { USAGE_SOURCE } from "../derive-usage.ts";
import type { ClusterInput } from "../fold-cluster.ts";
import { latest } from "../pod-facts.ts";
import type { JobRow, LastHour } from "../schema.ts";
import { isListed, whyUnlisted } from "../source-health.ts";
import type { JobTotals } from "../sum-jobs.ts";
import { addHarms, type HarmSum } from "./sum-harms.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export interface LastHourInput {
  jobs: Pick<JobTotals, "harms" | "ended" | "missedAtMs">;
  inputs: readonly Pick<ClusterInput, "sources">[];
  at: Timestamp;
  keep: { maxJobs: number; maxAgeMs: number };
}

/** OOM kills and throttling of the last hour, over live and kept jobs, and the worst of them. */
export function deriveLastHour(input: LastHourInput): LastHour {
  const sinceMs = Math.floor((Date.parse(input.at) - HOUR_MS) / MINUTE_MS) * MINUTE_MS;
  const harms = addHarms(input.jobs.harms, sinceMs);
  const sources = input.inputs.flatMap((one) => one.sources);
  return {
    since: new Date(sinceMs).toISOString(),
    oomKills: counted(sources, "kubernetes-pods", harms.kills),
    oomJobs: counted(sources, "kubernetes-pods", harms.killedJobs),
    throttledJobs: counted(sources, "kubelet-metrics", harms.throttledJobs),
    partial: isPartial(input, sources, sinceMs),
    worst: worstOf(harms),
    marks: harms.newest.map(({ kind, row, container, at }) => ({ at, kind, job: row.key, container, ...namesOf(row) })),
  };
}

function namesOf({ gitlab }: JobRow): { project: string | null; name: string | null } {
  return { project: valueOf(gitlab.project), name: valueOf(gitlab.name) };
}

/** Kills before throttling; then what happened to most runs of the same job; then what cost most time. The newest run stands for the others. */
function worstOf({ groups }: HarmSum): LastHour["worst"] {
  const [worst] = [...groups].toSorted(
    ([keyA, a], [keyB, b]) =>
      Number(b.kind === "oom-kill") - Number(a.kind === "oom-kill") || b.runs - a.runs || b.lost - a.lost || (keyA < keyB ? -1 : 1),
  );
  if (worst === undefined) return null;
  const [, { kind, runs, newest }] = worst;
  return {
    kind,
    job: newest.row.key,
    container: newest.container,
    ...namesOf(newest.row),
    runs,
    throttledShare: newest.share,
    throttledSeconds: newest.seconds,
    sentence: newest.sentence,
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
  return jobs.missedAtMs >= sinceMs || jobs.ended >= keep.maxJobs;
}
