import { describe, expect, it } from "vitest";
import { buildManagedJob } from "../../testing/build-reading.ts";
import { jobPods, manager, overviewOf, type Capacities } from "../../testing/capacity-world.ts";
import type { QuotaReading } from "./quota-room.ts";

describe("a quota", () => {
  const quotas = (used: number, ...more: [string, QuotaReading][]) => {
    const quota = { namespace: "ci", name: "team", counted: [{ resource: "pods", used, hard: 3 }] };
    return new Map<string, QuotaReading>([["ci", { quotas: [quota], rule: null }], ...more]);
  };
  const words = { quota: "team", namespace: "ci", resource: "pods" };
  const stuck = { ...manager("m1", 1), jobs: [buildManagedJob("1", { stage: "prepare_script", durationMs: 30_000 })] };

  it("that is used up is why pods are refused", () => {
    const { capacity } = overviewOf({ readings: [stuck], pods: jobPods(1), change: { quotas: quotas(3) } });
    expect(capacity).toMatchObject({ binds: "cluster", sentence: { key: "capacity.cluster-quota", values: { count: 1, ...words } } });
    expect(capacity.evidence).toContainEqual({ source: "ResourceQuota ci/team", field: "pods", value: "3 of 3 used", at: null });
    const { problems } = overviewOf({ readings: [stuck], pods: jobPods(1), change: { quotas: quotas(3) } });
    expect(problems).toContainEqual(
      expect.objectContaining({ kind: "refused-pods", detail: { key: "problem.refused-by-quota", values: words } }),
    );
  });

  it("is written in the units that people read", () => {
    const valueOf = (resource: string, used: number, hard: number) => {
      const quotas = new Map([["ci", { quotas: [{ namespace: "ci", name: "team", counted: [{ resource, used, hard }] }], rule: null }]]);
      const { evidence } = overviewOf({ readings: [stuck], pods: jobPods(1), change: { quotas } }).capacity;
      return evidence.find(({ field }) => field === resource)?.value;
    };
    expect(valueOf("requests.cpu", 3.8000000000000003, 4)).toBe("3.80 of 4 used");
    expect(valueOf("memory", 2 ** 30, 2 ** 31)).toMatch(/^1[.0]*\sGiB of 2[.0]*\sGiB used$/);
  });

  it("with room is not, and one that may not be read is said with its right", () => {
    expect(overviewOf({ readings: [stuck], pods: jobPods(1), change: { quotas: quotas(2) } }).capacity.sentence.key).toBe(
      "capacity.cluster-refused",
    );
    const rule = { apiGroup: "", resource: "resourcequotas", verbs: ["list"], namespace: "ci" };
    const { evidence } = overviewOf({
      readings: [stuck],
      pods: jobPods(1),
      change: { quotas: new Map([["ci", { quotas: null, rule }]]) },
    }).capacity;
    expect(evidence).toContainEqual({ source: "namespace ci", field: "resourcequotas", value: "not allowed: list", at: null });
  });

  it("binds before a pod is refused, where all jobs run in its namespace", () => {
    const of = (change: Capacities["change"]) =>
      overviewOf({ readings: [manager("m1", 3)], pods: jobPods(3), ...(change ? { change } : {}) });
    expect(of({ quotas: quotas(3) }).capacity).toMatchObject({
      binds: "cluster",
      sentence: { key: "capacity.quota-full", values: words },
    });
    expect(of({ quotas: quotas(2) }).capacity.binds).toBe("none");
    expect(of({ quotas: quotas(3, ["other", { quotas: [], rule: null }]) }).capacity.binds).toBe("none");
    expect(overviewOf({ readings: [manager("m1", 10)], pods: jobPods(1), change: { quotas: quotas(3) } }).capacity.binds).toBe("slots");
  });
});
