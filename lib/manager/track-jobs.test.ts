import { describe, expect, it } from "vitest";
import type { ManagedJob, ManagerMetrics } from "./schema.ts";
import { NO_TRACKS, trackJobs, type JobTracks } from "./track-jobs.ts";

const job = (jobId: string, stage = "step_script"): ManagedJob => ({
  url: `https://g/-/jobs/${jobId}`,
  jobId,
  state: "running",
  stage,
  executorStage: "prepare",
  durationMs: 2_000,
});
const metrics = (total: number, failures: Record<string, number> = {}, startedAt = "2026-03-01T00:00:00Z") =>
  ({
    startedAt,
    runners: [{ jobsTotal: total, failures: Object.entries(failures).map(([reason, count]) => ({ reason, count })) }],
  }) as unknown as ManagerMetrics;
const play = (...moments: [atMs: number, jobs: ManagedJob[], metrics: ManagerMetrics][]) =>
  moments.reduce<JobTracks>((tracks, [atMs, jobs, read]) => trackJobs(tracks, "m1", { atMs, jobs, metrics: read }), NO_TRACKS).tracks;

describe("the jobs of a manager", () => {
  it("are followed through their stages; the same object while nothing changes", () => {
    const first = trackJobs(NO_TRACKS, "m1", { atMs: 10_000, jobs: [job("1", "prepare_script")], metrics: metrics(1) });
    const second = trackJobs(first, "m1", { atMs: 15_000, jobs: [job("1", "prepare_script")], metrics: metrics(1) });
    expect(second.tracks.get("1")).toBe(first.tracks.get("1"));
    const third = trackJobs(second, "m1", { atMs: 20_000, jobs: [job("1")], metrics: metrics(1) });
    expect(third.tracks.get("1")).toMatchObject({
      manager: "m1",
      tookMs: 8_000,
      left: null,
      stages: [{ stage: "prepare_script" }, { stage: "step_script", at: "1970-01-01T00:00:20.000Z" }],
    });
  });

  it("leave with the failures that the manager counted meanwhile", () => {
    const tracks = play(
      [0, [job("1"), job("2")], metrics(2)],
      [5_000, [job("2")], metrics(2, { script_failure: 1 })],
      [10_000, [], metrics(2, { script_failure: 1 })],
    );
    expect(tracks.get("1")?.left).toEqual({
      from: "1970-01-01T00:00:00.000Z",
      to: "1970-01-01T00:00:05.000Z",
      jobs: 1,
      failures: [{ reason: "script_failure", count: 1 }],
    });
    expect(tracks.get("2")?.left).toMatchObject({ jobs: 1, failures: [] });
  });

  it("count those that came and went between two looks", () => {
    const tracks = play([0, [job("1")], metrics(1)], [5_000, [job("3")], metrics(3, { runner_system_failure: 1 })]);
    expect(tracks.get("1")?.left).toMatchObject({ jobs: 2, failures: [{ reason: "runner_system_failure", count: 1 }] });
  });

  // The runner counts a failure, tells GitLab, and only then takes the job off the list (runner network/trace.go, commands/multi.go).
  const ended = (jobId: string, state: string): ManagedJob => ({ ...job(jobId), state });

  it("that were counted as failed while they were still listed left with that failure, not with none", () => {
    const tracks = play(
      [0, [job("1")], metrics(1)],
      [5_000, [ended("1", "failed")], metrics(1, { script_failure: 1 })],
      [6_000, [], metrics(1, { script_failure: 1 })],
    );
    expect(tracks.get("1")?.left).toMatchObject({
      from: "1970-01-01T00:00:05.000Z",
      jobs: 1,
      failures: [{ reason: "script_failure", count: 1 }],
    });
  });

  it("share the counters with one that is still listed and may have been counted", () => {
    const tracks = play(
      [0, [job("1"), job("2")], metrics(2)],
      [5_000, [ended("2", "timedout")], metrics(2, { job_execution_timeout: 1 })],
      [6_000, [], metrics(2, { job_execution_timeout: 1 })],
    );
    const failures = [{ reason: "job_execution_timeout", count: 1 }];
    expect(tracks.get("1")?.left).toMatchObject({ jobs: 2, failures });
    expect(tracks.get("2")?.left).toMatchObject({ jobs: 2, failures });
  });

  it("share only what its state leaves open with one that is still listed", () => {
    const beside = (state: string, reason: string) =>
      play(
        [0, [job("1"), job("2")], metrics(2)],
        [5_000, [job("1"), ended("2", state)], metrics(2)],
        [6_000, [ended("2", state)], metrics(2, { [reason]: 1 })],
      ).get("1")?.left?.jobs;
    expect(beside("canceled", "script_failure")).toBe(1);
    expect(beside("canceled", "job_canceled")).toBe(2);
    expect(beside("terminated", "runner_interrupted")).toBe(2);
    expect(beside("timedout", "script_failure")).toBe(1);
    expect(beside("failed", "script_failure")).toBe(2);
  });

  it("share nothing with one that is still listed as a success: it is never counted", () => {
    const tracks = play(
      [0, [job("1"), job("2")], metrics(2)],
      [5_000, [ended("2", "success")], metrics(2, { script_failure: 1 })],
      [6_000, [], metrics(2, { script_failure: 1 })],
    );
    expect(tracks.get("1")?.left).toMatchObject({ jobs: 1, failures: [{ reason: "script_failure", count: 1 }] });
    expect(tracks.get("2")?.left).toMatchObject({ jobs: 1, failures: [] });
  });

  it("keep the state in which the list showed that they were over", () => {
    const tracks = play(
      [0, [job("1"), job("2"), job("3")], metrics(3)],
      [5_000, [ended("1", "success"), ended("2", "pending"), job("3")], metrics(3)],
      [6_000, [ended("1", "success"), ended("2", "canceled")], metrics(3, { script_failure: 1 })],
      [7_000, [], metrics(3, { script_failure: 1, job_canceled: 1 })],
    );
    expect([...tracks.values()].map(({ end }) => end)).toEqual([
      { state: "success", at: "1970-01-01T00:00:05.000Z" },
      { state: "canceled", at: "1970-01-01T00:00:06.000Z" },
      null,
    ]);
    const again = play([0, [ended("1", "failed")], metrics(1)], [5_000, [], metrics(1)], [10_000, [job("1")], metrics(2)]);
    expect(again.get("1")).toMatchObject({ end: null, left: null });
  });

  it("say nothing about failures across a restart of the manager", () => {
    const tracks = play([0, [job("1")], metrics(9, { script_failure: 4 })], [5_000, [], metrics(0, {}, "2026-03-01T01:00:00Z")]);
    expect(tracks.get("1")?.left).toMatchObject({ jobs: 1, failures: null });
  });

  it("are forgotten a quarter of an hour after they left", () => {
    expect(play([0, [job("1")], metrics(1)], [5_000, [], metrics(1)], [905_001, [], metrics(1)]).size).toBe(0);
  });
});
