import { z } from "zod";
import { USE_FIGURES, USE_WAYS } from "../base/use-ways.ts";

export type { UseFigure, UseWay } from "../base/use-ways.ts";

/**
 * One cgroup's last sample as a kubelet's `/metrics/cadvisor` tells it (reference: cAdvisor `metrics/prometheus.go`).
 * null means: the page holds no such row. That is not 0: without a CPU quota there are no CFS rows, with CRI stats there is no peak.
 * Counters start at 0 with the cgroup, so the last sample is the total up to `atMs`.
 */
export const containerSampleSchema = z.object({
  namespace: z.string(),
  pod: z.string(),
  container: z.string(),
  /** Runtime container id, 64 hex digits, without the scheme; null where neither `name` nor `id` carries one. */
  containerId: z.string().nullable(),
  /** Pod uid as the cgroup path spells it (systemd writes `_` for `-`; turned back); null: not in the path. */
  podUid: z.string().nullable(),
  /** The sample's own time (ms since the epoch): the newest row's. A kubelet samples every 10–20 s, whenever it is asked. */
  atMs: z.number(),
  cpuUsageSeconds: z.number().nullable(),
  cfsPeriods: z.number().nullable(),
  cfsThrottledPeriods: z.number().nullable(),
  /** Summed over CPUs, so it can be more than wall time. */
  cfsThrottledSeconds: z.number().nullable(),
  /** Limit by the cgroup itself: quota / period × 1000; null: no quota. */
  quotaMillicores: z.number().nullable(),
  workingSetBytes: z.number().nullable(),
  rssBytes: z.number().nullable(),
  /** High-water mark of the kernel; 0 is written where the kernel has none (cgroup v2 before 5.19), which is read as null. */
  maxUsageBytes: z.number().nullable(),
  /** Times usage met the limit; cgroup v2 always writes 0. */
  failures: z.number().nullable(),
  /** > 0 is a fact, the number is not a count of kills (it counts allocation failures too). */
  oomEvents: z.number().nullable(),
  /** PSI "some", cgroup v2 only; null where the kernel has none. */
  cpuWaitingSeconds: z.number().nullable(),
  memoryWaitingSeconds: z.number().nullable(),
  ioWaitingSeconds: z.number().nullable().optional(),
  /** Writable layer (and logs, by some runtimes) on the node's disk, all devices; null: the runtime's pages have no such row (containerd). */
  storageBytes: z.number().nullable().optional(),
  /** Where it was read; left out: on the kubelet's cAdvisor page. */
  way: z.enum(USE_WAYS).optional(),
  /** Figures that this way of reading does not tell, so that null is "not measured" there. Throttling is null without a quota too, and then not in here. */
  lacks: z.array(z.enum(USE_FIGURES)).optional(),
  /** A rate that came ready-made instead of a counter: millicores over the `windowMs` before `atMs`. */
  rate: z.object({ cpuMillicores: z.number(), windowMs: z.number() }).optional(),
});
export type ContainerSample = z.infer<typeof containerSampleSchema>;

/** A cgroup that something inside a container made (Docker-in-Docker): its kills count here, not on the container's row. */
export const nestedSampleSchema = z.object({
  /** Runtime id of the container around it. */
  containerId: z.string(),
  id: z.string(),
  atMs: z.number(),
  workingSetBytes: z.number().nullable(),
  oomEvents: z.number().nullable(),
});
export type NestedSample = z.infer<typeof nestedSampleSchema>;

/** The whole machine, row `id="/"`. */
export const machineSampleSchema = z.object({
  atMs: z.number(),
  cpuUsageSeconds: z.number().nullable(),
  workingSetBytes: z.number().nullable(),
});
export type MachineSample = z.infer<typeof machineSampleSchema>;

/** A node's use as its kubelet's root row tells. `cpuMillicores` null: there is one sample only, or the counter began anew. */
export interface MachineUse extends MachineSample {
  readonly cpuMillicores: number | null;
}

/** What is wanted of a page: the container behind a runtime id. */
export interface WantedContainer {
  readonly podUid: string;
  /** Of the pod, for pages whose rows carry no id. */
  readonly namespace: string;
  readonly pod: string;
  readonly name: string;
}

/** Runtime container id, 64 hex digits, to the container. */
export type Wanted = ReadonlyMap<string, WantedContainer>;

/** Samples from whichever way. */
export interface UsePage {
  readonly containers: readonly ContainerSample[];
  readonly nested: readonly NestedSample[];
  readonly machine: MachineSample | null;
}

export interface CadvisorPage {
  containers: ContainerSample[];
  nested: NestedSample[];
  machine: MachineSample | null;
  /** cAdvisor itself says that rows are missing (`container_scrape_error 1`). */
  incomplete: boolean;
  lines: number;
  bytes: number;
  /** Lines that could not be read, and rows beyond the bound. > 0 is shown on the page Sources. */
  unreadable: number;
  dropped: number;
}

/** One step of a container's use. `toMs` is the sample's time; figures are over the time since the sample before. */
export const usagePointSchema = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  /** null: the counter was not there or began anew. */
  cpuMillicores: z.number().nullable(),
  /** Share of CFS periods that were throttled in this step, 0–1; null: no quota, or no period ran. */
  throttledShare: z.number().nullable(),
  /** Working set at `toMs`; the highest one where points were joined. */
  memoryBytes: z.number().nullable(),
});
export type UsagePoint = z.infer<typeof usagePointSchema>;

/**
 * What a container used, from its first sample to its last. Everything is as of `at`; the last 10–20 s of a container are never seen,
 * so totals and peaks are lower bounds.
 */
export const containerUsageSchema = z.object({
  at: z.string(),
  firstAt: z.string(),
  samples: z.number().int(),
  /** Over the last step; null until there are two samples. */
  cpuMillicores: z.number().nullable(),
  cpuSecondsTotal: z.number().nullable(),
  /** CFS over the last step and over the container's life; null: no quota, so it cannot be throttled, unless `unmeasured` names throttling. */
  cfs: z
    .object({
      quotaMillicores: z.number().nullable(),
      stepShare: z.number().nullable(),
      periods: z.number(),
      throttledPeriods: z.number(),
      /** Sum over all CPUs; can be longer than wall time. null: the page has no such row. */
      throttledSeconds: z.number().nullable(),
    })
    .nullable(),
  memoryBytes: z.number().nullable(),
  /** `kernel`: the cgroup's own high-water mark, so nothing between samples is missed; `samples`: the highest working set that was sampled. */
  peak: z.object({ bytes: z.number(), from: z.enum(["kernel", "samples"]) }).nullable(),
  /** Times usage met the limit; null on cgroup v2. */
  limitHits: z.number().nullable(),
  /** > 0: the kernel killed something in this container's cgroup. `firstSeenAt`: the first sample that said so. */
  oom: z.object({ events: z.number(), firstSeenAt: z.string().nullable() }).nullable(),
  /** The same for cgroups made inside the container (Docker-in-Docker). */
  nestedOom: z.object({ events: z.number(), firstSeenAt: z.string() }).nullable(),
  /** Seconds in which some process waited for the resource (PSI "some", cgroup v2); null: the kernel or the kubelet has none. */
  pressure: z
    .object({ cpuSeconds: z.number().nullable(), memorySeconds: z.number().nullable(), ioSeconds: z.number().nullable() })
    .nullable()
    .default(null),
  /** Writable layer on the node's disk; null: not told. */
  storageBytes: z.number().nullable().default(null),
  /** Where the last sample was read. */
  way: z.enum(USE_WAYS).default("cadvisor"),
  /** CPU is an average over about this long; null: the time between two samples. */
  windowMs: z.number().nullable().default(null),
  /** Figures that are null because no way in which it was read tells them: not 0, and not "no limit". */
  unmeasured: z.array(z.enum(USE_FIGURES)).default([]),
  /** The counters (throttling, kills, limit hits) are older than `at`: since then it was read in a way that does not tell them. null: they are of `at`. */
  countedAt: z.string().nullable().default(null),
});
export type ContainerUsage = z.infer<typeof containerUsageSchema>;

/** Containers of one pod by runtime container id. The same object until a sample changes something. */
export interface PodUsage {
  readonly podUid: string;
  readonly containers: ReadonlyMap<
    string,
    { readonly name: string; readonly usage: ContainerUsage; readonly points: readonly UsagePoint[] }
  >;
}
