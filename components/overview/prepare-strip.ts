import type { SourceName, SourceReport } from "@/lib/base/source-state.ts";

export type StripName = "kubernetes" | "kubelet-metrics" | "managers" | "gitlab";
export type StripState = "live" | "degraded" | "connecting" | "stale" | "failed" | "forbidden" | "off";

export interface StripCell {
  name: StripName;
  state: StripState;
  /** How many parts tell: watches, nodes, managers. */
  live: number;
  /** How many should: those that are off do not count. */
  all: number;
  /** What Runnerscope itself asked in the last minute; null: not counted. */
  requestsPerMinute: number | null;
  /** Parts that should tell something and do not. */
  troubled: SourceReport[];
  /** When the newest word came; null: never. */
  lastHeardAt: string | null;
}

const GROUPS: readonly [StripName, readonly SourceName[]][] = [
  ["kubernetes", ["kubernetes-pods", "kubernetes-events", "kubernetes-nodes", "kubernetes-deployments", "kubernetes-replicasets"]],
  ["kubelet-metrics", ["kubelet-metrics"]],
  ["managers", ["managers"]],
  ["gitlab", ["gitlab"]],
];

/** All sources of all clusters in four cells. A cell is live only when every part that is on is live. */
export function prepareStrip(reports: readonly SourceReport[]): StripCell[] {
  return GROUPS.map(([name, sources]) =>
    cellOf(
      name,
      reports.filter((report) => sources.includes(report.source)),
    ),
  ).filter((cell) => cell !== null);
}

function cellOf(name: StripName, reports: readonly SourceReport[]): StripCell | null {
  if (reports.length === 0) return null;
  const on = reports.filter((report) => report.state.state !== "off");
  const live = on.filter((report) => report.state.state === "live").length;
  const troubled = on.filter(({ state }) => state.state !== "live" && state.state !== "connecting");
  const heard = on
    .map((report) => report.lastHeardAt)
    .filter((at) => at !== null)
    .toSorted();
  const counted = on.filter((report) => report.requestsPerMinute !== null);
  return {
    name,
    state: stateOf(on, live, troubled),
    ...(countParts(name, on) ?? { live, all: on.length }),
    requestsPerMinute: counted.length === 0 ? null : counted.reduce((sum, report) => sum + (report.requestsPerMinute ?? 0), 0),
    troubled,
    lastHeardAt: heard.at(-1) ?? null,
  };
}

/** Kubelets and managers report once for all that answer (`objects`), and once for each that does not. */
function countParts(name: StripName, on: readonly SourceReport[]): { live: number; all: number } | null {
  if (name !== "kubelet-metrics" && name !== "managers") return null;
  // A node that is read in a poorer way is live, and has a report of its own.
  const live = on.reduce((sum, report) => sum + (report.part === null ? (report.objects ?? 0) : 0), 0);
  return { live, all: live + on.filter((report) => report.part !== null && report.state.state !== "live").length };
}

function stateOf(on: readonly SourceReport[], live: number, troubled: readonly SourceReport[]): StripState {
  if (on.length === 0) return "off";
  if (live === on.length) return "live";
  if (live > 0) return troubled.length > 0 ? "degraded" : "connecting";
  return troubled[0]?.state.state ?? "connecting";
}
