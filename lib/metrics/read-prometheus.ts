import { isFields } from "../base/is-fields.ts";
import {
  CADVISOR_METRICS,
  containerIdOf,
  newRow,
  podUidOf,
  putValue,
  readSample,
  withoutEmptyPressure,
  type CadvisorLabels,
  type CadvisorRow,
} from "./cadvisor-rows.ts";
import type { ContainerSample, UseFigure } from "./schema.ts";

/** A series as Prometheus' HTTP API writes a matrix; anything may be missing or of any type. */
interface Series {
  metric: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch (whole: that is what a store keeps), and the value. */
  values: readonly (readonly [number, number])[];
}

/** What an answer of `/api/v1/query` or `query_range` says. `warnings`: it is not whole. */
export interface Answer {
  series: Series[];
  warnings: string[];
}

/** The answer of a query for a matrix; null: it is none. Pairs and series that cannot be read are left out. */
export function readAnswer(raw: unknown): Answer | null {
  if (!isFields(raw) || raw["status"] !== "success" || !isFields(raw["data"])) return null;
  const { resultType, result } = raw["data"];
  if (resultType !== "matrix" || !Array.isArray(result)) return null;
  const warnings = Array.isArray(raw["warnings"]) ? raw["warnings"].filter((one) => typeof one === "string") : [];
  const series = result.flatMap((one: unknown): Series[] => {
    if (!isFields(one) || !isFields(one["metric"]) || !Array.isArray(one["values"])) return [];
    const metric = Object.fromEntries(
      Object.entries(one["metric"]).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
    );
    const values = one["values"].flatMap((pair: unknown): [number, number][] => {
      if (!Array.isArray(pair) || typeof pair[0] !== "number" || typeof pair[1] !== "string") return [];
      const value = Number(pair[1]);
      return pair[1] !== "" && Number.isFinite(value) && Number.isFinite(pair[0]) ? [[Math.round(pair[0] * 1_000), value]] : [];
    });
    return values.length === 0 ? [] : [{ metric, values: values.toSorted((a, b) => a[0] - b[0]) }];
  });
  return { series, warnings };
}

/** A figure belongs to the sample that it was taken with, or to the next one: rows of one cgroup differ by little, those without a time come with the scrape. */
const AGE_MS = 60_000;
const CPU = 0;
const WORKING_SET = 6;
/** They come with the time of the scrape, which is after the sample's. */
const QUOTA = 4;
const PERIOD = 5;

interface Container {
  labels: CadvisorLabels;
  /** By metric, and device where there is one. */
  series: Map<string, { metric: number; device: string | null; values: Series["values"] }>;
}

/** Names of the metrics that an answer has. */
export function metricsIn({ series }: Pick<Answer, "series">): string[] {
  return [...new Set(series.map(({ metric }) => metric["__name__"] ?? ""))];
}

/**
 * Series → samples, oldest first: one for each time at which a container's CPU (or memory) was taken. `kept`: metrics of which the store has something at
 * all. Any other was dropped by relabelling (kube-prometheus-stack drops some), and is "not measured".
 */
export function samplesOf(answer: Pick<Answer, "series">, kept: ReadonlySet<string>): ContainerSample[] {
  const containers = new Map<string, Container>();
  for (const { metric, values } of answer.series) {
    const index = CADVISOR_METRICS.indexOf(metric["__name__"] as (typeof CADVISOR_METRICS)[number]);
    const labels = labelsOf(metric);
    // The rows of pods and sandboxes have no container; one CPU's share is a part of the total.
    if (index < 0 || labels.container === "" || labels.container === "POD") continue;
    if (labels.cpu !== null && labels.cpu !== "total") continue;
    const key = containerIdOf(labels.name, labels.id) ?? [labels.namespace, labels.pod, labels.container].join("\n");
    const known = containers.get(key) ?? { labels, series: new Map() };
    containers.set(key, known);
    const own = `${index} ${labels.device ?? ""}`;
    const before = known.series.get(own);
    // Two scrapers, or two replicas: the one that has more stands for both.
    if (before === undefined || before.values.length < values.length)
      known.series.set(own, { metric: index, device: labels.device, values });
  }
  const lacks = lacksOf(kept);
  const samples = [...containers.values()].flatMap((container) => samplesOfOne(container, lacks));
  return withoutEmptyPressure(samples).toSorted((a, b) => a.atMs - b.atMs);
}

function samplesOfOne({ labels, series }: Container, lacks: UseFigure[]): ContainerSample[] {
  const all = [...series.values()];
  const base = all.find(({ metric }) => metric === CPU) ?? all.find(({ metric }) => metric === WORKING_SET);
  if (base === undefined) return [];
  const next = all.map(() => -1);
  return base.values.map(([atMs]) => {
    const row = newRow(labels);
    for (const [index, { metric, device, values }] of all.entries()) {
      // Values are in the order of time, and so are the samples.
      let at = next[index] ?? -1;
      const limit = metric === QUOTA || metric === PERIOD ? atMs + AGE_MS : atMs;
      while (at + 1 < values.length && (values[at + 1]?.[0] ?? 0) <= limit) at += 1;
      next[index] = at;
      const [ms, value] = values[at] ?? [Number.NEGATIVE_INFINITY, 0];
      if (ms >= atMs - AGE_MS) putValue(row, metric, device, value, Math.min(ms, atMs));
    }
    return finish(row, atMs, lacks);
  });
}

function finish(row: CadvisorRow, atMs: number, lacks: UseFigure[]): ContainerSample {
  const sample = readSample(row, atMs);
  return { ...sample, atMs, podUid: podUidOf(row.labels.id), way: "prometheus", lacks };
}

/** Throttling is lost with either counter of periods. */
function lacksOf(kept: ReadonlySet<string>): UseFigure[] {
  const has = (...names: (typeof CADVISOR_METRICS)[number][]) => names.every((name) => kept.has(name));
  const figures: [UseFigure, boolean][] = [
    ["throttling", has("container_cpu_cfs_periods_total", "container_cpu_cfs_throttled_periods_total")],
    ["oom-counter", has("container_oom_events_total")],
    ["kernel-peak", has("container_memory_max_usage_bytes")],
    ["limit-hits", has("container_memory_failcnt")],
    ["pressure", has("container_pressure_cpu_waiting_seconds_total")],
    ["storage", has("container_fs_usage_bytes")],
  ];
  return figures.flatMap(([figure, told]) => (told ? [] : [figure]));
}

/** The page's own label goes before that of the target which scraped it (`honor_labels: false` renames the page's). */
function labelsOf(metric: Series["metric"]): CadvisorLabels {
  const own = (...names: string[]) => names.map((name) => metric[name]).find((value) => value !== undefined && value !== "") ?? "";
  return {
    container: own("exported_container", "container", "container_name"),
    id: own("exported_id", "id"),
    image: own("exported_image", "image"),
    name: own("exported_name", "name"),
    namespace: own("exported_namespace", "namespace"),
    pod: own("exported_pod", "pod", "pod_name"),
    cpu: metric["cpu"] ?? null,
    device: metric["device"] ?? null,
  };
}
