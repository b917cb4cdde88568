import { prepareAxis, type TimeAxis } from "@/components/charts/prepare-axis.ts";
import { LONGEST_STEP_MS, prepareBands, preparePlot, type Plot, type PlotPoint } from "@/components/charts/prepare-plot.ts";
import type { ContainerView, Job } from "@/lib/fleet/schema.ts";
import type { UsagePoint } from "@/lib/metrics/schema.ts";

/** Why nothing is drawn in a stretch of time (`messages: job.usage.gap.<why>`). */
export type GapReason = "before-first" | "missing" | "silent" | "unsampled-end" | "no-process";

export interface UsageView {
  cpu: Plot;
  memory: Plot;
  cpuPoints: (PlotPoint & { throttledShare: number | null })[];
  memoryPoints: PlotPoint[];
  bands: { fromMs: number; toMs: number; share: number }[];
  gaps: { fromMs: number; toMs: number; why: GapReason }[];
  /** Kills for memory in this container. `nested`: of a container inside it. */
  marks: { ms: number; nested: boolean }[];
  /** Times of the samples, oldest first. */
  stops: number[];
  /** Highest CPU between two samples, in millicores; null: there were not two. */
  cpuPeak: number | null;
}

/** The axis moves on in steps, so that charts of a living job are not drawn anew each second. */
const STEP_MS = 5_000;

/** One axis for the charts of all containers: from the first start or sample to the end of the pod or now. Null: nothing started yet. */
export function prepareUsageAxis(
  job: Pick<Job, "containers" | "deletedAt">,
  series: ReadonlyMap<string, readonly UsagePoint[]>,
  zeroMs: number,
  nowMs: number,
): TimeAxis | null {
  const points = [...series.values()].flatMap((list) => list.map((point) => point.toMs));
  // An init container is over in a second, and would push all others to the right.
  const starts = job.containers.flatMap((container) => (container.role === "init" ? [] : [lifeOf(container, null).startMs ?? []].flat()));
  const from = Math.min(...points, ...starts);
  if (!Number.isFinite(from)) return null;
  const end = job.deletedAt === null ? Math.ceil(nowMs / STEP_MS) * STEP_MS : Date.parse(job.deletedAt);
  return prepareAxis(from, Math.max(end, ...points), zeroMs, 6);
}

/** When a container's process began and ended, as far as its state tells; ms. A pod that is gone has no process any more. */
function lifeOf({ state }: Pick<ContainerView, "state">, deletedAt: string | null): { startMs: number | null; endMs: number | null } {
  const gone = deletedAt === null ? null : Date.parse(deletedAt);
  if (state.state === "unknown" || state.value.kind === "waiting") return { startMs: null, endMs: gone };
  const start = state.value.startedAt === null ? null : Date.parse(state.value.startedAt);
  if (state.value.kind === "running") return { startMs: start, endMs: gone };
  return { startMs: start, endMs: state.value.finishedAt === null ? gone : Date.parse(state.value.finishedAt) };
}

/** What the charts of one container show. `points` oldest first; `nowMs` as the server's clock says. */
export function prepareUsage(
  container: Pick<ContainerView, "name" | "state" | "limits" | "requests" | "usage">,
  points: readonly UsagePoint[],
  job: Pick<Job, "verdict" | "findings" | "deletedAt">,
  axis: TimeAxis,
  nowMs: number,
): UsageView {
  const cpuPoints = points.map(({ fromMs, toMs, cpuMillicores, throttledShare }) => ({
    fromMs,
    toMs,
    value: cpuMillicores,
    throttledShare,
  }));
  const memoryPoints = points.map(({ fromMs, toMs, memoryBytes }) => ({ fromMs, toMs, value: memoryBytes }));
  const { limits, requests } = container;
  const memory = preparePlot(memoryPoints, axis, { limit: limits.memoryBytes, request: requests.memoryBytes });
  const rates = cpuPoints.flatMap(({ value }) => (value === null ? [] : [value]));
  return {
    cpu: preparePlot(cpuPoints, axis, { limit: limits.cpuMillicores, request: requests.cpuMillicores }),
    memory,
    cpuPoints,
    memoryPoints,
    bands: prepareBands(points),
    gaps: [...memory.gaps.map((gap) => ({ ...gap, why: "missing" as const })), ...edgesOf(container, points, job.deletedAt, axis, nowMs)],
    marks: marksOf(container, job, axis),
    stops: points.map((point) => point.toMs),
    cpuPeak: rates.length === 0 ? null : Math.max(...rates),
  };
}

/** Before the first sample and after the last one: a container whose process is gone is something else than one that nobody sampled. */
function edgesOf(
  container: Pick<ContainerView, "state">,
  points: readonly UsagePoint[],
  deletedAt: string | null,
  axis: TimeAxis,
  nowMs: number,
): UsageView["gaps"] {
  const { startMs, endMs } = lifeOf(container, deletedAt);
  const first = points[0]?.toMs ?? null;
  const last = points.at(-1)?.toMs ?? null;
  const gaps: UsageView["gaps"] = [];
  if (startMs !== null && first !== null && first > startMs) gaps.push({ fromMs: startMs, toMs: first, why: "before-first" });
  if (endMs !== null) {
    if (last !== null && endMs > last) gaps.push({ fromMs: last, toMs: endMs, why: "unsampled-end" });
    gaps.push({ fromMs: Math.max(endMs, last ?? endMs), toMs: axis.toMs, why: "no-process" });
  } else if (last !== null && nowMs - last > LONGEST_STEP_MS) gaps.push({ fromMs: last, toMs: axis.toMs, why: "silent" });
  return gaps.filter((gap) => gap.toMs > gap.fromMs);
}

/** A counter is read up to this long after the kill that it counted. */
const SAME_KILL_MS = 60_000;

function marksOf(
  { name, usage }: Pick<ContainerView, "name" | "usage">,
  { verdict, findings }: Pick<Job, "verdict" | "findings">,
  axis: TimeAxis,
): UsageView["marks"] {
  const told = [...(verdict.kind === "oom-killed" ? [verdict] : []), ...findings.filter((finding) => finding.kind === "oom-kill")];
  const times = new Set(told.flatMap(({ container, at }) => (container === name && at !== null ? [Date.parse(at)] : [])));
  if (usage.state === "known") {
    const { oom, nestedOom } = usage.value;
    const counted = oom !== null && oom.events > 0 && oom.firstSeenAt !== null ? Date.parse(oom.firstSeenAt) : null;
    const nested = nestedOom === null ? null : Date.parse(nestedOom.firstSeenAt);
    const isNew = (ms: number) => [...times].every((time) => Math.abs(ms - time) > SAME_KILL_MS);
    if (counted !== null && isNew(counted)) times.add(counted);
    if (nested !== null && isNew(nested)) return marks(times, axis, nested);
  }
  return marks(times, axis, null);
}

function marks(times: ReadonlySet<number>, axis: TimeAxis, nested: number | null): UsageView["marks"] {
  const all = [...times].map((ms) => ({ ms, nested: false }));
  if (nested !== null) all.push({ ms: nested, nested: true });
  return all.filter(({ ms }) => ms >= axis.fromMs && ms <= axis.toMs).toSorted((a, b) => a.ms - b.ms);
}
