import type { CadvisorPage, ContainerSample, MachineSample, NestedSample } from "./schema.ts";

/** The metrics that are read, by index; a row holds one value for each (NaN: none). */
export const CADVISOR_METRICS = [
  "container_cpu_usage_seconds_total",
  "container_cpu_cfs_periods_total",
  "container_cpu_cfs_throttled_periods_total",
  "container_cpu_cfs_throttled_seconds_total",
  "container_spec_cpu_quota",
  "container_spec_cpu_period",
  "container_memory_working_set_bytes",
  "container_memory_rss",
  "container_memory_max_usage_bytes",
  "container_memory_failcnt",
  "container_oom_events_total",
  "container_pressure_cpu_waiting_seconds_total",
  "container_pressure_memory_waiting_seconds_total",
  "container_pressure_io_waiting_seconds_total",
  "container_fs_usage_bytes",
] as const;

/** Its rows are one for each device, which are added. */
export const STORAGE = 14;

/** Metrics without a timestamp of the sample: quota and period of the cgroup. */
const WITHOUT_TIME = new Set([4, 5]);

export interface CadvisorLabels {
  container: string;
  id: string;
  image: string;
  name: string;
  namespace: string;
  pod: string;
  /** Only on the CPU rows; a page with a row per CPU has more than `total`. */
  cpu: string | null;
  /** Only on the disk rows. */
  device: string | null;
}

export interface CadvisorRow {
  labels: CadvisorLabels;
  values: Float64Array;
  times: Float64Array;
  /** Bytes by device, of rows that name one. */
  devices: Map<string, number> | null;
}

export function newRow(labels: CadvisorLabels): CadvisorRow {
  const count = CADVISOR_METRICS.length;
  return { labels, values: new Float64Array(count).fill(Number.NaN), times: new Float64Array(count), devices: null };
}

/** Of two rows with the same name the newer one holds; NaN and infinities are no measurement. */
function setValue(row: CadvisorRow, metric: number, value: number, atMs: number): void {
  if (!Number.isFinite(value) || value < 0) return;
  const known = row.values[metric];
  if (known !== undefined && !Number.isNaN(known) && atMs < (row.times[metric] ?? 0)) return;
  row.values[metric] = value;
  row.times[metric] = atMs;
}

/** One device's share of what a container wrote; the row then holds the sum. A device that is named twice counts once. */
function setDevice(row: CadvisorRow, device: string, value: number, atMs: number): void {
  if (!Number.isFinite(value) || value < 0) return;
  row.devices ??= new Map();
  row.devices.set(device, value);
  row.values[STORAGE] = [...row.devices.values()].reduce((sum, bytes) => sum + bytes, 0);
  row.times[STORAGE] = Math.max(atMs, row.times[STORAGE] ?? 0);
}

/** A value of a line, by its metric. */
export function putValue(row: CadvisorRow, metric: number, device: string | null, value: number, atMs: number): void {
  if (metric === STORAGE) setDevice(row, device ?? "", value, atMs);
  else setValue(row, metric, value, atMs);
}

/** Rows → samples. Rows are told apart by their labels (reference: kubernetes-signals, "What a cAdvisor row stands for"). */
export function readRows(rows: Iterable<CadvisorRow>, scrapedAtMs: number): Pick<CadvisorPage, "containers" | "nested" | "machine"> {
  const containers: ContainerSample[] = [];
  const blank: CadvisorRow[] = [];
  let machine: MachineSample | null = null;
  for (const row of rows) {
    const { container, pod, id, image, name } = row.labels;
    if (container !== "" && container !== "POD" && pod !== "") containers.push(readSample(row, scrapedAtMs));
    else if (id === "/") machine = { atMs: timeOf(row, scrapedAtMs), cpuUsageSeconds: at(row, 0), workingSetBytes: at(row, 6) };
    else if (container === "" && pod === "" && image === "" && name === "") blank.push(row);
  }
  return { containers: withoutEmptyPressure(containers), nested: readNested(blank, containers, scrapedAtMs), machine };
}

/** Kubelets 1.33–1.35 print PSI rows of 0 where the kernel has no PSI: a page on which nothing ever waited is "not measured". */
export function withoutEmptyPressure(containers: ContainerSample[]): ContainerSample[] {
  const waited = ({ cpuWaitingSeconds, memoryWaitingSeconds, ioWaitingSeconds }: ContainerSample) =>
    (cpuWaitingSeconds ?? 0) > 0 || (memoryWaitingSeconds ?? 0) > 0 || (ioWaitingSeconds ?? 0) > 0;
  if (containers.some(waited)) return containers;
  return containers.map((sample) => ({ ...sample, cpuWaitingSeconds: null, memoryWaitingSeconds: null, ioWaitingSeconds: null }));
}

const at = (row: CadvisorRow, metric: number): number | null => {
  const value = row.values[metric];
  return value === undefined || Number.isNaN(value) ? null : value;
};

function timeOf(row: CadvisorRow, scrapedAtMs: number): number {
  let newest = 0;
  for (let metric = 0; metric < row.times.length; metric++) {
    const time = row.times[metric] ?? 0;
    if (!WITHOUT_TIME.has(metric) && time > newest) newest = time;
  }
  return newest > 0 ? newest : scrapedAtMs;
}

/** One row as a sample. */
export function readSample(row: CadvisorRow, scrapedAtMs: number): ContainerSample {
  const { namespace, pod, container, id, name } = row.labels;
  const quota = at(row, 4);
  const period = at(row, 5);
  const peak = at(row, 8);
  return {
    namespace,
    pod,
    container,
    containerId: containerIdOf(name, id),
    podUid: podUidOf(id),
    atMs: timeOf(row, scrapedAtMs),
    cpuUsageSeconds: at(row, 0),
    cfsPeriods: at(row, 1),
    cfsThrottledPeriods: at(row, 2),
    cfsThrottledSeconds: at(row, 3),
    quotaMillicores: quota !== null && period !== null && quota > 0 && period > 0 ? (quota / period) * 1000 : null,
    workingSetBytes: at(row, 6),
    rssBytes: at(row, 7),
    maxUsageBytes: peak === 0 ? null : peak,
    failures: at(row, 9),
    oomEvents: at(row, 10),
    cpuWaitingSeconds: at(row, 11),
    memoryWaitingSeconds: at(row, 12),
    ioWaitingSeconds: at(row, 13),
    storageBytes: at(row, STORAGE),
  };
}

const HEX64 = /^[0-9a-f]{64}$/;

/** `name` holds the id with containerd and CRI-O; else the last 64 hex digits of the cgroup path. */
export function containerIdOf(name: string, id: string): string | null {
  if (HEX64.test(name)) return name;
  return /([0-9a-f]{64})(?:\.scope)?$/.exec(id)?.[1] ?? null;
}

/** cgroupfs writes `/pod<uid>/`, systemd `-pod<uid with _>.slice/`. */
export function podUidOf(id: string): string | null {
  return /[/-]pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12})/.exec(id)?.[1]?.replaceAll("_", "-") ?? null;
}

/** Rows below a container's own cgroup. Found by the 64 hex digits of their path, not by comparing every pair. */
function readNested(blank: readonly CadvisorRow[], containers: readonly ContainerSample[], scrapedAtMs: number): NestedSample[] {
  const known = new Set(containers.map((sample) => sample.containerId));
  const nested: NestedSample[] = [];
  for (const row of blank) {
    const parts = row.labels.id.split("/").slice(0, -1);
    const around = parts.map((part) => containerIdOf(part, part)).find((part) => part !== null && known.has(part));
    if (around === undefined || around === null) continue;
    nested.push({
      containerId: around,
      id: row.labels.id,
      atMs: timeOf(row, scrapedAtMs),
      workingSetBytes: at(row, 6),
      oomEvents: at(row, 10),
    });
  }
  return nested;
}
