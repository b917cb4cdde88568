import { parseGoDuration } from "../base/parse-go-duration.ts";
import { fields, items, name, timestamp } from "./read-field.ts";
import { readBytes, readMillicores } from "./read-quantity.ts";

/** What metrics-server tells of one container: an average of CPU and the working set. */
export interface PodMetricsRecord {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** End of the window, ms since the epoch. */
  readonly atMs: number;
  /** CPU is the average over this long before `atMs`. */
  readonly windowMs: number;
  readonly cpuMillicores: number | null;
  readonly workingSetBytes: number | null;
}

/** `PodMetricsList` of `metrics.k8s.io/v1beta1`. null: it is none. Containers without a time or a window are left out. */
export function readPodMetrics(raw: unknown): PodMetricsRecord[] | null {
  const { kind, items: list } = fields(raw);
  if (kind !== "PodMetricsList" || !Array.isArray(list)) return null;
  return items(list).flatMap((item) => {
    const { namespace: rawNamespace, name: rawName } = fields(item["metadata"]);
    const namespace = name(rawNamespace);
    const pod = name(rawName);
    const at = timestamp(item["timestamp"]);
    const windowMs = readWindow(item["window"]);
    if (namespace === null || pod === null || at === null || windowMs === null) return [];
    return items(item["containers"]).flatMap((one): PodMetricsRecord[] => {
      const container = name(one["name"]);
      const { cpu, memory } = fields(one["usage"]);
      if (container === null) return [];
      return [
        {
          namespace,
          pod,
          container,
          atMs: Date.parse(at),
          windowMs,
          cpuMillicores: readMillicores(cpu),
          workingSetBytes: readBytes(memory),
        },
      ];
    });
  });
}

/** Go's duration as metav1.Duration writes it (`15.032s`, `1m0s`), in ms; null: not one, or none that measures anything. */
function readWindow(raw: unknown): number | null {
  const ms = typeof raw === "string" ? parseGoDuration(raw) : null;
  return ms !== null && ms > 0 ? ms : null;
}
