import { describe, expect, it } from "vitest";
import type { SourceReport } from "@/lib/base/source-state.ts";
import { formatRole, formatRule } from "./prepare-rbac.ts";
import { groupByCluster, isTroubled, rankSources, sumLoad, sumObjects } from "./prepare-sources.ts";

const at = "2026-03-01T12:00:00Z";
function report(change: Partial<SourceReport>): SourceReport {
  const source = change.source ?? "kubernetes-pods";
  return {
    key: `${change.cluster ?? "c"}/${source}`,
    cluster: "c",
    source,
    part: null,
    state: { state: "live", since: at },
    objects: 1,
    lastHeardAt: at,
    requestsPerMinute: 1,
    openWatches: 1,
    relists: 0,
    reconnects: 0,
    ...change,
  };
}
const off = { state: "off", reason: "not-in-this-version" } as const;
const failed = { state: "failed", since: at, error: { code: "tls", detail: "expired" }, retryAt: at } as const;

describe("sources", () => {
  it("groups by cluster, each in the fixed order", () => {
    const groups = groupByCluster([
      report({ source: "gitlab" }),
      report({ cluster: "b" }),
      report({ source: "kubernetes-events" }),
      report({}),
    ]);
    expect(groups.map(([cluster, list]) => [cluster, list.map(({ source }) => source)])).toEqual([
      ["b", ["kubernetes-pods"]],
      ["c", ["kubernetes-pods", "kubernetes-events", "gitlab"]],
    ]);
  });

  it("ranks trouble first; off is no trouble", () => {
    expect(rankSources([report({ state: off }), report({}), report({ state: failed })]).map(({ state }) => state.state)).toEqual([
      "failed",
      "live",
      "off",
    ]);
    expect([off, failed].map(isTroubled)).toEqual([false, true]);
  });

  it("adds up only what was counted", () => {
    expect(sumLoad([report({ requestsPerMinute: null }), report({ requestsPerMinute: 4, reconnects: 2 })])).toEqual({
      requestsPerMinute: 4,
      openWatches: 2,
      relists: 0,
      reconnects: 2,
    });
    expect(sumLoad([report({ requestsPerMinute: null })]).requestsPerMinute).toBeNull();
    expect(sumObjects([report({ objects: 3 }), report({ objects: null })])).toBeNull();
  });
});

describe("roles", () => {
  it("names the object that the missing rule belongs to", () => {
    expect(formatRule({ apiGroup: "", resource: "events", verbs: ["list", "watch"], namespace: "ci" })).toBe(
      '# Role runnerscope, namespace ci\n- apiGroups: [""]\n  resources: ["events"]\n  verbs: ["list", "watch"]',
    );
  });

  it("asks for metrics.k8s.io only where metrics-server is asked", () => {
    expect(formatRole(null)).not.toContain("metrics.k8s.io");
    expect(formatRole(["ci"], true)).toContain('- apiGroups: ["metrics.k8s.io"]\n  resources: ["pods"]\n  verbs: ["get", "list"]');
  });

  it("asks for nothing but reading, and leaves nodes out of a Role", () => {
    const cluster = formatRole(null);
    const verbs = [...cluster.matchAll(/verbs: \[(.*)\]/g)].flatMap(([, list = ""]) => list.split(", "));
    expect(new Set(verbs)).toEqual(new Set(['"get"', '"list"', '"watch"']));
    expect(cluster).toContain('resources: ["nodes/metrics"]\n  verbs: ["get"]');
    expect(cluster).not.toMatch(/proxy|exec|secrets|"\*"/);
    expect(cluster).toContain('resources: ["nodes"]');
    const roles = formatRole(["ci", "0755"]);
    expect(roles).not.toContain("nodes");
    expect(roles).toContain('namespace: "0755"');
    expect(roles.split("\n---\n")).toHaveLength(2);
  });
});
