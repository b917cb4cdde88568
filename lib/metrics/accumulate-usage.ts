import { USE_FIGURES } from "../base/use-ways.ts";
import type { ContainerSample, ContainerUsage, NestedSample, UseFigure, UsagePoint } from "./schema.ts";

/** One hour at a sample each 15 s; then older points are joined in pairs, so a job of any length fits. */
export const MAX_POINTS = 240;

/** What a sample says, without whom it is about: the names are slices of the page, and each would keep a line of it. */
type Figures = Omit<ContainerSample, "namespace" | "pod" | "container" | "containerId" | "podUid">;

function figuresOf({
  namespace: _namespace,
  pod: _pod,
  container: _container,
  containerId: _id,
  podUid: _uid,
  ...figures
}: ContainerSample): Figures {
  return figures;
}

/** What is kept of one container between samples. */
export interface UsageState {
  readonly last: Figures;
  readonly firstAtMs: number;
  readonly samples: number;
  readonly points: readonly UsagePoint[];
  readonly highestBytes: number | null;
  readonly oomSeenAtMs: number | null;
  readonly nested: { readonly events: number; readonly firstSeenMs: number } | null;
  /** When the counters of `last` were read, where it came in a way that does not tell them. */
  readonly countedAtMs: number | null;
}

/** Adds one sample. A repeated sample (a kubelet samples every 10–20 s and repeats until then) or an older one changes nothing and gives the same object. */
export function addSample(state: UsageState | null, sample: ContainerSample): UsageState {
  if (state === null)
    return {
      last: figuresOf(sample),
      firstAtMs: sample.atMs,
      samples: 1,
      points: [firstPoint(sample)],
      highestBytes: sample.workingSetBytes,
      oomSeenAtMs: (sample.oomEvents ?? 0) > 0 ? sample.atMs : null,
      nested: null,
      countedAtMs: null,
    };
  if (sample.atMs <= state.last.atMs) return state;
  const last = keepCounters(state.last, keepLimit(state.last, figuresOf(sample)));
  return {
    last,
    firstAtMs: state.firstAtMs,
    samples: state.samples + 1,
    points: thin([...state.points, stepBetween(state.last, sample)]),
    highestBytes: maxOf(state.highestBytes, sample.workingSetBytes),
    oomSeenAtMs: state.oomSeenAtMs ?? ((sample.oomEvents ?? 0) > 0 ? sample.atMs : null),
    nested: state.nested,
    countedAtMs: isCarried(last, sample) ? (state.countedAtMs ?? state.last.atMs) : null,
  };
}

/** Adds what a cgroup inside the container says. Its counter is never added to the container's own. */
export function addNested(state: UsageState, sample: NestedSample): UsageState {
  const events = sample.oomEvents ?? 0;
  if (events === 0 || events <= (state.nested?.events ?? 0)) return state;
  return { ...state, nested: { events, firstSeenMs: state.nested?.firstSeenMs ?? sample.atMs } };
}

/** Rows of one page can be torn: a later page without a peak must not lose it. */
function keepLimit(before: Figures, sample: Figures): Figures {
  const peak = maxOf(before.maxUsageBytes, sample.maxUsageBytes);
  return peak === sample.maxUsageBytes ? sample : { ...sample, maxUsageBytes: peak };
}

/** A poorer way does not tell the counters: what they were before is a lower bound of what they are. */
function keepCounters(before: Figures, sample: Figures): Figures {
  const { lacks = [] } = sample;
  if (lacks.length === 0) return sample;
  const kept: Partial<ContainerSample> = {};
  if (lacks.includes("throttling") && !hasCfs(sample) && hasCfs(before)) {
    const { cfsPeriods, cfsThrottledPeriods, cfsThrottledSeconds, quotaMillicores } = before;
    Object.assign(kept, { cfsPeriods, cfsThrottledPeriods, cfsThrottledSeconds, quotaMillicores });
  }
  if (sample.oomEvents === null && lacks.includes("oom-counter")) kept.oomEvents = before.oomEvents;
  if (sample.failures === null && lacks.includes("limit-hits")) kept.failures = before.failures;
  if (pressureOf(sample) === null && lacks.includes("pressure")) {
    const { cpuWaitingSeconds, memoryWaitingSeconds, ioWaitingSeconds = null } = before;
    Object.assign(kept, { cpuWaitingSeconds, memoryWaitingSeconds, ioWaitingSeconds });
  }
  // No quota, as a richer way has told, is still none.
  const wasTold = lacks.includes("throttling") && before.lacks?.includes("throttling") !== true;
  return { ...sample, ...kept, lacks: wasTold ? lacks.filter((figure) => figure !== "throttling") : lacks };
}

/** Whether a counter of `last` is older than the sample that it was made of. */
function isCarried(last: Figures, sample: Figures): boolean {
  return (hasCfs(last) && !hasCfs(sample)) || (last.oomEvents !== null && sample.oomEvents === null);
}

/** Periods without those that were throttled, as a store may keep them, tell nothing. */
function hasCfs({ cfsPeriods, cfsThrottledPeriods }: Figures): boolean {
  return cfsPeriods !== null && cfsThrottledPeriods !== null;
}

/** A rate that came ready-made has a step of its own. */
function firstPoint({ atMs, rate, workingSetBytes }: Figures): UsagePoint {
  const fromMs = rate === undefined ? atMs : atMs - rate.windowMs;
  return { fromMs, toMs: atMs, cpuMillicores: rate?.cpuMillicores ?? null, throttledShare: null, memoryBytes: workingSetBytes };
}

function stepBetween(before: Figures, sample: Figures): UsagePoint {
  if (sample.rate !== undefined) return firstPoint(sample);
  const seconds = (sample.atMs - before.atMs) / 1_000;
  const cpu = growth(before.cpuUsageSeconds, sample.cpuUsageSeconds);
  return {
    fromMs: before.atMs,
    toMs: sample.atMs,
    cpuMillicores: cpu === null ? null : (cpu / seconds) * 1_000,
    throttledShare: shareOf(growth(before.cfsThrottledPeriods, sample.cfsThrottledPeriods), growth(before.cfsPeriods, sample.cfsPeriods)),
    memoryBytes: sample.workingSetBytes,
  };
}

/** A counter that went down began anew: what grew in between is not known. */
function growth(before: number | null, after: number | null): number | null {
  return before === null || after === null || after < before ? null : after - before;
}

function shareOf(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole <= 0 ? null : Math.min(1, part / whole);
}

function maxOf(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.max(a, b);
}

/** The same with no more than so many points (at least 2), the older half joined first. */
export function keepPoints(state: UsageState, most: number): UsageState {
  let { points } = state;
  while (points.length > most) points = joinOlder(points, 2 * Math.ceil(points.length / 4));
  return points === state.points ? state : { ...state, points };
}

function thin(points: readonly UsagePoint[]): readonly UsagePoint[] {
  return points.length <= MAX_POINTS ? points : joinOlder(points, MAX_POINTS / 2);
}

function joinOlder(points: readonly UsagePoint[], count: number): UsagePoint[] {
  const old = points.slice(0, count);
  const joined: UsagePoint[] = [];
  for (let i = 0; i < old.length; i += 2) joined.push(join(old[i], old[i + 1]));
  return [...joined, ...points.slice(count)];
}

function join(a: UsagePoint | undefined, b: UsagePoint | undefined): UsagePoint {
  if (a === undefined || b === undefined) return (a ?? b) as UsagePoint;
  const weight = (point: UsagePoint) => Math.max(1, point.toMs - point.fromMs);
  const mean = (x: number | null, y: number | null) =>
    x === null || y === null ? (x ?? y) : (x * weight(a) + y * weight(b)) / (weight(a) + weight(b));
  return {
    fromMs: a.fromMs,
    toMs: b.toMs,
    cpuMillicores: mean(a.cpuMillicores, b.cpuMillicores),
    throttledShare: mean(a.throttledShare, b.throttledShare),
    memoryBytes: maxOf(a.memoryBytes, b.memoryBytes),
  };
}

const iso = (ms: number) => new Date(ms).toISOString();

/** What the screen and the history take from a state. */
export function usageOf(state: UsageState): ContainerUsage {
  const { last } = state;
  const step = state.points.at(-1);
  const kernel = last.maxUsageBytes;
  return {
    at: iso(last.atMs),
    firstAt: iso(state.firstAtMs),
    samples: state.samples,
    cpuMillicores: step?.cpuMillicores ?? null,
    cpuSecondsTotal: last.cpuUsageSeconds,
    cfs:
      last.cfsPeriods === null || last.cfsThrottledPeriods === null
        ? null
        : {
            quotaMillicores: last.quotaMillicores,
            stepShare: step?.throttledShare ?? null,
            periods: last.cfsPeriods,
            throttledPeriods: last.cfsThrottledPeriods,
            throttledSeconds: last.cfsThrottledSeconds,
          },
    memoryBytes: last.workingSetBytes,
    peak:
      kernel !== null
        ? { bytes: kernel, from: "kernel" }
        : state.highestBytes === null
          ? null
          : { bytes: state.highestBytes, from: "samples" },
    limitHits: last.failures,
    oom:
      last.oomEvents === null ? null : { events: last.oomEvents, firstSeenAt: state.oomSeenAtMs === null ? null : iso(state.oomSeenAtMs) },
    nestedOom: state.nested === null ? null : { events: state.nested.events, firstSeenAt: iso(state.nested.firstSeenMs) },
    pressure: pressureOf(last),
    storageBytes: last.storageBytes ?? null,
    way: last.way ?? "cadvisor",
    windowMs: last.rate?.windowMs ?? null,
    unmeasured: unmeasuredOf(last),
    countedAt: state.countedAtMs === null ? null : iso(state.countedAtMs),
  };
}

function pressureOf({ cpuWaitingSeconds, memoryWaitingSeconds, ioWaitingSeconds = null }: Figures): ContainerUsage["pressure"] {
  if (cpuWaitingSeconds === null && memoryWaitingSeconds === null && ioWaitingSeconds === null) return null;
  return { cpuSeconds: cpuWaitingSeconds, memorySeconds: memoryWaitingSeconds, ioSeconds: ioWaitingSeconds };
}

/** Without a quota there are no CFS rows, so only a way that never has them leaves throttling unmeasured. */
function unmeasuredOf(last: Figures): UseFigure[] {
  const missing: Record<UseFigure, boolean> = {
    throttling: !hasCfs(last) && (last.cfsPeriods !== null || last.lacks?.includes("throttling") === true),
    "oom-counter": last.oomEvents === null,
    "kernel-peak": last.maxUsageBytes === null,
    "limit-hits": last.failures === null,
    pressure: pressureOf(last) === null,
    storage: (last.storageBytes ?? null) === null,
  };
  return USE_FIGURES.filter((figure) => missing[figure]);
}
