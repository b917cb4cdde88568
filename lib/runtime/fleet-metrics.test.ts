import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { known, unknown } from "../base/known.ts";
import { deriveRow } from "../fleet/derive-row.ts";
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
    return { row: deriveRow(job, []) };
  });
  metrics.observe({ folds: new Map([["c", { changed: killed }]]) } as unknown as Fleet);
  const { values } = await registry.getSingleMetric("runnerscope_oom_killed_jobs_total")!.get();
  const distinct = (label: "runner" | "project") => new Set(values.map(({ labels }) => labels[label])).size;
  expect(distinct("runner")).toBe(101);
  expect(distinct("project")).toBe(101);
  expect(values.reduce((sum, { value }) => sum + value, 0)).toBe(300);
});

it("tells problems by kind, 0 of those that nobody has; nothing while pods cannot be listed", async () => {
  const registry = new Registry();
  const overview = (state: "known" | "unknown") => ({
    live: state === "known" ? known(2, "2026-03-01T12:00:00Z", "test") : unknown("forbidden"),
    managers: { found: unknown("forbidden"), ready: 0 },
    waitingTags: unknown("not-connected"),
    problems: [
      { kind: "image-pull", group: "needs-you", jobs: 3 },
      { kind: "image-pull", group: "needs-you", jobs: 2 },
      { kind: "image-pull", group: "to-watch", jobs: 1 },
    ],
    capacity: { binds: "unknown", slots: { managers: 0, unknownManagers: 0 } },
  });
  let fleet = { overview: overview("known"), managers: new Map(), rows: new Map() } as unknown as Fleet;
  new FleetMetrics(
    registry,
    () => fleet,
    () => 0,
  );
  const text = await registry.metrics();
  expect(text).toContain('runnerscope_problems{kind="image-pull",group="needs-you"} 2');
  expect(text).toContain('runnerscope_problem_jobs{kind="image-pull",group="needs-you"} 5');
  expect(text).toContain('runnerscope_problem_jobs{kind="image-pull",group="to-watch"} 1');
  expect(text).toContain('runnerscope_problems{kind="refused-pods",group="needs-you"} 0');
  fleet = { ...fleet, overview: overview("unknown") } as unknown as Fleet;
  expect(await registry.metrics()).not.toMatch(/^runnerscope_problem/m);
});
