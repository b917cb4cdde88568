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

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 };
const PART = /(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g;

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
  if (typeof raw !== "string" || raw.length > 40 || raw.replace(PART, "") !== "") return null;
  const ms = [...raw.matchAll(PART)].reduce((sum, [, digits, unit = ""]) => sum + Number(digits) * (UNIT_MS[unit] ?? Number.NaN), 0);
  return Number.isFinite(ms) && ms > 0 ? ms : null;
}
