import type { ContainerUsage } from "../metrics/schema.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** A quarter more than the highest use that was seen. */
const HEADROOM = 1.25;
/** Default of the kubelet (`cpuCFSQuotaPeriod`); the page tells quota and period only as their ratio. */
const CFS_PERIOD_S = 0.1;

/**
 * A memory limit in bytes for a container whose use reached `reachedBytes`: a quarter more, rounded up to 64 MiB below 1 GiB, to 256 MiB
 * from there. Never below what was reached.
 */
export function suggestMemoryLimit(reachedBytes: number): number {
  const wanted = reachedBytes * HEADROOM;
  const step = wanted < GIB ? 64 * MIB : 256 * MIB;
  return Math.max(1, Math.ceil(wanted / step)) * step;
}

/**
 * A CPU limit in millicores under which a throttled container would hardly have been: what it used and what it waited for, over the periods in
 * which it was active (the kernel counts no period while nothing runs). Rounded up to 250. null: the page lacks a counter.
 */
export function suggestCpuLimit({ cfs, cpuSecondsTotal }: ContainerUsage, limitMillicores: number | null): number | null {
  if (cfs === null || cfs.throttledSeconds === null || cpuSecondsTotal === null || cfs.periods <= 0) return null;
  const wanted = ((cpuSecondsTotal + cfs.throttledSeconds) / (cfs.periods * CFS_PERIOD_S)) * 1_000;
  return Math.ceil(Math.max(wanted, (limitMillicores ?? 0) + 1) / 250) * 250;
}

/** Bytes as Kubernetes and the runner's variables spell them: `768Mi`, `2Gi`. Whole MiB only. */
export function memoryQuantity(bytes: number): string {
  return bytes % GIB === 0 ? `${bytes / GIB}Gi` : `${Math.ceil(bytes / MIB)}Mi`;
}

/** Millicores as Kubernetes spells them: `750m`, `2`. */
export function cpuQuantity(millicores: number): string {
  return millicores % 1_000 === 0 ? String(millicores / 1_000) : `${millicores}m`;
}
