import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { known } from "../base/known.ts";
import type { Fleet } from "../fleet/fold-fleet.ts";
import { buildJob } from "../testing/build-job.ts";
import { FleetMetrics } from "./fleet-metrics.ts";

it("whoever can label a pod cannot fill a Prometheus: names of runners and projects are bounded, the counts are whole", async () => {
  const registry = new Registry();
  const metrics = new FleetMetrics(
    registry,
    () => ({ overview: {} }) as Fleet,
    () => 0,
  );
  const killed = Array.from({ length: 300 }, (_, i) => {
    const base = buildJob({ uid: `u${i}` });
    const job = {
      ...base,
      verdict: { ...base.verdict, kind: "oom-killed" as const, certainty: "confirmed" as const },
      runner: { ...base.runner, name: known(`runner-${i}`, base.createdAt, "test") },
      gitlab: { ...base.gitlab, project: known(`g/p${i}`, base.createdAt, "test") },
    };
    return { job };
  });
  metrics.observe({ folds: new Map([["c", { changed: killed }]]) } as unknown as Fleet);
  const { values } = await registry.getSingleMetric("runnerscope_oom_killed_jobs_total")!.get();
  const distinct = (label: "runner" | "project") => new Set(values.map(({ labels }) => labels[label])).size;
  expect(distinct("runner")).toBe(101);
  expect(distinct("project")).toBe(101);
  expect(values.reduce((sum, { value }) => sum + value, 0)).toBe(300);
});
