import { valueOf } from "../base/known.ts";
import { formatBytes, formatDurationMs, formatShare } from "../base/units.ts";
import { cpuLimitOf, throttledShareOf } from "./derive-row-use.ts";
import { USAGE_SOURCE, usageSource } from "./derive-usage.ts";
import { cpuQuantity } from "./suggest-limit.ts";
import type { ContainerView, Evidence } from "./schema.ts";

/** The kernel's counter of kills as the kubelet shows it; empty where it does not. 0 is evidence too: it says up to when nothing was killed. */
export function counterEvidence(container: ContainerView, which: "own" | "nested" = "own"): Evidence[] {
  const usage = valueOf(container.usage);
  const counted = which === "own" ? usage?.oom : usage?.nestedOom;
  if (usage === null || counted === null || counted === undefined) return [];
  const field =
    which === "own"
      ? `container_oom_events_total{container="${container.name}"}`
      : `container_oom_events_total{id=…}, a cgroup inside ${container.name}`;
  return [{ source: usageSource(usage), field, value: String(counted.events), at: counted.firstSeenAt ?? usage.at }];
}

/** That the counter could not be looked at, and why. */
export function missingEvidence({ name, usage }: ContainerView): Evidence[] {
  const why = usage.state === "unknown" ? usage.reason : usage.value.way === "cadvisor" ? "no such row" : "not-measured";
  const at = usage.state === "unknown" ? null : usage.at;
  return [
    {
      source: usage.state === "unknown" ? USAGE_SOURCE : usageSource(usage.value),
      field: `container_oom_events_total{container="${name}"}`,
      value: `not known: ${why}`,
      at,
    },
  ];
}

/** The highest memory use against the limit, and how often the limit was met. */
export function peakEvidence(container: ContainerView): Evidence[] {
  const usage = valueOf(container.usage);
  if (usage === null || usage.peak === null) return [];
  const { bytes, from } = usage.peak;
  const limit = container.limits.memoryBytes;
  const label = `{container="${container.name}"}`;
  const peak: Evidence = {
    source: usageSource(usage),
    field: (from === "kernel" ? "container_memory_max_usage_bytes" : "container_memory_working_set_bytes, highest sample") + label,
    value: limit === null ? formatBytes(bytes) : `${formatBytes(bytes)} of ${formatBytes(limit)}`,
    at: usage.at,
  };
  const hits = usage.limitHits ?? 0;
  const met: Evidence = { source: usageSource(usage), field: `container_memory_failcnt${label}`, value: String(hits), at: usage.at };
  return hits > 0 ? [peak, met] : [peak];
}

/** The quota and what it cost. */
export function throttlingEvidence(container: ContainerView): Evidence[] {
  const usage = valueOf(container.usage);
  const share = usage === null ? null : throttledShareOf(usage);
  if (usage === null || usage.cfs === null || share === null) return [];
  const { cfs, at } = usage;
  const label = `{container="${container.name}"}`;
  const evidence: Evidence[] = [
    {
      source: usageSource(usage),
      field: `container_cpu_cfs_throttled_periods_total${label}`,
      value: `${cfs.throttledPeriods} of ${cfs.periods} (${formatShare(share)})`,
      at,
    },
  ];
  if (cfs.throttledSeconds !== null)
    evidence.push({
      source: usageSource(usage),
      field: `container_cpu_cfs_throttled_seconds_total${label}`,
      value: formatDurationMs(cfs.throttledSeconds * 1_000),
      at,
    });
  const limit = cpuLimitOf({ container, usage });
  if (limit !== null) {
    // A resize, or a limit of the whole pod: what the kernel enforces goes before what the spec says, and both are named.
    const spec = container.limits.cpuMillicores;
    const differs = spec !== limit ? `; the pod spec says ${spec === null ? "no limit" : cpuQuantity(spec)}` : "";
    evidence.push({ source: usageSource(usage), field: `container_spec_cpu_quota${label}`, value: `${cpuQuantity(limit)}${differs}`, at });
  }
  return evidence;
}
