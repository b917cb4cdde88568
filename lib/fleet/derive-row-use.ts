import { known, unknown, valueOf, type Known, type UnknownReason } from "../base/known.ts";
import type { ContainerUsage } from "../metrics/schema.ts";
import { usageSource } from "./derive-usage.ts";
import type { ContainerView, JobRow } from "./schema.ts";

type Use = JobRow["use"];

interface Sampled {
  container: ContainerView;
  usage: ContainerUsage;
}

/**
 * CPU and memory of the one container that a row shows: the most throttled, else the one nearest to its limit, else the one that uses
 * most. Containers that still run go before those that ended.
 */
export function deriveRowUse(containers: readonly ContainerView[]): Use {
  const sampled = containers.flatMap((container): Sampled[] => {
    const usage = valueOf(container.usage);
    return usage === null ? [] : [{ container, usage }];
  });
  const running = sampled.filter(({ container }) => valueOf(container.state)?.kind === "running");
  const from = running.length > 0 ? running : sampled;
  const missing = unknown(reasonOf(containers));
  return { cpu: cpuOf(from) ?? missing, memory: memoryOf(from) ?? missing };
}

/** Share of all CFS periods of its life that were throttled, 0–1; null: no quota, or no period ran. */
export function throttledShareOf({ cfs }: ContainerUsage): number | null {
  return cfs === null || cfs.periods <= 0 ? null : Math.min(1, cfs.throttledPeriods / cfs.periods);
}

/** Why there is no such share. */
function whyUnthrottled({ cfs, unmeasured }: ContainerUsage): "no-quota" | "no-periods" | "not-measured" {
  if (cfs !== null) return "no-periods";
  return unmeasured.includes("throttling") ? "not-measured" : "no-quota";
}

/** Millicores: what the cgroup says (a resize or a limit of the pod changes it), else the spec. */
export function cpuLimitOf({ container, usage }: Sampled): number | null {
  return usage.cfs?.quotaMillicores ?? container.limits.cpuMillicores;
}

function cpuOf(sampled: readonly Sampled[]): Use["cpu"] | null {
  const shares = sampled.map((one) => ({ ...one, throttledShare: throttledShareOf(one.usage), limit: cpuLimitOf(one) }));
  const best = nearest(
    shares,
    (one) => one.throttledShare ?? 0,
    (one) => ratio(one.usage.cpuMillicores, one.limit),
    (one) => one.usage.cpuMillicores,
  );
  if (best === null) return null;
  const { container, usage, limit, throttledShare } = best;
  const unthrottled = throttledShare === null ? whyUnthrottled(usage) : null;
  const value = { container: container.name, used: usage.cpuMillicores, limit, at: usage.at, throttledShare, unthrottled };
  return known(value, usage.at, usageSource(usage));
}

function memoryOf(sampled: readonly Sampled[]): Use["memory"] | null {
  const best = nearest(
    sampled,
    ({ container, usage }) => ratio(usage.memoryBytes, container.limits.memoryBytes),
    ({ usage }) => usage.memoryBytes,
  );
  if (best === null) return null;
  const { container, usage } = best;
  const { memoryBytes: limit } = container.limits;
  const value = { container: container.name, used: usage.memoryBytes, limit, at: usage.at, peak: usage.peak?.bytes ?? null };
  return known(value, usage.at, usageSource(usage));
}

/** The one that ranks highest: by the first figure, equal ones by the next. What has no figure ranks last. */
function nearest<T>(all: readonly T[], ...figures: ((one: T) => number | null)[]): T | null {
  let best: T | null = null;
  for (const one of all) if (best === null || ranksHigher(one, best, figures)) best = one;
  return best;
}

function ranksHigher<T>(one: T, other: T, figures: readonly ((one: T) => number | null)[]): boolean {
  for (const figure of figures) {
    const difference = (figure(one) ?? -1) - (figure(other) ?? -1);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function ratio(used: number | null, limit: number | null): number | null {
  return used === null || limit === null || limit <= 0 ? null : used / limit;
}

/** Why nothing is known: as it is for build, else for the first container that is not an init container. */
function reasonOf(containers: readonly ContainerView[]): UnknownReason {
  const one = containers.find(({ role }) => role === "build") ?? containers.find(({ role }) => role !== "init") ?? containers[0];
  const usage: Known<ContainerUsage> | undefined = one?.usage;
  return usage?.state === "unknown" ? usage.reason : "not-reached";
}
