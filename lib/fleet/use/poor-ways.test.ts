import { describe, expect, it } from "vitest";
import { known } from "../../base/known.ts";
import type { SourceReport, SourceWay } from "../../base/source-state.ts";
import { buildReport } from "../../testing/build-pod-record.ts";
import { buildContainerUse, buildUsage } from "../../testing/build-usage.ts";
import { deriveRowUse } from "../derive-row-use.ts";
import { deriveUsage, kubeletOf, kubeletsOf, usageSource } from "../derive-usage.ts";
import { missingEvidence } from "../usage-evidence.ts";
import { deriveLastHour } from "./derive-last-hour.ts";

const since = "2026-03-01T10:00:00Z";
const at = "2026-03-01T12:00:00.000Z";
const forbidden: SourceReport["state"] = {
  state: "forbidden",
  since,
  rule: { apiGroup: "", resource: "nodes/metrics", verbs: ["get"], namespace: null },
};
const live: SourceReport["state"] = { state: "live", since };
const bare: SourceWay = { name: "metrics-server", because: "forbidden", lacks: ["throttling", "oom-counter"], windowMs: 15_000 };
const full: SourceWay = { name: "prometheus", because: null, lacks: ["storage"], windowMs: null };
const running = { name: "build", containerId: "containerd://x", state: { kind: "running" as const, startedAt: since } };

describe("a kubelet that is read in another way", () => {
  it("leaves its containers not sampled yet instead of forbidden, and only its own", () => {
    const reports = [
      buildReport("kubelet-metrics", { state: live }),
      buildReport("kubelet-metrics", { part: "n1", state: forbidden, way: bare }),
      buildReport("kubelet-metrics", { part: "n2", state: forbidden }),
    ];
    const kubelets = kubeletsOf(null, reports);
    const reasonOf = (node: string) => deriveUsage(running, { usage: null, kubelet: kubeletOf(kubelets, node), gone: false });
    expect(reasonOf("n1")).toMatchObject({ reason: "not-sampled" });
    expect(reasonOf("n2")).toMatchObject({ reason: "forbidden" });
    expect(kubeletsOf(kubelets, reports)).toBe(kubelets);
  });

  it("a Prometheus alone, with kubelets left out", () => {
    const report = buildReport("prometheus", { state: live, way: { ...full, because: "off" } });
    expect(kubeletsOf(null, [report]).all).toBe("instead");
    expect(kubeletsOf(null, [buildReport("prometheus", { state: live, way: full })]).all).toBe("not-connected");
  });
});

describe("throttling that nobody measures", () => {
  const usage = (change: Parameters<typeof buildUsage>[1]) => known(buildUsage(at, change), at, "test");
  const rowOf = (change: Parameters<typeof buildUsage>[1]) =>
    deriveRowUse([buildContainerUse({ startedAt: since, usage: usage(change) })]).cpu;

  it('is not "no quota" in a row', () => {
    expect(rowOf({ cfs: null })).toMatchObject({ value: { throttledShare: null, unthrottled: "no-quota" } });
    expect(rowOf({ cfs: null, unmeasured: ["throttling"], way: "resource" })).toMatchObject({
      source: "kubelet, /metrics/resource",
      value: { throttledShare: null, unthrottled: "not-measured" },
    });
    const cfs = { quotaMillicores: 500, stepShare: null, periods: 0, throttledPeriods: 0, throttledSeconds: null };
    expect(rowOf({ cfs })).toMatchObject({ value: { unthrottled: "no-periods" } });
    expect(rowOf({})).toMatchObject({ value: { throttledShare: expect.closeTo(0.29, 2), unthrottled: null } });
  });

  it("is no zero of the last hour, and the evidence of a counter that was not read says so", () => {
    const throttled = (reports: SourceReport[]) => {
      const sources = [buildReport("kubernetes-pods", { state: live, objects: 1 }), ...reports];
      return deriveLastHour({
        jobs: { harms: [], ended: 0, missedAtMs: Number.NEGATIVE_INFINITY },
        inputs: [{ sources }],
        at,
        keep: { maxJobs: 10, maxAgeMs: 7_200_000 },
      });
    };
    const kubelet = (change: Partial<SourceReport>) => buildReport("kubelet-metrics", change);
    expect(throttled([kubelet({ state: live })]).throttledJobs).toMatchObject({ value: 0 });
    expect(throttled([kubelet({ state: live, way: { ...bare, name: "resource" } })])).toMatchObject({
      throttledJobs: { reason: "not-measured" },
      partial: true,
    });
    expect(
      throttled([kubelet({ state: forbidden, way: full }), buildReport("prometheus", { state: live, way: full })]).throttledJobs,
    ).toMatchObject({ value: 0 });
    const poor = buildContainerUse({ startedAt: since, usage: usage({ oom: null, way: "metrics-server", unmeasured: ["oom-counter"] }) });
    expect(missingEvidence(poor)).toMatchObject([{ source: "metrics-server", value: "not known: not-measured" }]);
    expect(usageSource({ way: "prometheus" })).toContain("Prometheus");
  });
});
