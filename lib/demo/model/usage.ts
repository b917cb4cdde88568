/**
 * CPU under a CFS quota and memory under a limit, in closed form: nothing is counted tick by tick.
 * Kernel rules: Documentation/scheduler/sched-bwc.rst (periods are counted while the group has runnable tasks; throttled time is summed over CPUs).
 */
export interface Activity {
  /** CPU wanted in a period in which the container runs. */
  cores: number;
  /** Share of periods in which it runs. */
  busy: number;
  fromBytes: number;
  toBytes: number;
  fromCacheBytes: number;
  toCacheBytes: number;
  startedAt: number;
  endsAt: number;
  /** What the node leaves of the wanted CPU when all want more than there is (0…1). */
  share: number;
}

export interface Counters {
  cpuSeconds: number;
  periods: number;
  throttledPeriods: number;
  throttledSeconds: number;
}

export interface Grant {
  /** Mean cores in a running period. */
  cores: number;
  /** Share of running periods that hit the quota. */
  throttledShare: number;
  /** Seconds of throttling, over all CPUs, in a throttled period. */
  throttledSeconds: number;
}

/** CFS period of the kubelet (`cpuCFSQuotaPeriod`), seconds. */
const PERIOD_SECONDS = 0.1;
/** A container's demand differs from period to period: evenly between these multiples of its mean. */
const LOW = 0.5;
const HIGH = 1.5;

/** What a quota leaves of a demand. `limitCores` null: no quota, nothing is throttled. */
export function grantCpu(cores: number, limitCores: number | null): Grant {
  if (limitCores === null || cores <= 0 || limitCores >= HIGH * cores) return { cores, throttledShare: 0, throttledSeconds: 0 };
  const ratio = limitCores / cores;
  const edge = Math.max(ratio, LOW);
  const throttledShare = HIGH - edge;
  const mean = ratio <= LOW ? limitCores : (cores * (ratio ** 2 - LOW ** 2)) / 2 + limitCores * throttledShare;
  const wanted = (cores * (edge + HIGH)) / 2;
  return { cores: mean, throttledShare, throttledSeconds: Math.ceil(wanted) * PERIOD_SECONDS * (1 - limitCores / wanted) };
}

/** How much longer the same work takes under a quota and on a crowded node (≥ 1). */
export function stretch(cores: number, limitCores: number | null, share: number): number {
  const granted = grantCpu(cores, limitCores).cores;
  const left = Math.min(granted, cores * share);
  return cores <= 0 || left <= 0 ? 1 : cores / left;
}

/** Adds what the activity did between two times (ms) to the counters. Periods are counted only where there is a quota. */
export function addUsage(counters: Counters, activity: Activity, from: number, to: number, limitCores: number | null): void {
  const seconds = Math.max(0, to - from) / 1000;
  if (seconds === 0 || activity.busy <= 0) return;
  const grant = grantCpu(activity.cores, limitCores);
  counters.cpuSeconds += seconds * activity.busy * Math.min(grant.cores, activity.cores * activity.share);
  if (limitCores === null) return;
  const periods = (seconds * activity.busy) / PERIOD_SECONDS;
  counters.periods += periods;
  counters.throttledPeriods += periods * grant.throttledShare;
  counters.throttledSeconds += periods * grant.throttledShare * grant.throttledSeconds;
}

function progress(activity: Activity, at: number): number {
  const length = activity.endsAt - activity.startedAt;
  return length <= 0 ? 1 : Math.min(1, Math.max(0, (at - activity.startedAt) / length));
}

/** Anonymous memory at a time, bytes, cut at the limit. */
export function memoryAt(activity: Activity, at: number, limitBytes: number | null): number {
  const bytes = activity.fromBytes + (activity.toBytes - activity.fromBytes) * progress(activity, at);
  return limitBytes === null ? bytes : Math.min(bytes, limitBytes);
}

/** Page cache at a time, bytes: never more than what the limit leaves. */
export function cacheAt(activity: Activity, at: number, limitBytes: number | null): number {
  const bytes = activity.fromCacheBytes + (activity.toCacheBytes - activity.fromCacheBytes) * progress(activity, at);
  return limitBytes === null ? bytes : Math.max(0, Math.min(bytes, limitBytes - memoryAt(activity, at, limitBytes)));
}

/** When the memory reaches the limit, or null when it does not in this activity. */
export function oomTime(activity: Activity, limitBytes: number | null): number | null {
  if (limitBytes === null || activity.toBytes < limitBytes) return null;
  if (activity.fromBytes >= limitBytes) return activity.startedAt;
  const share = (limitBytes - activity.fromBytes) / (activity.toBytes - activity.fromBytes);
  return activity.startedAt + share * (activity.endsAt - activity.startedAt);
}
