import { expect, test } from "vitest";
import { clusterSpec, nodeSpec, runnerSpec } from "../scenarios/cluster-plans.ts";
import { baseJob, GIB, MIB, ordinary, resources, step } from "../scenarios/job-kinds.ts";
import { SPECIAL } from "../scenarios/special-jobs.ts";
import type { ClusterSpec, RegistrySpec } from "./cluster-spec.ts";
import { CollectingSink } from "./collecting-sink.ts";
import { Fleet } from "./fleet.ts";
import type { JobSpec } from "./job-spec.ts";
import type { KubeObject } from "./objects.ts";
import { Random } from "./random.ts";

const START = Date.parse("2026-11-24T09:00:00Z");

function fleetOf(change: Partial<ClusterSpec> = {}, registry: Partial<RegistrySpec> = {}, speed = 1) {
  const sink = new CollectingSink();
  const versions: { type: string; object: KubeObject }[] = [];
  sink.watch((type, resource, object) => resource === "pods" && versions.push({ type, object }));
  const fleet = new Fleet(
    {
      clusters: [clusterSpec(change)],
      registry: { sizes: {}, faults: {}, ...registry },
      eventTtlMs: 3_600_000,
      warmUpMs: 0,
      live: () => {},
    },
    { seed: 4, start: START, speed, sinkOf: () => sink, managerAddress: () => ({ ip: "127.0.0.1", port: 9252 }) },
  );
  const cluster = fleet.clusters[0]!;
  for (const node of cluster.nodes)
    for (const image of ["registry.example.com/ci/node:24-bookworm", "postgres:17", cluster.spec.runners[0]!.helperImage])
      node.images.add(image);
  return {
    fleet,
    cluster,
    sink,
    versions,
    run: (seconds: number) => fleet.advanceTo(fleet.timeline.now + seconds * 1000),
    events: (reason: string) => sink.objects("events").filter((event) => event.reason === reason),
  };
}

const random = new Random(1);
const job = (change: Partial<JobSpec> = {}) => baseJob(random, { name: "job", script: [step(20, 0.5, 0.5, 100 * MIB)], ...change });
const statuses = (object: KubeObject) =>
  (object.status as { containerStatuses?: { name: string; state: Record<string, { reason?: string }> }[] }).containerStatuses ?? [];
const reasonOf = (object: KubeObject, name: string) =>
  Object.values(statuses(object).find((entry) => entry.name === name)?.state ?? {})[0]?.reason;

test("a killed child leaves the container running on cgroup v1, and takes it down on v2", () => {
  const results = ([1, 2] as const).map((cgroup) => {
    const world = fleetOf({ nodes: [nodeSpec("n", { cgroup })] });
    world.fleet.pipeline([SPECIAL["oom-script"]!(random)]);
    world.run(60);
    const [made] = [...world.fleet.gitlab.jobs.values()];
    const before = world.versions.filter(
      ({ object }) => object.metadata.deletionTimestamp === undefined && object.metadata.annotations?.["job.runner.gitlab.com/id"],
    );
    world.run(60);
    const last = world.versions.findLast(({ type }) => type === "DELETED")!.object;
    return {
      killedWhileLive: before.some(({ object }) => reasonOf(object, "build") === "OOMKilled"),
      last: reasonOf(last, "build"),
      reason: made!.failureReason,
      exit: made!.exitCode,
    };
  });
  expect(results).toEqual([
    { killedWhileLive: false, last: "OOMKilled", reason: "script_failure", exit: 137 },
    { killedWhileLive: true, last: "OOMKilled", reason: "runner_system_failure", exit: null },
  ]);
});

test("a job that fills its node is evicted with the kubelet's text, and the node is under pressure", () => {
  const world = fleetOf({ nodes: [nodeSpec("n", { memoryBytes: 16 * GIB })] });
  world.fleet.pipeline([job({ build: resources([300, 2000], [256 * MIB, null]), script: [step(60, 1, 1, 30 * GIB)] })]);
  world.run(90);
  const [evicted] = world.events("Evicted");
  expect(evicted?.message).toMatch(
    /^The node was low on resource: memory\. Threshold quantity: 100Mi, available: \d+Ki\. Container build was using \d+Ki, request is 262144Ki, has larger consumption of memory\. $/,
  );
  const failed = world.versions.find(({ object }) => (object.status as { reason?: string }).reason === "Evicted")!.object;
  expect((failed.status as { conditions: { type: string; reason?: string }[] }).conditions).toContainEqual(
    expect.objectContaining({ type: "DisruptionTarget", reason: "TerminationByKubelet" }),
  );
  expect(JSON.stringify(world.sink.objects("nodes"))).toContain("KubeletHasInsufficientMemory");
  expect([...world.fleet.gitlab.jobs.values()][0]!.failureReason).toBe("runner_system_failure");
});

test("a killed manager orphans its pods; they end at their deadline", () => {
  const world = fleetOf();
  world.fleet.pipeline([job({ timeoutMs: 120_000, script: [step(1000, 0.1, 0.1, 80 * MIB)] })]);
  world.run(20);
  const manager = world.fleet.managers.find((entry) => entry.jobs.size > 0)!;
  manager.kill("OOMKilled", 10_000);
  world.run(30);
  const [made] = [...world.fleet.gitlab.jobs.values()];
  expect(made!.status).toBe("running");
  expect(manager.alive).toBe(true);
  expect(manager.jobs.size).toBe(0);
  expect(JSON.stringify(manager.pod.object.status)).toContain('"restartCount":1');
  world.run(120);
  expect(world.versions.at(-1)!.object.status).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded" });
});

test("a lost node: Ready turns Unknown after the grace time, its pods stay until it is back", () => {
  const world = fleetOf({ nodes: [nodeSpec("n")] });
  world.fleet.pipeline([job({ script: [step(2000, 0.1, 0.1, 80 * MIB)] })]);
  world.run(20);
  const node = world.cluster.nodes[0]!;
  world.cluster.nodeController.lose(node);
  world.run(30);
  expect(JSON.stringify(world.sink.objects("nodes"))).not.toContain("NodeStatusUnknown");
  world.run(80);
  expect(JSON.stringify(world.sink.objects("nodes"))).toContain("NodeStatusUnknown");
  const stuck = world.sink.objects("pods").find((object) => object.metadata.annotations?.["job.runner.gitlab.com/id"])!;
  expect(stuck.metadata.deletionTimestamp).toBeDefined();
  expect(reasonOf(stuck, "build")).toBeUndefined();
  world.cluster.nodeController.recover(node);
  world.run(20);
  expect(world.sink.objects("pods").some((object) => object.metadata.uid === stuck.metadata.uid)).toBe(false);
});

test("a used-up quota refuses the pod: none exists, and the job fails", () => {
  const world = fleetOf({
    quotas: [{ namespace: "gitlab-runner", name: "q", requestsCpuMillicores: 600, requestsMemoryBytes: 8 * GIB, pods: 10 }],
  });
  world.fleet.pipeline([job(), job()]);
  world.run(8);
  const jobs = [...world.fleet.gitlab.jobs.values()];
  expect(jobs.map((entry) => entry.pod !== null).toSorted((a, b) => Number(a) - Number(b))).toEqual([false, true]);
  expect(jobs.find((entry) => entry.pod === null)!.lines.at(-1)!.text).toContain(
    "exceeded quota: q, requested: requests.cpu=350m, used: requests.cpu=350m, limited: requests.cpu=600m",
  );
});

test("request_concurrency 1 with long polling keeps jobs waiting while slots are free", () => {
  const starved = fleetOf({
    gitlabTiming: { answerMs: 1000, longPollMs: 0 },
    runners: [runnerSpec({ replicas: 1, requestConcurrency: 1, concurrent: 30 })],
  });
  const quick = fleetOf({ runners: [runnerSpec({ replicas: 1, requestConcurrency: 5, concurrent: 30 })] });
  for (const { fleet, run } of [starved, quick]) {
    fleet.pipeline(Array.from({ length: 20 }, () => job()));
    run(6);
  }
  expect(starved.fleet.gitlab.pending.length).toBeGreaterThan(10);
  expect(quick.fleet.gitlab.pending.length).toBe(0);
});

test("while GitLab answers 429 nobody gets a job, and the manager counts it", () => {
  const world = fleetOf();
  world.fleet.gitlab.refuses = true;
  world.fleet.pipeline([job()]);
  world.run(10);
  expect(world.fleet.gitlab.pending.length).toBe(1);
  expect(world.fleet.managers[0]!.counters.throttled).toBeGreaterThan(1);
});

test("runner 17.5 labels its pods as it did then", () => {
  const old = runnerSpec({ version: "17.5.3", token: "ABCDEFGHIJK" });
  const world = fleetOf({ runners: [old] });
  world.fleet.pipeline([job({ services: [] })]);
  world.run(8);
  const pod = world.sink.objects("pods").find((object) => object.metadata.annotations?.["job.runner.gitlab.com/id"])!;
  expect(Object.keys(pod.metadata.labels ?? {})).toEqual(["pod"]);
  expect(pod.metadata.name).toMatch(/^runner-abcdefgh-project-\d+-concurrent-0-[a-z0-9]{8}$/);
  expect(pod.metadata.annotations).not.toHaveProperty("job.runner.gitlab.com/timeout");
  expect((pod.status as { qosClass: string }).qosClass).toBe("Burstable");
});

test("an image is pulled once per node", () => {
  const world = fleetOf({ nodes: [nodeSpec("n")] });
  world.cluster.nodes[0]!.images.delete("registry.example.com/ci/node:24-bookworm");
  world.fleet.pipeline([job(), job()]);
  world.run(60);
  world.fleet.pipeline([job()]);
  world.run(20);
  const pulls = world
    .events("Pulled")
    .filter((event) => String(event.message).includes("ci/node:24") && String(event.message).startsWith("Successfully pulled"));
  const times = pulls.map((event) => /in ([\d.]+m?s) /.exec(String(event.message))![1]);
  expect(times.filter((text) => text !== "60ms")).toHaveLength(1);
  expect(
    world
      .events("Pulled")
      .some((event) => String(event.message) === 'Container image "registry.example.com/ci/node:24-bookworm" already present on machine'),
  ).toBe(true);
});

test("at four times the speed life takes a quarter of the time, and CPU rates stay", () => {
  const usage = [1, 4].map((speed) => {
    const world = fleetOf({}, {}, speed);
    world.fleet.pipeline([job({ script: [step(60, 1, 1, 80 * MIB)] })]);
    const began = world.fleet.timeline.now;
    let ended = 0;
    world.fleet.gitlab.listeners.add((entry) => {
      if (entry.finishedAt !== null) ended = entry.finishedAt;
    });
    world.run(100);
    return (ended - began) / 1000;
  });
  expect(usage[0]! / usage[1]!).toBeGreaterThan(2.5);
});

test("ordinary jobs succeed", () => {
  const world = fleetOf();
  const source = new Random(9);
  world.fleet.pipeline(Array.from({ length: 12 }, () => ordinary(source)));
  world.run(300);
  expect([...world.fleet.gitlab.jobs.values()].map((entry) => entry.status)).toEqual(Array.from({ length: 12 }, () => "success"));
});
