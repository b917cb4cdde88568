import { SOURCE_NAMES } from "@/lib/base/source-names.ts";
import type { SourceName, SourceReport, SourceState } from "@/lib/base/source-state.ts";

const BADNESS: readonly SourceState["state"][] = ["failed", "forbidden", "stale", "connecting", "live", "off"];

/** Whether people should look: the source should tell something and does not. */
export function isTroubled(state: SourceState): boolean {
  return state.state === "failed" || state.state === "forbidden" || state.state === "stale";
}

/** One cluster's sources in their fixed order, its namespaces together. */
export function groupByCluster(reports: readonly SourceReport[]): [cluster: string, reports: SourceReport[]][] {
  const groups = new Map<string, SourceReport[]>();
  for (const report of reports) groups.set(report.cluster, [...(groups.get(report.cluster) ?? []), report]);
  const order: readonly string[] = SOURCE_NAMES;
  return [...groups]
    .map(([cluster, list]): [string, SourceReport[]] => [
      cluster,
      list.toSorted((a, b) => order.indexOf(a.source) - order.indexOf(b.source) || (a.part ?? "").localeCompare(b.part ?? "")),
    ])
    .toSorted(([a], [b]) => a.localeCompare(b));
}

/** Sources in trouble first; the order within a kind of trouble stays. */
export function rankSources(reports: readonly SourceReport[]): SourceReport[] {
  return reports.toSorted((a, b) => BADNESS.indexOf(a.state.state) - BADNESS.indexOf(b.state.state));
}

/** Who answers, as words differ by it: the API server, a kubelet, what is read in a kubelet's place, a manager's metrics port, GitLab. */
export type Answerer = "kubernetes" | "kubelet" | "prometheus" | "metrics-server" | "manager" | "gitlab";

export function answererOf(source: SourceName): Answerer {
  if (source === "kubelet-metrics") return "kubelet";
  if (source === "managers") return "manager";
  if (source === "prometheus" || source === "metrics-server") return source;
  return source === "gitlab" ? "gitlab" : "kubernetes";
}

const ANSWERERS: readonly Answerer[] = ["kubernetes", "kubelet", "prometheus", "metrics-server", "manager", "gitlab"];

/** Requests of the last minute by who answered them; what nobody counts is left out. */
export function requestsByAnswerer(reports: readonly SourceReport[]): { answerer: Answerer; perMinute: number }[] {
  return ANSWERERS.flatMap((answerer) => {
    const counted = reports.filter(({ source, requestsPerMinute }) => answererOf(source) === answerer && requestsPerMinute !== null);
    if (counted.length === 0) return [];
    return [{ answerer, perMinute: counted.reduce((sum, report) => sum + (report.requestsPerMinute ?? 0), 0) }];
  });
}

/** Sources that are switched off by the settings: none of their reports is there, and what they tell is not known. */
export const OPTIONAL_SOURCES = ["kubelet-metrics", "managers", "gitlab"] as const satisfies readonly SourceName[];

export function absentSources(reports: readonly SourceReport[]): (typeof OPTIONAL_SOURCES)[number][] {
  return reports.length === 0 ? [] : OPTIONAL_SOURCES.filter((name) => reports.every(({ source }) => source !== name));
}

/** What GitLab's token may not see (`lib/gitlab/schema.ts`, blind spots); each has words and a remedy. */
const GITLAB_PARTS = ["pending-jobs", "runners", "instance"] as const;
export type GitlabPart = (typeof GITLAB_PARTS)[number];

export function gitlabPartOf({ source, part }: Pick<SourceReport, "source" | "part">): GitlabPart | null {
  return source === "gitlab" ? (GITLAB_PARTS.find((name) => name === part) ?? null) : null;
}

export interface Load {
  /** Requests in the last minute that Runnerscope itself sent; null while no source counts them. */
  requestsPerMinute: number | null;
  openWatches: number;
  relists: number;
  reconnects: number;
}

/** What Runnerscope costs the API servers, over all sources. */
export function sumLoad(reports: readonly SourceReport[]): Load {
  const counted = reports.filter((report) => report.requestsPerMinute !== null);
  return {
    requestsPerMinute: counted.length === 0 ? null : counted.reduce((sum, report) => sum + (report.requestsPerMinute ?? 0), 0),
    openWatches: reports.reduce((sum, report) => sum + report.openWatches, 0),
    relists: reports.reduce((sum, report) => sum + report.relists, 0),
    reconnects: reports.reduce((sum, report) => sum + report.reconnects, 0),
  };
}

/** The objects of one source over several clusters or namespaces: a sum only when every part is known. */
export function sumObjects(reports: readonly SourceReport[]): number | null {
  return reports.every((report) => report.objects !== null) ? reports.reduce((sum, report) => sum + (report.objects ?? 0), 0) : null;
}
