import type { SimulatedNode } from "../model/node.ts";
import { cgroupsOf, type Cgroup } from "./cgroup-rows.ts";
import { escapeLabel, family, goFloat } from "./exposition.ts";

/** `/metrics/resource` of a node (pkg/kubelet/metrics/collectors/resource_metrics.go): CPU and working set, as old as cAdvisor's samples. */
export function resourcePage(node: SimulatedNode, now: number): string {
  const rows = cgroupsOf(node, now);
  const containers = rows.filter((row) => row.kind === "container");
  const pods = rows.filter((row) => row.kind === "pod");
  const root = rows.filter((row) => row.id === "/");
  const ofContainer = (row: Cgroup) => `{container="${escapeLabel(row.container)}",namespace="${row.namespace}",pod="${row.pod}"}`;
  const ofPod = (row: Cgroup) => `{namespace="${row.namespace}",pod="${row.pod}"}`;
  const cpu = (row: Cgroup) => Number(row.sample.cpuSeconds.toFixed(9));
  const memory = (row: Cgroup) => Math.round((row.sample.memoryBytes + row.sample.cacheBytes * 0.25) / 4096) * 4096;
  const write = (name: string, list: Cgroup[], labels: (row: Cgroup) => string, value: (row: Cgroup) => number) =>
    list.map((row) => `${name}${labels(row)} ${goFloat(value(row))} ${Math.round(row.sample.at)}`);
  const none = () => "";
  return [
    family(
      "container_cpu_usage_seconds_total",
      "counter",
      "[STABLE] Cumulative cpu time consumed by the container in core-seconds",
      write("container_cpu_usage_seconds_total", containers, ofContainer, cpu),
    ),
    family(
      "container_memory_working_set_bytes",
      "gauge",
      "[STABLE] Current working set of the container in bytes",
      write("container_memory_working_set_bytes", containers, ofContainer, memory),
    ),
    family(
      "container_start_time_seconds",
      "gauge",
      "[STABLE] Start time of the container since unix epoch in seconds",
      containers.map((row) => `container_start_time_seconds${ofContainer(row)} ${goFloat(row.createdAt / 1000)}`),
    ),
    family(
      "container_swap_usage_bytes",
      "gauge",
      "[ALPHA] Current amount of the container swap usage in bytes. Reported only on non-windows systems",
      write("container_swap_usage_bytes", containers, ofContainer, () => 0),
    ),
    family(
      "node_cpu_usage_seconds_total",
      "counter",
      "[STABLE] Cumulative cpu time consumed by the node in core-seconds",
      write("node_cpu_usage_seconds_total", root, none, cpu),
    ),
    family(
      "node_memory_working_set_bytes",
      "gauge",
      "[STABLE] Current working set of the node in bytes",
      write("node_memory_working_set_bytes", root, none, memory),
    ),
    family(
      "pod_cpu_usage_seconds_total",
      "counter",
      "[STABLE] Cumulative cpu time consumed by the pod in core-seconds",
      write("pod_cpu_usage_seconds_total", pods, ofPod, cpu),
    ),
    family(
      "pod_memory_working_set_bytes",
      "gauge",
      "[STABLE] Current working set of the pod in bytes",
      write("pod_memory_working_set_bytes", pods, ofPod, memory),
    ),
    family("resource_scrape_error", "gauge", "[STABLE] 1 if there was an error while getting container metrics, 0 otherwise", [
      "resource_scrape_error 0",
    ]),
  ].join("");
}
