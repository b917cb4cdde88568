import type { SimulatedNode } from "../model/node.ts";
/** Names, types and help texts of Kubernetes 1.34, without `container_fs_*`, which containerd has only for `id="/"`. */
import CADVISOR_FAMILIES from "./cadvisor-families.json" with { type: "json" };
import { cgroupsOf, labelsOf, type Cgroup } from "./cgroup-rows.ts";
import { family, goFloat } from "./exposition.ts";

export interface PageContext {
  kernel: string;
  osImage: string;
  /** PSI rows carry numbers only where the kernel has PSI per cgroup (v2). */
  minor: number;
  /** Only the families that monitoring of jobs reads: keeps huge fleets affordable. */
  lean: boolean;
}

type Row = readonly [value: number, ...extra: (readonly [name: string, value: string])[]];
type Values = (row: Cgroup, now: number, node: SimulatedNode) => readonly Row[];

const one =
  (pick: (row: Cgroup, now: number, node: SimulatedNode) => number): Values =>
  (row, now, node) => [[pick(row, now, node)]];
const quota =
  (pick: (row: Cgroup) => number): Values =>
  (row) =>
    row.quotaCores === null ? [] : [[pick(row)]];
const network =
  (pick: (seconds: number) => number): Values =>
  (row, now) =>
    row.kind === "sandbox" ? [[Math.round(pick((now - row.createdAt) / 1000)), ["interface", "eth0"]]] : [];
const hundredths = (value: number) => Math.floor(value * 100) / 100;
const whole = (value: number) => Math.round(value);
const page = (bytes: number) => Math.round(bytes / 4096) * 4096;
const isProcess = (row: Cgroup) => row.kind === "container" || row.kind === "sandbox";
const pressure =
  (share: number): Values =>
  (row, _now, node) => [
    [node.spec.cgroup === 2 && row.kind !== "sandbox" ? Number((row.sample.throttledPeriods * 0.1 * share).toFixed(6)) : 0],
  ];

const FAULTS = ["pgfault", "pgmajfault"] as const;
const SCOPES = ["container", "hierarchy"] as const;
const STATES = ["iowaiting", "running", "sleeping", "stopped", "uninterruptible"] as const;

/** How each family gets its numbers; families without an entry are constant 0. */
const VALUES: Record<string, Values> = {
  container_cpu_cfs_periods_total: quota((row) => whole(row.sample.periods)),
  container_cpu_cfs_throttled_periods_total: quota((row) => whole(row.sample.throttledPeriods)),
  container_cpu_cfs_throttled_seconds_total: quota((row) => Number(row.sample.throttledSeconds.toFixed(9))),
  container_cpu_system_seconds_total: one((row) => hundredths(row.sample.cpuSeconds * 0.28)),
  container_cpu_usage_seconds_total: (row) => [[Number(row.sample.cpuSeconds.toFixed(9)), ["cpu", "total"]]],
  container_cpu_user_seconds_total: one((row) => hundredths(row.sample.cpuSeconds * 0.71)),
  container_file_descriptors: one((row) => (row.kind === "sandbox" ? 3 : row.kind === "container" ? 12 : 0)),
  container_last_seen: one((_row, now) => Math.floor(now / 1000)),
  container_memory_cache: one((row) => page(row.sample.cacheBytes)),
  container_memory_failcnt: one((row, _now, node) => (node.spec.cgroup === 1 ? row.sample.limitHits : 0)),
  container_memory_failures_total: (row) =>
    FAULTS.flatMap((fault) =>
      SCOPES.map((scope): Row => [
        fault === "pgfault" && isProcess(row) ? whole(600 + row.sample.cpuSeconds * 900) : 0,
        ["failure_type", fault],
        ["scope", scope],
      ]),
    ),
  container_memory_kernel_usage: one((row) => page(180_000 + row.sample.memoryBytes * 0.01)),
  container_memory_max_usage_bytes: one((row) => page(row.sample.maxBytes)),
  container_memory_rss: one((row) => page(row.sample.memoryBytes * 0.94)),
  container_memory_total_active_file_bytes: one((row) => page(row.sample.cacheBytes * 0.25)),
  container_memory_total_inactive_file_bytes: one((row) => page(row.sample.cacheBytes * 0.75)),
  container_memory_usage_bytes: one((row) => page(row.sample.memoryBytes + row.sample.cacheBytes)),
  container_memory_working_set_bytes: one((row) => page(row.sample.memoryBytes + row.sample.cacheBytes * 0.25)),
  container_network_receive_bytes_total: network((seconds) => 5284 + seconds * 91_000),
  container_network_receive_errors_total: network(() => 0),
  container_network_receive_packets_dropped_total: network(() => 0),
  container_network_receive_packets_total: network((seconds) => 42 + seconds * 70),
  container_network_transmit_bytes_total: network((seconds) => 3081 + seconds * 8000),
  container_network_transmit_errors_total: network(() => 0),
  container_network_transmit_packets_dropped_total: network(() => 0),
  container_network_transmit_packets_total: network((seconds) => 22 + seconds * 40),
  container_oom_events_total: one((row) => row.sample.oomEvents),
  container_pressure_cpu_waiting_seconds_total: pressure(0.9),
  container_pressure_cpu_stalled_seconds_total: pressure(0.6),
  container_processes: one((row) => (row.kind === "sandbox" ? 1 : row.kind === "container" ? 3 : 0)),
  container_spec_cpu_period: one(() => 100_000),
  container_spec_cpu_quota: quota((row) => whole((row.quotaCores ?? 0) * 100_000)),
  container_spec_cpu_shares: one((row) => row.shares),
  container_spec_memory_limit_bytes: one((row) => row.limitBytes ?? 0),
  container_spec_memory_swap_limit_bytes: one((row) => (row.kind === "container" ? (row.limitBytes ?? 0) : 0)),
  container_start_time_seconds: one((row) => Math.floor(row.createdAt / 1000)),
  container_tasks_state: () => STATES.map((state): Row => [0, ["state", state]]),
  container_threads: one((row) => (row.kind === "sandbox" ? 1 : row.kind === "slice" ? 0 : 9)),
  container_ulimits_soft: (row) => (isProcess(row) ? [[20_000, ["ulimit", "max_open_files"]]] : []),
};

const ZERO: Values = () => [[0]];

/** Families that the product and the mixin dashboards read. */
const LEAN = /cfs|cpu_usage|memory_(working_set|max_usage|rss|failcnt|usage|cache)|oom_events|container_spec_|start_time|last_seen/;

/** `/metrics/cadvisor` of a node: each row with the time of its own sample; `container_spec_*` and the start time have none. */
export function cadvisorPage(node: SimulatedNode, now: number, context: PageContext): string {
  const rows = cgroupsOf(node, now).toSorted((a, b) =>
    a.container === b.container ? (a.id < b.id ? -1 : 1) : a.container < b.container ? -1 : 1,
  );
  const labels = rows.map(labelsOf);
  let text = family(
    "cadvisor_version_info",
    "gauge",
    "A metric with a constant '1' value labeled by kernel version, OS version, docker version, cadvisor version & cadvisor revision.",
    [
      `cadvisor_version_info{cadvisorRevision="",cadvisorVersion="",dockerVersion="",kernelVersion="${context.kernel}",osVersion="${context.osImage}"} 1`,
    ],
  );
  for (const { name, type, help } of CADVISOR_FAMILIES) {
    if (context.lean && !LEAN.test(name)) continue;
    if (name === "container_scrape_error") {
      text += family(name, type, help, ["container_scrape_error 0"]);
      continue;
    }
    const values = VALUES[name] ?? ZERO;
    const untimed = /^container_(spec_|start_time)/.test(name);
    const lines: string[] = [];
    for (const [index, row] of rows.entries()) {
      const stamp = untimed ? "" : ` ${Math.round(name === "container_last_seen" ? now : row.sample.at)}`;
      for (const [value, ...extra] of values(row, now, node))
        lines.push(`${name}{${labels[index]?.(extra) ?? ""}} ${goFloat(value)}${stamp}`);
    }
    text += family(name, type, help, lines);
  }
  return text + machineRows(node);
}

function machineRows({ spec, identity }: SimulatedNode): string {
  const labels = `boot_id="${identity.bootId}",machine_id="${identity.machineId}",system_uuid="${identity.machineId}"`;
  const cores = spec.cpuMillicores / 1000;
  return [
    family("machine_cpu_cores", "gauge", "Number of logical CPU cores.", [`machine_cpu_cores{${labels}} ${goFloat(cores)}`]),
    family("machine_cpu_physical_cores", "gauge", "Number of physical CPU cores.", [
      `machine_cpu_physical_cores{${labels}} ${goFloat(cores / 2)}`,
    ]),
    family("machine_cpu_sockets", "gauge", "Number of CPU sockets.", [`machine_cpu_sockets{${labels}} 1`]),
    family("machine_memory_bytes", "gauge", "Amount of memory installed on the machine.", [
      `machine_memory_bytes{${labels}} ${goFloat(spec.memoryBytes)}`,
    ]),
    family("machine_scrape_error", "gauge", "1 if there was an error while getting machine metrics, 0 otherwise.", [
      "machine_scrape_error 0",
    ]),
    family("machine_swap_bytes", "gauge", "Amount of swap memory available on the machine.", [`machine_swap_bytes{${labels}} 0`]),
  ].join("");
}
