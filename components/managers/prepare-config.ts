import { valueOf } from "@/lib/base/known.ts";
import type { Manager } from "@/lib/fleet/schema.ts";

type Config = Extract<Manager["config"]["told"], { state: "known" }>["value"];
export type RunnerConfig = Config["runners"][number];
type Entry = Manager["runners"][number];

/** The `[[runners]]` entry of the ConfigMap that this runner was made of: by name, or the only one. null: none, or nobody can say which. */
export function runnerConfigOf(manager: Manager, entry: Entry): RunnerConfig | null {
  const entries = valueOf(manager.config.told)?.runners ?? [];
  const named = entries.filter(({ name }) => name !== null && name === entry.name);
  if (named.length === 1) return named[0] ?? null;
  return manager.runners.length === 1 && entries.length === 1 ? (entries[0] ?? null) : null;
}

/** A figure that holds in the process, and what the ConfigMap says where that is something else: it counts from the next start on. */
export interface Bound {
  /** null: none is set. */
  value: number | null;
  from: "metrics" | "config-map";
  /** What the ConfigMap says otherwise; undefined: the same, or nothing. null: no limit. */
  otherwise?: number | null;
}

/** `limit` of a runner; 0 and not set are both "none" (runner docs, "limit"). */
export function limitOf(manager: Manager, entry: Entry): Bound {
  const written = runnerConfigOf(manager, entry);
  const said = written === null ? undefined : written.limit === null || written.limit <= 0 ? null : written.limit;
  return { value: entry.limit, from: "metrics", ...(said === undefined || said === entry.limit ? {} : { otherwise: said }) };
}

/** `request_concurrency` of a runner: managers before 18.1 have no such row. null: nobody tells. */
export function requestConcurrencyOf(manager: Manager, entry: Entry): Bound | null {
  const { hardLimit } = entry.requestConcurrency;
  const written = runnerConfigOf(manager, entry);
  // Not set: 1 (runner docs, "request_concurrency").
  const said = written === null ? null : Math.max(1, written.requestConcurrency ?? 1);
  if (hardLimit === null) return said === null ? null : { value: said, from: "config-map" };
  return { value: hardLimit, from: "metrics", ...(said === null || said === hardLimit ? {} : { otherwise: said }) };
}

/** `concurrent` as the ConfigMap has it, where the process has another one; null: the same, or one of them is not known. */
export function otherConcurrent({ slots, config }: Manager): number | null {
  const said = valueOf(config.told)?.concurrent ?? null;
  const holds = slots.boundBy === "concurrent" ? valueOf(slots.total) : null;
  return said === null || holds === null || said === holds ? null : said;
}

/** One line of the configuration: key as in `config.toml`, value as written. */
export type ConfigLine = readonly [key: string, value: string];

/** What of the globals is set. */
export function globalLines({ concurrent, checkInterval, shutdownTimeout, listenAddress }: Config): ConfigLine[] {
  return linesOf([
    ["concurrent", concurrent],
    ["check_interval", checkInterval],
    ["shutdown_timeout", shutdownTimeout],
    ["listen_address", listenAddress],
  ]);
}

/** What of one `[[runners]]` entry is set, its Kubernetes part included. */
export function runnerLines({ executor, limit, requestConcurrency, kubernetes }: RunnerConfig): ConfigLine[] {
  const { resources } = kubernetes;
  return linesOf([
    ["executor", executor],
    ["limit", limit],
    ["request_concurrency", requestConcurrency],
    ["namespace", kubernetes.namespace],
    ["namespace_per_job", kubernetes.namespacePerJob],
    ["poll_interval", kubernetes.pollInterval],
    ["poll_timeout", kubernetes.pollTimeout],
    ["pod_termination_grace_period_seconds", kubernetes.terminationGrace],
    ["cleanup_grace_period_seconds", kubernetes.cleanupGrace],
    ["privileged", kubernetes.privileged],
    ["priority_class_name", kubernetes.priorityClassName],
    ...Object.keys(resources)
      .toSorted()
      .map((key) => [key, resources[key] ?? null] as const),
  ]);
}

function linesOf(all: readonly (readonly [string, string | number | boolean | null])[]): ConfigLine[] {
  return all.flatMap(([key, value]) => (value === null ? [] : [[key, String(value)] as const]));
}
