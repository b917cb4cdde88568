import type { SimulatedNode } from "../model/node.ts";
import { cgroupsOf, type Cgroup } from "./cgroup-rows.ts";
import { escapeLabel, family, goFloat } from "./exposition.ts";

const cpu = (row: Cgroup) => Number(row.sample.cpuSeconds.toFixed(9));
const memory = (row: Cgroup) => Math.round((row.sample.memoryBytes + row.sample.cacheBytes * 0.25) / 4096) * 4096;
const start = (row: Cgroup) => row.createdAt / 1000;
const none = () => 0;

const LABELS = {
  container: (row: Cgroup) => `{container="${escapeLabel(row.container)}",namespace="${row.namespace}",pod="${row.pod}"}`,
  pod: (row: Cgroup) => `{namespace="${row.namespace}",pod="${row.pod}"}`,
  node: () => "",
};

interface Family {
  name: string;
  type: "counter" | "gauge";
  help: string;
  level: keyof typeof LABELS;
  value: (row: Cgroup) => number;
}

const FAMILIES: readonly Family[] = [
  {
    name: "container_cpu_usage_seconds_total",
    type: "counter",
    help: "[STABLE] Cumulative cpu time consumed by the container in core-seconds",
    level: "container",
    value: cpu,
  },
  {
    name: "container_memory_working_set_bytes",
    type: "gauge",
    help: "[STABLE] Current working set of the container in bytes",
    level: "container",
    value: memory,
  },
  {
    name: "container_start_time_seconds",
    type: "gauge",
    help: "[STABLE] Start time of the container since unix epoch in seconds",
    level: "container",
    value: start,
  },
  {
    name: "container_swap_usage_bytes",
    type: "gauge",
    help: "[ALPHA] Current amount of the container swap usage in bytes. Reported only on non-windows systems",
    level: "container",
    value: none,
  },
  {
    name: "node_cpu_usage_seconds_total",
    type: "counter",
    help: "[STABLE] Cumulative cpu time consumed by the node in core-seconds",
    level: "node",
    value: cpu,
  },
  {
    name: "node_memory_working_set_bytes",
    type: "gauge",
    help: "[STABLE] Current working set of the node in bytes",
    level: "node",
    value: memory,
  },
  {
    name: "pod_cpu_usage_seconds_total",
    type: "counter",
    help: "[STABLE] Cumulative cpu time consumed by the pod in core-seconds",
    level: "pod",
    value: cpu,
  },
  {
    name: "pod_memory_working_set_bytes",
    type: "gauge",
    help: "[STABLE] Current working set of the pod in bytes",
    level: "pod",
    value: memory,
  },
];

/** `/metrics/resource` of a node (pkg/kubelet/metrics/collectors/resource_metrics.go): CPU and working set, as old as cAdvisor's samples. */
export function resourcePage(node: SimulatedNode, now: number): string {
  const rows = cgroupsOf(node, now);
  const levels = {
    container: rows.filter((row) => row.kind === "container"),
    pod: rows.filter((row) => row.kind === "pod"),
    node: rows.filter((row) => row.id === "/"),
  };
  const text = FAMILIES.map(({ name, type, help, level, value }) =>
    family(
      name,
      type,
      help,
      levels[level].map(
        (row) => `${name}${LABELS[level](row)} ${goFloat(value(row))}${value === start ? "" : ` ${Math.round(row.sample.at)}`}`,
      ),
    ),
  );
  const error = family("resource_scrape_error", "gauge", "[STABLE] 1 if there was an error while getting container metrics, 0 otherwise", [
    "resource_scrape_error 0",
  ]);
  return text.join("") + error;
}
