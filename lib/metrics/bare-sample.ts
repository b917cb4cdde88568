import type { ContainerSample, UseFigure } from "./schema.ts";

/** What `/metrics/resource` and metrics-server do not tell: they know CPU and the working set. */
export const BARE_LACKS: readonly UseFigure[] = ["throttling", "oom-counter", "kernel-peak", "limit-hits", "pressure", "storage"];

/** A sample that knows nothing but whose it is and when. */
export function bareSample(
  of: Pick<ContainerSample, "namespace" | "pod" | "container" | "atMs"> & Required<Pick<ContainerSample, "way">>,
): ContainerSample {
  return {
    ...of,
    containerId: null,
    podUid: null,
    cpuUsageSeconds: null,
    cfsPeriods: null,
    cfsThrottledPeriods: null,
    cfsThrottledSeconds: null,
    quotaMillicores: null,
    workingSetBytes: null,
    rssBytes: null,
    maxUsageBytes: null,
    failures: null,
    oomEvents: null,
    cpuWaitingSeconds: null,
    memoryWaitingSeconds: null,
    lacks: [...BARE_LACKS],
  };
}
