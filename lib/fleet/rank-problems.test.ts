import { describe, expect, it } from "vitest";
import type { SourceState } from "../base/source-state.ts";
import type { PodRecord, WorkloadRecord } from "../kubernetes/schema.ts";
import {
  at,
  buildCluster,
  buildContainer,
  buildNode,
  buildPod,
  buildReport,
  condition,
  running,
  T0,
  terminated,
  waiting,
} from "../testing/build-pod-record.ts";
import { buildUsage, throttled } from "../testing/build-pod-usage.ts";
import { expectSentences } from "../testing/judge-pod.ts";
import { foldFleet, type ClusterInput } from "./fold-fleet.ts";
import type { Overview } from "./schema.ts";

function overviewOf(clusters: ClusterInput[], seconds = 120): Overview {
  const { overview } = foldFleet(null, { clusters, gitlab: null, at: at(seconds), keep: { maxJobs: 10, maxAgeMs: 3_600_000 } });
  expectSentences([overview.headline, ...overview.problems.flatMap((problem) => [problem.title, problem.detail, problem.remedy])]);
  return overview;
}

const error = { code: "unreachable" as const, detail: "connect ECONNREFUSED" };
const states: Record<string, SourceState> = {
  connecting: { state: "connecting", since: T0 },
  stale: { state: "stale", since: T0, lastError: error, retryAt: at(300) },
  failed: { state: "failed", since: T0, error, retryAt: at(300) },
  forbidden: { state: "forbidden", since: T0, rule: { apiGroup: "", resource: "pods", verbs: ["list", "watch"], namespace: null } },
};
const uid = (index: number) => `${String(index).padStart(8, "0")}-0000-4000-8000-000000000000`;
const manager = (change: Partial<PodRecord> = {}, ready = true): PodRecord =>
  buildPod({
    uid: "manager",
    name: "gitlab-runner-1",
    labels: { chart: "gitlab-runner-0.88.1" },
    annotations: {},
    containers: [buildContainer("gitlab-runner", running(), { image: "gitlab/gitlab-runner:alpine-v18.3.0", ready })],
    ...change,
  });
const managers = [manager()];

describe("problems", () => {
  const full = (index: number, seconds = 2) =>
    buildPod({
      uid: uid(index),
      node: null,
      phase: "Pending",
      startedAt: null,
      containers: [buildContainer("build", null)],
      conditions: [condition("PodScheduled", "False", seconds, "Unschedulable", "0/3 nodes are available: 3 Insufficient cpu.")],
    });
  const badImage = (index: number) =>
    buildPod({
      uid: uid(index),
      phase: "Pending",
      containers: [buildContainer("build", waiting("ErrImagePull", "not found"), { image: "nope:1" }), buildContainer("helper", running())],
    });
  const kinds = (overview: Overview) => overview.problems.map(({ kind, group, jobs }) => [kind, group, jobs]);

  it("join jobs of one cause, most harm first, and those that need somebody before the others", () => {
    const overview = overviewOf([buildCluster([full(1), full(2), full(3), badImage(4), ...managers, manager({ uid: "m2" }, false)])]);
    expect(kinds(overview)).toEqual([
      ["unschedulable", "needs-you", 3],
      ["image-pull", "needs-you", 1],
      ["manager-down", "to-watch", 0],
    ]);
    expect(overview.problems[0]).toMatchObject({
      since: at(2),
      title: { key: "problem.unschedulable.cpu", values: { count: 3, nodes: 3 } },
      detail: { values: { reason: "0/3 nodes are available: 3 Insufficient cpu" } },
    });
    expect(overview.problems[1]?.target).toBe(`/jobs/test/${uid(4)}`);
    expect(overview.headline.values).toEqual({ count: 2, watch: 1 });
  });

  it("let a short wait for room be one to watch", () => {
    expect(kinds(overviewOf([buildCluster([full(1, 100), ...managers])]))).toEqual([["unschedulable", "to-watch", 1]]);
  });

  it("count kills for memory by job and container, and say how many jobs certainly ended by one", () => {
    const dead = (index: number) =>
      buildPod({
        uid: uid(index),
        containers: [buildContainer("build", terminated("OOMKilled", 137, 20)), buildContainer("helper", running())],
      });
    const maybe = buildPod({
      uid: uid(3),
      deletionRequestedAt: at(40),
      deletionGraceSeconds: 30,
      containers: [buildContainer("build", terminated("OOMKilled", 137, 70)), buildContainer("helper", terminated("Error", 137, 70))],
    });
    expect(overviewOf([buildCluster([dead(1), dead(2), maybe, ...managers])]).problems).toMatchObject([
      {
        kind: "oom-killed",
        group: "needs-you",
        jobs: 3,
        title: { values: { count: 3, container: "build", job: "payments/api, unit-test" } },
        detail: { values: { ended: 2, survived: 0, open: 1 } },
      },
    ]);
    expect(kinds(overviewOf([buildCluster([maybe, ...managers])]))).toEqual([["oom-killed", "to-watch", 1]]);
  });

  it("join runs of one job that its CPU limit slowed down: to watch, with the worst one's words and the way to all of them", () => {
    const slow = (index: number) => buildPod({ uid: uid(index) });
    const usages = new Map(
      [1, 2].map((index) => [uid(index), { ...buildUsage({ build: throttled(0.6), helper: {} }), podUid: uid(index) }]),
    );
    expect(overviewOf([buildCluster([slow(1), slow(2), ...managers], { usages })]).problems).toMatchObject([
      {
        kind: "cpu-throttled",
        group: "to-watch",
        jobs: 2,
        title: { key: "problem.throttled-jobs", values: { count: 2, container: "build", job: "payments/api, unit-test" } },
        detail: { key: "finding.cpu-throttling", values: { share: "60\u202f%" } },
        target: `/jobs?v=all&q=${encodeURIComponent('finding:cpu-throttling project:"payments/api" job:"unit-test"')}`,
      },
    ]);
    expect(kinds(overviewOf([buildCluster([slow(1), ...managers], { usages })]))).toEqual([]);
  });

  it("forget ended jobs after an hour", () => {
    const pod = badImage(1);
    const ended = new Map([[pod.uid, { record: { ...pod, deletionRequestedAt: at(20) }, deletedAt: at(30), ending: "watched" as const }]]);
    expect(kinds(overviewOf([buildCluster(managers, { ended })], 3_000))).toEqual([["image-pull", "to-watch", 1]]);
    expect(kinds(overviewOf([buildCluster(managers, { ended })], 3_700))).toEqual([]);
  });

  it("name nodes that are not ready, with the jobs on them", () => {
    const nodes = new Map([
      ["n", buildNode({ conditions: [condition("Ready", "Unknown", 20, "NodeStatusUnknown", "Kubelet stopped posting node status.")] })],
    ]);
    const problems = overviewOf([buildCluster([buildPod(), ...managers], { nodes })]).problems;
    expect(problems.map((problem) => problem.kind).toSorted()).toEqual(["evicted", "node-not-ready"]);
    expect(problems.find((problem) => problem.kind === "node-not-ready")).toMatchObject({
      jobs: 1,
      group: "needs-you",
      title: { key: "problem.node-silent" },
    });
  });

  it("name managers that restarted lately, and a Deployment that has none", () => {
    const container = buildContainer("gitlab-runner", running(), {
      image: "gitlab/gitlab-runner:v18.3.0",
      restartCount: 2,
      lastState: terminated("OOMKilled", 137, 60),
    });
    expect(overviewOf([buildCluster([manager({ containers: [container] })])]).problems).toMatchObject([
      {
        kind: "manager-restarts",
        group: "needs-you",
        detail: { values: { reason: "OOMKilled", code: 137 } },
        target: expect.stringMatching(/^\/managers#test-/),
      },
    ]);
    expect(kinds(overviewOf([buildCluster([manager({ containers: [container] })])], 4_000))).toEqual([]);
    const workload: WorkloadRecord = {
      cluster: "test",
      uid: "d",
      name: "gitlab-runner",
      resourceVersion: "1",
      createdAt: T0,
      seenAt: T0,
      kind: "Deployment",
      namespace: "ci",
      labels: { chart: "gitlab-runner-0.88.1" },
      owners: [],
      images: [],
      replicas: { desired: 3, current: 0, ready: 0, updated: 0 },
    };
    expect(overviewOf([buildCluster([], { workloads: new Map([["d", workload]]) })]).problems).toMatchObject([
      { kind: "manager-down", group: "needs-you", title: { values: { workload: "gitlab-runner", ready: 0, count: 3 } } },
    ]);
  });

  it("do not call a manager down that has just been created", () => {
    expect(kinds(overviewOf([buildCluster([manager({ createdAt: at(100) }, false)])]))).toEqual([]);
  });

  it("say that no manager is seen only where jobs live and all pods are listed", () => {
    expect(kinds(overviewOf([buildCluster([buildPod()])]))).toEqual([["no-managers", "to-watch", 1]]);
    expect(kinds(overviewOf([buildCluster([])]))).toEqual([]);
  });

  it("join the parts of a source, and give the rule that is missing", () => {
    const sources = ["a", "b"].map((part) =>
      buildReport("kubernetes-events", {
        key: part,
        part,
        state: {
          ...states["forbidden"]!,
          rule: { apiGroup: "", resource: "events", verbs: ["list", "watch"], namespace: part },
        } as SourceState,
        objects: null,
      }),
    );
    const problems = overviewOf([buildCluster(managers, { sources: [buildReport("kubernetes-pods"), ...sources] })]).problems;
    expect(problems).toMatchObject([
      {
        kind: "source",
        group: "to-watch",
        remedy: { key: "remedy.rule", values: { resource: "events", verbs: "list, watch", namespace: "a" } },
      },
    ]);
  });

  it("name pods that do not go", () => {
    expect(kinds(overviewOf([buildCluster([buildPod({ deletionRequestedAt: at(0) }), ...managers])], 301))).toEqual([
      ["stuck-terminating", "to-watch", 1],
    ]);
    expect(kinds(overviewOf([buildCluster([buildPod({ deletionRequestedAt: at(0) }), ...managers])], 300))).toEqual([]);
  });
});
