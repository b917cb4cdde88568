import { describe, expect, it } from "vitest";
import { PersistentMap } from "../base/persistent-map.ts";
import type { PodRecord } from "../kubernetes/schema.ts";
import {
  at,
  buildCluster,
  buildContainer,
  buildEvent,
  buildNode,
  buildPod,
  buildReport,
  condition,
  T0,
  waiting,
} from "../testing/build-pod-record.ts";
import { buildUsage } from "../testing/build-pod-usage.ts";
import { foldFleet, type ClusterInput, type Fleet } from "./fold-fleet.ts";

const KEEP = { maxJobs: 1_000, maxAgeMs: 3_600_000 };
const fold = (previous: Fleet | null, cluster: ClusterInput | ClusterInput[], seconds = 30) =>
  foldFleet(previous, { clusters: [cluster].flat(), gitlab: null, at: at(seconds), keep: KEEP });
const uidOf = (index: number) => `${String(index).padStart(8, "0")}-0000-4000-8000-000000000000`;

describe("folding a fleet", () => {
  it("changes nothing but what changed: one pod of three", () => {
    const pods = [0, 1, 2].map((index) => buildPod({ uid: uidOf(index) }));
    const cluster = buildCluster(pods, { nodes: new Map([["n", buildNode()]]) });
    const first = fold(null, cluster);
    const changed = buildPod({ uid: uidOf(1), deletionRequestedAt: at(29), deletionGraceSeconds: 30, resourceVersion: "2" });
    const second = fold(first, { ...cluster, pods: new Map(cluster.pods).set(changed.uid, changed) });
    for (const index of [0, 2]) {
      expect(second.jobs.get(`test/${uidOf(index)}`)).toBe(first.jobs.get(`test/${uidOf(index)}`));
      expect(second.rows.get(`test/${uidOf(index)}`)).toBe(first.rows.get(`test/${uidOf(index)}`));
    }
    expect(second.jobs.get(`test/${uidOf(1)}`)).toMatchObject({ phase: "cleanup" });
    expect(second.nodes).toBe(first.nodes);
    expect(second.clusters).toBe(first.clusters);
  });

  it("gives the same row for a new version of a pod that shows nothing new, and a new job", () => {
    const cluster = buildCluster([buildPod()]);
    const first = fold(null, cluster);
    const next = buildPod({ resourceVersion: "2", seenAt: at(20) });
    const second = fold(first, { ...cluster, pods: new Map([[next.uid, next]]) });
    expect([...second.rows.values()][0]).toBe([...first.rows.values()][0]);
    expect([...second.jobs.values()][0]).toMatchObject({ lastSeen: at(20), firstSeen: at(6) });
  });

  it("looks again when time alone changes a verdict, and only then", () => {
    const cluster = buildCluster([buildPod({ node: null, phase: "Pending", conditions: [], containers: [] })]);
    const first = fold(null, cluster, 1);
    expect([...fold(first, cluster, 9).jobs.values()][0]).toBe([...first.jobs.values()][0]);
    expect([...fold(first, cluster, 11).jobs.values()][0]?.verdict.kind).toBe("waiting-cluster");
  });

  it("keeps what was seen of a pod that is gone, and forgets it with its keeper", () => {
    const pod = buildPod();
    const first = fold(null, buildCluster([pod]));
    const gone = fold(first, buildCluster([], { ended: new Map([[pod.uid, { record: pod, deletedAt: at(60), ending: "watched" }]]) }), 60);
    expect([...gone.jobs.values()]).toMatchObject([{ ending: "watched", deletedAt: at(60), firstSeen: at(6), phase: "ended" }]);
    expect(gone.overview).toMatchObject({ live: { value: 0 }, ended: 1, kept: { jobs: 1 } });
    expect(fold(gone, buildCluster([]), 70).jobs.size).toBe(0);
  });

  it("keeps what events proved after they expired", () => {
    const pod = buildPod({
      phase: "Pending",
      deletionRequestedAt: at(20),
      deletionGraceSeconds: 30,
      containers: [buildContainer("build", waiting("PodInitializing"))],
    });
    const events = new Map([[pod.uid, [buildEvent("Failed", 'Failed to pull image "x": not found', { container: "build" })]]]);
    const first = fold(null, buildCluster([pod], { events }));
    expect([...first.jobs.values()][0]?.verdict.kind).toBe("image-pull-failed");
    expect([...fold(first, buildCluster([pod])).jobs.values()][0]?.verdict.kind).toBe("image-pull-failed");
    expect([...fold(null, buildCluster([pod])).jobs.values()][0]?.verdict.kind).toBe("unknown");
  });

  it("keeps clusters apart that hold the same pod names and uids", () => {
    const one = buildCluster([buildPod()]);
    const other = { ...buildCluster([buildPod({ cluster: "eu" })]), cluster: { ...one.cluster, key: "eu", name: "eu" } };
    const fleet = fold(null, [one, other]);
    expect([...fleet.jobs.keys()].toSorted()).toEqual([`eu/${buildPod().uid}`, `test/${buildPod().uid}`]);
    expect([...fold(fleet, [one]).jobs.keys()]).toEqual([`test/${buildPod().uid}`]);
  });

  it("takes only job pods for jobs", () => {
    const pods: PodRecord[] = [
      buildPod({ uid: "new" }),
      buildPod({ uid: "old", labels: { pod: "runner-abc-project-7-concurrent-0" }, annotations: { "job.runner.gitlab.com/id": "1" } }),
      buildPod({ uid: "older", labels: { pod: "runner-abc-project-7-concurrent-0" }, annotations: {} }),
      buildPod({ uid: "pause", labels: { "runner.gitlab.com/pause-pod": "true", "manager.runner.gitlab.com/id-short": "abc" } }),
      buildPod({ uid: "other", name: "web-1", labels: { pod: "web" }, annotations: {} }),
      buildPod({ uid: "plain", name: "web-2", labels: {}, annotations: {} }),
    ];
    expect([...fold(null, buildCluster(pods)).jobs.values()].map((job) => job.uid).toSorted()).toEqual(["new", "old", "older"]);
  });

  it("looks at no other pod of 10,000 for one change, whatever it is", () => {
    const seen = new Set<string>();
    const nodes = new Map(Array.from({ length: 200 }, (_, index) => [`n${index}`, buildNode({ name: `ci-${index}` })]));
    const pods = Array.from({ length: 10_000 }, (_, index) => watchReads(jobPod(index), seen));
    const cluster = buildCluster([], { nodes, pods: PersistentMap.from(pods.map((pod, index) => [uidOf(index), pod])) });
    const first = fold(null, cluster);
    expect([first.jobs.size, seen.size]).toEqual([10_000, 10_000]);
    const one = uidOf(4_200);
    const deleting = watchReads({ ...jobPod(4_200), deletionRequestedAt: at(29), deletionGraceSeconds: 30 }, seen);
    const changes: [Partial<ClusterInput>, string[]][] = [
      [{ pods: PersistentMap.from(cluster.pods).patch([[one, deleting]]) }, [one]],
      [{ pods: PersistentMap.from(cluster.pods).patch([], [one]) }, []],
      [{ events: new Map([[one, [buildEvent("Killing", "Stopping", { at: at(29) })]]]) }, [one]],
      [{ usages: new Map([[one, buildUsage({ build: {}, helper: {} })]]) }, [one]],
    ];
    for (const [change, read] of changes) {
      seen.clear();
      const next = fold(first, { ...cluster, ...change });
      expect([...seen]).toEqual(read);
      expect([...next.folds.values()].map(({ changed, removed }) => changed.length + removed.length)).toEqual([1]);
    }
  });
});

/** One of 50 on its node, with a job of its own: the runner's volume paths end in its id. */
function jobPod(index: number): PodRecord {
  const pod = buildPod({ uid: uidOf(index), node: `ci-${index % 200}` });
  const mounts = [{ volume: "scripts", path: `/scripts-7-${index + 1}`, readOnly: false }];
  return { ...pod, containers: pod.containers.map((container) => ({ ...container, mounts })) };
}

/** A pod that notes in `seen` that somebody looked at it. */
function watchReads(pod: PodRecord, seen: Set<string>): PodRecord {
  return new Proxy(pod, {
    get(target, field, receiver) {
      seen.add(target.uid);
      return Reflect.get(target, field, receiver) as unknown;
    },
  });
}

describe("nodes", () => {
  const view = (pods: PodRecord[], change: Partial<ClusterInput> = {}) =>
    [...fold(null, buildCluster(pods, { nodes: new Map([["n", buildNode()]]), ...change })).nodes.values()][0]!;

  it("add up what the scheduler counts: the larger of init and the rest, without finished pods", () => {
    const big = buildPod({ uid: uidOf(1) });
    big.containers[0] = { ...big.containers[0]!, requests: { cpuMillicores: 3_000, memoryBytes: 2 ** 20, ephemeralStorageBytes: null } };
    const pods = [
      buildPod(),
      big,
      buildPod({ uid: uidOf(2), phase: "Failed" }),
      buildPod({ uid: uidOf(3), node: "elsewhere" }),
      buildPod({ uid: uidOf(4), name: "coredns", labels: {}, annotations: {} }),
    ];
    const node = view(pods);
    expect(node.requested).toMatchObject({
      state: "known",
      value: { cpuMillicores: 1_000 + 3_000 + 1_000, memoryBytes: 3 * 512 * 2 ** 20, pods: 3 },
    });
    expect(node.blocks.map((block) => [block.kind, block.key, block.cpuMillicores])).toEqual([
      ["job", `test/${uidOf(1)}`, 3_000],
      ["other", null, 1_000],
      ["job", `test/${buildPod().uid}`, 1_000],
    ]);
    expect(node.jobs).toBe(2);
  });

  it("do not add up what they cannot see", () => {
    const narrow = buildCluster([]).cluster;
    expect(view([buildPod()], { cluster: { ...narrow, namespaces: ["ci"], scope: "namespaces" } }).requested).toEqual({
      state: "unknown",
      reason: "forbidden",
    });
    expect(
      view([], { sources: [buildReport("kubernetes-pods", { objects: null, state: { state: "connecting", since: T0 } })] }).requested,
    ).toEqual({ state: "unknown", reason: "not-reached" });
  });

  it("lose a pod that is gone, and tell as soon as everything is listed", () => {
    const other = buildPod({ uid: uidOf(4), name: "coredns", labels: {}, annotations: {} });
    const nodes = new Map([["n", buildNode()]]);
    const listing = [buildReport("kubernetes-pods", { objects: null, state: { state: "connecting", since: T0 } })];
    const both = buildCluster([buildPod(), other], { nodes, sources: listing });
    const first = fold(null, both);
    const second = fold(first, { ...both, sources: [buildReport("kubernetes-pods")] });
    const third = fold(second, { ...both, sources: [buildReport("kubernetes-pods")], pods: new Map([[buildPod().uid, buildPod()]]) });
    expect([first, second, third].map((fleet) => [...fleet.nodes.values()][0]?.requested)).toMatchObject([
      { state: "unknown" },
      { state: "known", value: { pods: 2 } },
      { state: "known", value: { pods: 1 } },
    ]);
  });

  it("make the jobs on them doubtful when they fall silent, without a new version of any pod", () => {
    const nodes = (status: "True" | "Unknown") => new Map([["n", buildNode({ conditions: [condition("Ready", status, 20)] })]]);
    const cluster = buildCluster([buildPod()], { nodes: nodes("True") });
    const first = fold(null, cluster);
    const second = fold(first, { ...cluster, nodes: nodes("Unknown") });
    expect([...second.jobs.values()][0]?.verdict).toMatchObject({ kind: "node-lost", certainty: "likely" });
    expect([...fold(second, { ...cluster, nodes: nodes("True") }).jobs.values()][0]?.verdict.kind).toBe("running");
  });
});
