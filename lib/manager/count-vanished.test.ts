import { expect, it } from "vitest";
import { countVanished } from "./count-vanished.ts";
import type { ManagerMetrics } from "./schema.ts";
import type { ManagerMoment } from "./track-jobs.ts";

const moment = (ids: string[], taken: number, failed: number, startedAt = "2026-03-01T00:00:00Z"): ManagerMoment => ({
  atMs: 0,
  jobs: ids.map((jobId) => ({ url: "", jobId, state: "running", stage: null, executorStage: null, durationMs: null })),
  metrics: {
    startedAt,
    runners: [{ jobsTotal: taken, failures: failed === 0 ? [] : [{ reason: "runner_system_failure", count: failed }] }],
  } as unknown as ManagerMetrics,
});

it.each<[what: string, before: ManagerMoment | null, now: ManagerMoment, vanished: number]>([
  ["three taken and failed between two looks", moment([], 5, 0), moment([], 8, 3), 3],
  ["one of them is on the list and still runs", moment([], 5, 0), moment(["9"], 8, 2), 2],
  ["the failure may be that of a job that was listed", moment(["9"], 5, 0), moment([], 6, 1), 0],
  ["one listed and one never listed failed", moment(["9"], 5, 0), moment([], 6, 2), 1],
  ["they came and went without a failure: short jobs", moment([], 5, 0), moment([], 8, 0), 0],
  ["the first look", null, moment([], 8, 3), 0],
  ["the manager began anew", moment([], 5, 0), moment([], 8, 3, "2026-03-01T00:05:00Z"), 0],
  ["a counter that went back", moment([], 5, 3), moment([], 8, 0), 0],
])("jobs that no list showed: %s", (_what, before, now, vanished) => {
  expect(countVanished(before, now)).toBe(vanished);
});
