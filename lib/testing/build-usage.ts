import { known } from "../base/known.ts";
import type { ContainerView } from "../fleet/schema.ts";
import type { ContainerUsage, UsagePoint } from "../metrics/schema.ts";

const NONE = { cpuMillicores: null, memoryBytes: null, ephemeralStorageBytes: null };
const MIB = 2 ** 20;

/** Samples 15 s apart: the first without a rate, memory that rises, the middle third throttled. `from`: ms of the first. */
export function buildPoints({ from, count }: { from: number; count: number }): UsagePoint[] {
  return Array.from({ length: count }, (_, index) => {
    const throttled = index > count / 3 && index < (2 * count) / 3;
    return {
      fromMs: from + Math.max(0, index - 1) * 15_000,
      toMs: from + index * 15_000,
      cpuMillicores: index === 0 ? null : throttled ? 1_980 : 600 + 40 * index,
      throttledShare: index === 0 ? null : throttled ? 0.38 : 0,
      memoryBytes: (200 + 90 * index) * MIB,
    };
  });
}

/** What the last of `buildPoints` leaves behind; `change` replaces what a test is about. */
export function buildUsage(at: string, change: Partial<ContainerUsage> = {}): ContainerUsage {
  return {
    at,
    firstAt: at,
    samples: 8,
    cpuMillicores: 880,
    cpuSecondsTotal: 110,
    cfs: { quotaMillicores: 2_000, stepShare: 0, periods: 1_050, throttledPeriods: 305, throttledSeconds: 41.5 },
    memoryBytes: 830 * MIB,
    peak: { bytes: 1_020 * MIB, from: "kernel" },
    limitHits: 3,
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

/** A running build container with limits of 2 CPU and 2 GiB that was sampled. */
export function buildContainerUse({ startedAt, ...change }: Partial<ContainerView> & { startedAt: string }): ContainerView {
  return {
    name: "build",
    role: "build",
    aliases: [],
    image: "node:24",
    imageDigest: null,
    privileged: false,
    mounts: [],
    ports: [],
    docker: null,
    requests: { ...NONE, cpuMillicores: 500, memoryBytes: 512 * MIB },
    limits: { ...NONE, cpuMillicores: 2_000, memoryBytes: 2_048 * MIB },
    since: known(startedAt, startedAt, "test"),
    state: known({ kind: "running", startedAt }, startedAt, "test"),
    afterDeletion: false,
    lastState: null,
    ready: true,
    restarts: 0,
    usage: known(buildUsage(startedAt), startedAt, "kubelet, /metrics/cadvisor"),
    ...change,
  };
}
