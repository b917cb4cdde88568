import { describe, expect, it } from "vitest";
import type { RunnerRecord } from "../gitlab/schema.ts";
import { readConfig } from "../manager/read-config.ts";
import type { ManagerConfigReading, ManagerReading } from "../manager/schema.ts";
import { deriveSlots } from "../manager/derive-slots.ts";
import { buildManagedJob, buildManagerPod, buildMetrics, buildReading, buildRunner, buildTrack } from "../testing/build-reading.ts";
import { at, buildCluster, buildPod, T0 } from "../testing/build-pod-record.ts";
import { foldFleet, type ClusterInput, type Fleet } from "./fold-fleet.ts";
import { managerSchema, type Manager } from "./schema.ts";

const runner: RunnerRecord = {
  id: "8",
  description: "k8s",
  type: "instance_type",
  paused: false,
  status: "online",
  jobExecutionStatus: null,
  shortToken: "abc",
  tags: ["docker", "k8s"],
  runUntagged: true,
  contactedAt: null,
  version: null,
  managers: null,
  readAt: at(10),
};

function fold(
  previous: Fleet | null,
  reading: ManagerReading | null,
  change: Partial<ClusterInput> = {},
  runners: RunnerRecord[] | null = null,
  seconds = 20,
) {
  const cluster = buildCluster([buildManagerPod("m1"), buildPod()], {
    readings: new Map(reading === null ? [] : [["m1", reading]]),
    slots: new Map(reading === null ? [] : [["m1", deriveSlots(reading, Date.parse(at(seconds)))]]),
    ...change,
  });
  const gitlab =
    runners === null
      ? null
      : { baseUrl: "https://gitlab.example", version: null, jobs: new Map(), pending: null, runners, blindSpots: [], state: null };
  const fleet = foldFleet(previous, { clusters: [cluster], gitlab, at: at(seconds), keep: { maxJobs: 1, maxAgeMs: 1 } });
  const manager = fleet.managers.get("test/m1") as Manager;
  expect(managerSchema.safeParse(manager).error).toBeUndefined();
  return { fleet, manager, cluster };
}

describe("a manager", () => {
  const jobs = [buildManagedJob("99", { stage: null, durationMs: 1_000 }), buildManagedJob("4711")];
  const busy = buildRunner({ jobs: [{ state: "running", stage: "step_script", executorStage: "prepare", count: 2 }], limit: 4 });
  const poll = {
    shortToken: "abc",
    since: T0,
    at: at(20),
    statuses: [{ status: "204", count: 7 }],
    refused: [],
    lastAnswerAt: at(20),
    lastSuccessAt: at(20),
    lastJobAt: null,
    openSince: null,
  };
  const reading = buildReading("m1", {
    metrics: buildMetrics({ runners: [busy] }),
    metricsAt: at(20),
    jobs,
    jobsAt: at(20),
    polls: [poll],
  });

  it("has its configuration from its ConfigMap, or the right that is missing, or that there is none", () => {
    const told = (change: Partial<ManagerConfigReading>) => {
      const none = { configMaps: ["ci/gitlab-runner"], state: "unread" as const, rule: null, config: null, at: null };
      return fold(null, null, { configs: new Map([["m1", { ...none, ...change }]]) }).manager.config;
    };
    const config = readConfig("concurrent = 10\n[[runners]]\nlimit = 4\n");
    const rule = { apiGroup: "", resource: "configmaps", verbs: ["get"], namespace: "ci" };
    expect(told({ state: "read", config, at: at(5) })).toEqual({
      told: { state: "known", value: config, at: at(5), source: "ConfigMap ci/gitlab-runner" },
      rule: null,
    });
    expect(told({ state: "forbidden", rule })).toEqual({ told: { state: "unknown", reason: "forbidden" }, rule });
    expect(told({ state: "absent" })).toEqual({ told: { state: "unknown", reason: "not-set" }, rule: null });
    expect(told({}).told).toEqual({ state: "unknown", reason: "not-reached" });
    expect(fold(null, null).manager.config.told).toEqual({ state: "unknown", reason: "not-connected" });
  });

  it("takes a new configuration although nothing else changed", () => {
    const reading = (limit: number): ManagerConfigReading => ({
      configMaps: ["ci/gitlab-runner"],
      state: "read",
      rule: null,
      config: readConfig(`[[runners]]\nlimit = ${limit}\n`),
      at: at(5),
    });
    const before = fold(null, null, { configs: new Map([["m1", reading(4)]]) });
    const change = { ...before.cluster, configs: new Map([["m1", reading(6)]]) };
    expect(fold(before.fleet, null, change).manager.config.told).toMatchObject({ value: { runners: [{ limit: 6 }] } });
  });

  it("is known only by its pod where nobody asks it", () => {
    expect(fold(null, null).manager).toMatchObject({
      version: { value: "18.3.0", source: expect.stringContaining("image") },
      port: null,
      slots: { total: { state: "unknown", reason: "not-connected" } },
      runners: [],
      jobs: { state: "unknown", reason: "not-connected" },
    });
  });

  it("tells slots, jobs with their pods, polls, version and state", () => {
    const { manager } = fold(null, reading, { managed: new Map([["4711", buildTrack("4711")]]) }, [runner]);
    expect(manager).toMatchObject({
      version: { value: "18.3.0", source: "manager /metrics gitlab_runner_version_info" },
      port: { state: { state: "live" }, at: at(20) },
      slots: { total: { value: 4 }, used: { value: 2 }, free: { value: 2 }, boundBy: "limits" },
      processState: { value: "running" },
      runners: [
        {
          shortToken: "abc",
          systemId: "r_0123456789ab",
          limit: 4,
          used: { value: 2 },
          poll: { statuses: [{ status: "204", count: 7 }], lastSuccessAt: at(20) },
          tags: { value: ["docker", "k8s"] },
          paused: { value: false },
        },
      ],
    });
    expect(manager.jobs).toMatchObject({
      value: [
        {
          jobId: "4711",
          key: `test/${buildPod().uid}`,
          stage: "step_script",
          phase: "script",
          stageAt: at(11),
          tookAt: new Date(Date.parse(at(-1))).toISOString(),
        },
        { jobId: "99", key: null, stage: "", phase: "starting", stageAt: null, tookAt: new Date(Date.parse(at(19))).toISOString() },
      ],
    });
  });

  it("does not know tags of a runner that GitLab does not show", () => {
    expect(fold(null, reading, {}, []).manager.runners[0]?.tags).toEqual({ state: "unknown", reason: "not-seen" });
    expect(fold(null, reading).manager.runners[0]?.tags).toEqual({ state: "unknown", reason: "not-connected" });
  });

  it("says since when it is silent, and never 0", () => {
    const silent = buildReading("m1", {
      state: { state: "failed", since: T0, error: { code: "timeout", detail: "" }, retryAt: T0 },
      metrics: null,
      metricsAt: null,
      jobs: null,
      jobsAt: null,
    });
    expect(fold(null, silent).manager).toMatchObject({
      port: { state: { state: "failed" }, at: null },
      slots: { used: { state: "unknown" } },
      jobs: { state: "unknown", reason: "not-seen" },
      processState: { state: "unknown", reason: "not-seen" },
    });
  });

  it("keeps its view while nothing about it changes, and follows the pods of its jobs", () => {
    const first = fold(null, reading);
    const again = foldFleet(first.fleet, {
      clusters: [{ ...first.cluster, pods: new Map(first.cluster.pods) }],
      gitlab: null,
      at: at(21),
      keep: { maxJobs: 1, maxAgeMs: 1 },
    });
    expect(again.managers.get("test/m1")).toBe(first.manager);
    const pods = new Map([...first.cluster.pods].filter(([uid]) => uid === "m1"));
    const without = foldFleet(again, {
      clusters: [{ ...first.cluster, pods }],
      gitlab: null,
      at: at(22),
      keep: { maxJobs: 1, maxAgeMs: 1 },
    });
    expect(without.managers.get("test/m1")?.jobs).toMatchObject({ value: [{ key: null }, { key: null }] });
  });
});
