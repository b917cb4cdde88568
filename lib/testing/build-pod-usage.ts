import type { ContainerUsage, PodUsage, UsagePoint } from "../metrics/schema.ts";
import { at } from "./build-pod-record.ts";

/** What a container used up to T+25, as cgroup v1 tells it: little, with a quota, not throttled, nothing killed. */
export function buildContainerUsage(change: Partial<ContainerUsage> = {}): ContainerUsage {
  return {
    at: at(25),
    firstAt: at(6),
    samples: 2,
    cpuMillicores: 200,
    cpuSecondsTotal: 4,
    cfs: { quotaMillicores: 1_000, stepShare: 0, periods: 190, throttledPeriods: 0, throttledSeconds: 0 },
    memoryBytes: 100 * 2 ** 20,
    peak: { bytes: 120 * 2 ** 20, from: "kernel" },
    limitHits: 0,
    oom: { events: 0, firstSeenAt: null },
    nestedOom: null,
    pressure: null,
    storageBytes: null,
    way: "cadvisor",
    windowMs: null,
    unmeasured: [],
    countedAt: null,
    ...change,
  };
}

export const killedAt = (seconds: number, events = 1): Partial<ContainerUsage> => ({ oom: { events, firstSeenAt: at(seconds) } });
/** CPU use of a container that met its limit in `share` of 200 periods. */
export const throttled = (share: number, seconds: number | null = 15): Partial<ContainerUsage> => ({
  cfs: { quotaMillicores: 500, stepShare: share, periods: 200, throttledPeriods: 200 * share, throttledSeconds: seconds },
});
export const peakOf = (mebibytes: number, sampled = mebibytes): Partial<ContainerUsage> => ({
  memoryBytes: sampled * 2 ** 20,
  peak: { bytes: mebibytes * 2 ** 20, from: "kernel" },
});

/** The use of a pod, by container name; the built containers have no id, so that they are joined by name. */
export function buildUsage(containers: Record<string, Partial<ContainerUsage>>, points: readonly UsagePoint[] = []): PodUsage {
  return {
    podUid: "11111111-0000-4000-8000-000000000000",
    containers: new Map(
      Object.entries(containers).map(([name, change], index) => [
        String(index).padStart(64, "0"),
        { name, usage: buildContainerUsage(change), points },
      ]),
    ),
  };
}
