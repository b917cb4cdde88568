import { describe, expect, it } from "vitest";
import { buildManagedJob, buildTrack } from "../../testing/build-reading.ts";
import { at, buildCluster, buildNode } from "../../testing/build-pod-record.ts";
import {
  group,
  jobPods,
  manager,
  NOW,
  overviewOf,
  poll,
  runner,
  throttled,
  unplaced,
  waiting,
  type Capacities,
} from "../../testing/capacity-world.ts";
import type { Overview } from "../schema.ts";

describe("the ceiling that binds", () => {
  it("stays the slots while a job has just left one and more wait than there is room for", () => {
    const given = {
      readings: [manager("m1", 9, { polls: [poll({ openSince: at(NOW - 5) })] })],
      pods: jobPods(1),
      gitlab: waiting([group()]),
    };
    expect(overviewOf(given).capacity).toMatchObject({
      binds: "slots",
      sentence: { key: "capacity.slots-turnover", values: { count: 5, used: 9, total: 10 } },
    });
  });

  it.each<[what: string, given: Capacities, binds: Overview["capacity"]["binds"], sentence: string, whyNot: string[]]>([
    ["nobody tells", {}, "unknown", "capacity.unknown", ["slots-unread", "path-unread", "cluster-unread"]],
    [
      "three managers with room",
      { readings: [manager("m1", 3), manager("m2", 0), manager("m3", 9)], pods: jobPods(1) },
      "none",
      "capacity.none",
      ["not-slots", "not-path", "not-cluster"],
    ],
    [
      "concurrent full",
      { readings: [manager("m1", 10), manager("m2", 10)], pods: jobPods(1) },
      "slots",
      "capacity.slots",
      ["path-idle", "not-cluster"],
    ],
    [
      "limit full",
      { readings: [manager("m1", 4, { limit: 4 })], pods: jobPods(1) },
      "slots",
      "capacity.slots",
      ["path-idle", "not-cluster"],
    ],
    [
      "full, and one manager is silent",
      { readings: [manager("m1", 10), { ...manager("m2", 1), metricsAt: at(0) }], pods: jobPods(1) },
      "slots",
      "capacity.slots-known",
      ["path-idle", "not-cluster"],
    ],
    [
      "429 with free slots",
      { readings: [manager("m1", 3, { polls: [throttled] }), manager("m2", 1, { polls: [throttled] })], pods: jobPods(1) },
      "request-path",
      "capacity.request-path",
      ["not-slots", "not-cluster"],
    ],
    [
      "429 at one of two",
      { readings: [manager("m1", 3, { polls: [throttled] }), manager("m2", 1)], pods: jobPods(1) },
      "none",
      "capacity.none",
      ["not-slots", "not-path", "not-cluster"],
    ],
    [
      "429 while all slots are taken",
      { readings: [manager("m1", 10, { polls: [throttled] })], pods: jobPods(1) },
      "slots",
      "capacity.slots",
      ["path-idle", "not-cluster"],
    ],
    [
      "no answer to any poll",
      { readings: [manager("m1", 0, { polls: [poll({ lastAnswerAt: at(NOW - 95), lastSuccessAt: at(NOW - 95) })] })], pods: jobPods(1) },
      "request-path",
      "capacity.request-path",
      ["not-slots", "not-cluster"],
    ],
    [
      "node full by requests",
      { readings: [manager("m1", 5)], pods: [...jobPods(3), ...unplaced(2)] },
      "cluster",
      "capacity.cluster",
      ["not-slots", "not-path"],
    ],
    [
      "slots full of jobs without room",
      { readings: [manager("m1", 10)], pods: [...jobPods(3), ...unplaced(7)] },
      "cluster",
      "capacity.cluster",
      ["slots-also", "path-idle"],
    ],
    [
      "slots full, one of them without room",
      { readings: [manager("m1", 10)], pods: [...jobPods(9), ...unplaced(1)] },
      "slots",
      "capacity.slots",
      ["path-idle", "cluster-also"],
    ],
    [
      "no room for one more",
      { readings: [manager("m1", 8)], pods: jobPods(8) },
      "cluster",
      "capacity.cluster-full",
      ["not-slots", "not-path"],
    ],
    ["no room and no manager", { pods: jobPods(8) }, "unknown", "capacity.unknown", ["slots-unread", "path-unread", "cluster-full-too"]],
    [
      "quota: jobs fail and never had a pod",
      {
        readings: [manager("m1", 3)],
        pods: jobPods(1),
        change: {
          managed: new Map(
            ["1", "2"].map((id) => [
              id,
              buildTrack(id, { left: { from: at(100), to: at(105), jobs: 2, failures: [{ reason: "runner_system_failure", count: 2 }] } }),
            ]),
          ),
        },
      },
      "cluster",
      "capacity.cluster-refused",
      ["not-slots", "not-path"],
    ],
    [
      "quota: jobs come and go so fast that no list shows them",
      { readings: [manager("m1", 3)], pods: jobPods(1), change: { vanished: [at(100), at(100), at(105)] } },
      "cluster",
      "capacity.cluster-refused",
      ["not-slots", "not-path"],
    ],
    [
      "quota, and pods of managers that are gone: those were made before",
      {
        readings: [manager("m1", 3)],
        pods: jobPods(3).map((pod) => ({ ...pod, createdAt: at(70) })),
        change: { vanished: [at(100), at(100), at(105)] },
      },
      "cluster",
      "capacity.cluster-refused",
      ["not-slots", "not-path"],
    ],
    [
      "jobs that no list showed, and as many pods that nobody could assign",
      {
        readings: [manager("m1", 3)],
        pods: jobPods(3).map((pod) => ({ ...pod, createdAt: at(99) })),
        change: { vanished: [at(100), at(100), at(105)] },
      },
      "none",
      "capacity.none",
      ["not-slots", "not-path", "not-cluster"],
    ],
    [
      "taken long ago and without a pod",
      {
        readings: [{ ...manager("m1", 1), jobs: [buildManagedJob("1", { stage: "prepare_script", durationMs: 30_000 })] }],
        pods: jobPods(1),
      },
      "cluster",
      "capacity.cluster-refused",
      ["not-slots", "not-path"],
    ],
    [
      "one runner full, another free",
      {
        readings: [manager("m1", 4, { limit: 4, token: "xyz" }), manager("m2", 0)],
        pods: jobPods(1),
        gitlab: waiting([group({ tags: ["gpu"] })], [runner(), runner({ id: "9", shortToken: "xyz", tags: ["gpu"] })]),
      },
      "slots",
      "capacity.runner-full",
      ["not-path", "not-cluster"],
    ],
    [
      "jobs wait, slots are free and polls are answered",
      { readings: [manager("m1", 3)], pods: jobPods(1), gitlab: waiting([group()]) },
      "request-path",
      "capacity.request-slow",
      ["not-slots", "not-cluster"],
    ],
  ])("%s", (_what, given, binds, sentence, whyNot) => {
    const { capacity } = overviewOf(given);
    expect({
      binds: capacity.binds,
      sentence: capacity.sentence.key,
      whyNot: capacity.whyNot.map(({ key }) => key.replace("capacity.", "")),
    }).toEqual({ binds, sentence, whyNot });
  });

  it("is the request path from the second refused poll on, by the status of now", () => {
    const of = (count: number) => {
      const statuses = [
        { status: "403", count: 60 },
        { status: "429", count },
        { status: "204", count: 9 },
      ];
      const polls = [poll({ statuses, refused: [{ status: "429", count }], lastSuccessAt: at(NOW - 6) })];
      return overviewOf({ readings: [manager("m1", 3, { polls })], pods: jobPods(1) }).capacity;
    };
    expect(of(1).binds).toBe("none");
    expect(of(2)).toMatchObject({ binds: "request-path", sentence: { values: { status: "429", free: 7 } } });
  });

  it("says what most pods without room lack, in the scheduler's words", () => {
    const of = (...messages: string[]) =>
      overviewOf({ readings: [manager("m1", 5)], pods: unplaced(messages.length, (index) => messages[index] ?? "") }).capacity;
    expect(of("0/1 nodes are available: 1 Insufficient cpu.").sentence.values).toEqual({ count: 1, by: "cpu" });
    const memory = "0/1 nodes are available: 1 Insufficient memory.";
    expect(of(memory, memory, "0/1 nodes are available: 1 Insufficient cpu.").sentence.values).toEqual({ count: 3, by: "memory" });
    expect(of("0/1 nodes are available: 1 node(s) had untolerated taint {gpu: true}.").cluster.lacks).toBe("taints");
    expect(of("running Bind plugin failed").sentence.values).toEqual({ count: 1, by: "none" });
    expect(overviewOf({ readings: [manager("m1", 5)] }).capacity.cluster.lacks).toBeNull();
  });

  it("says how many more fit, by what, and which nodes count", () => {
    const tainted = buildNode({ uid: "t", name: "gpu-1", taints: [{ key: "gpu", value: null, effect: "NoSchedule" }] });
    const nodes = new Map([
      ["n", buildNode()],
      ["t", tainted],
      ["c", buildNode({ uid: "c", name: "cordoned", unschedulable: true })],
    ]);
    // Each job requests 1 CPU and 512 MiB; 8 CPU and 32 GiB are there, 3 jobs run.
    expect(overviewOf({ readings: [manager("m1", 3)], pods: jobPods(3), change: { nodes } }).capacity.cluster).toMatchObject({
      fits: { value: 5 },
      boundBy: "cpu",
      cpu: { perNode: 5, inTotal: 5 },
      memory: { perNode: 61 },
      mix: { jobs: 3, cpuMillicores: 1_000, memoryBytes: 512 * 2 ** 20 },
      nodes: 1,
      leftOut: 2,
    });
  });

  it("does not say how many fit where pods of other namespaces are not seen", () => {
    const narrow = { ...buildCluster([]).cluster, namespaces: ["ci"], scope: "namespaces" as const };
    expect(overviewOf({ readings: [manager("m1", 3)], pods: jobPods(3), change: { cluster: narrow } }).capacity.cluster.fits).toEqual({
      state: "unknown",
      reason: "forbidden",
    });
  });
});
