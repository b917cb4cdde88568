import { CADVISOR_METRICS } from "./cadvisor-rows.ts";
import type { WantedContainer } from "./schema.ts";

/**
 * Where the pod's name stands in a series. A Prometheus that does not honour the labels of a scraped page renames them (`exported_pod`), Kubernetes before
 * 1.16 wrote `pod_name`, and where relabelling dropped all of them the cgroup's path still holds the pod's uid.
 */
export const POD_LABELS = ["pod", "exported_pod", "pod_name", "id"] as const;
export type PodLabel = (typeof POD_LABELS)[number];

/** All samples of all metrics that are read, of some pods, of the last `rangeMs`: a range vector, so that each sample comes with its own time. */
export function samplesQuery(pods: readonly Pick<WantedContainer, "pod" | "podUid">[], label: PodLabel, rangeMs: number): string {
  return `${selector(pods, label)}[${Math.ceil(rangeMs / 1_000)}s]`;
}

/** The same as an instant vector, for `query_range`. */
export function selector(pods: readonly Pick<WantedContainer, "pod" | "podUid">[], label: PodLabel): string {
  const values = label === "id" ? pods.map(({ podUid }) => pathPattern(podUid)) : pods.map(({ pod }) => escapePattern(pod));
  const pattern = label === "id" ? `.*(${values.join("|")}).*` : values.join("|");
  return `{__name__=~${quote(CADVISOR_METRICS.join("|"))},${label}=~${quote(pattern)}}`;
}

/** cgroupfs writes the uid as it is, systemd with `_` for `-`. */
function pathPattern(podUid: string): string {
  return `pod${escapePattern(podUid).replaceAll("-", "[-_]")}`;
}

/** RE2's special characters, so that a name means itself. */
function escapePattern(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);
}

/** A PromQL string. */
function quote(text: string): string {
  return `"${text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', String.raw`\"`)
    .replaceAll("\n", String.raw`\n`)}"`;
}
