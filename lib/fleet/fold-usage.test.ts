import { describe, expect, it } from "vitest";
import { PersistentMap } from "../base/persistent-map.ts";
import type { SourceReport } from "../base/source-state.ts";
import type { MachineUse, PodUsage } from "../metrics/schema.ts";
import { at, buildCluster, buildEvent, buildNode, buildPod, buildReport, T0 } from "../testing/build-pod-record.ts";
import { buildUsage, killedAt } from "../testing/build-pod-usage.ts";
import { foldFleet, type ClusterInput, type Fleet } from "./fold-fleet.ts";

const KEEP = { maxJobs: 20_000, maxAgeMs: 3_600_000 };
const fold = (previous: Fleet | null, cluster: ClusterInput, seconds = 30) =>
  foldFleet(previous, { clusters: [cluster], gitlab: null, at: at(seconds), keep: KEEP });
const uidOf = (index: number) => `${String(index).padStart(8, "0")}-0000-4000-8000-000000000000`;
const kubelet = (state: SourceReport["state"] = { state: "live", since: T0 }, part: string | null = null) =>
  buildReport("kubelet-metrics", { key: `test/kubelet-metrics/${part}`, part, state });
const reports = (...kubelets: SourceReport[]) => [...buildCluster([]).sources, ...kubelets];
const error = { code: "unreachable" as const, detail: "no route to host" };
const failed: SourceReport["state"] = { state: "failed", since: T0, error, retryAt: T0 };
const machine: MachineUse = { atMs: Date.parse(at(25)), cpuUsageSeconds: 900, workingSetBytes: 2 ** 33, cpuMillicores: 3_200 };

describe("use in the fold", () => {
  const pods = [0, 1, 2].map((index) => buildPod({ uid: uidOf(index) }));
  const cluster = buildCluster(pods, { sources: reports(kubelet()), nodes: new Map([["n", buildNode()]]) });
  const usageOf = (fleet: Fleet, index: number) =>
    fleet.jobs.get(`test/${uidOf(index)}`)?.containers.find(({ name }) => name === "build")?.usage;

  it("changes the job whose use changed, and no other", () => {
    const first = fold(null, cluster);
    const usages = new Map([[uidOf(1), buildUsage({ build: {}, helper: {} })]]);
    const second = fold(first, { ...cluster, usages });
    expect(usageOf(second, 1)).toMatchObject({ state: "known", at: at(25), source: "kubelet, /metrics/cadvisor" });
    for (const index of [0, 2]) expect(second.jobs.get(`test/${uidOf(index)}`)).toBe(first.jobs.get(`test/${uidOf(index)}`));
    const third = fold(second, { ...cluster, usages: new Map(usages) });
    expect(third.jobs).toBe(second.jobs);
    const changed = new Map(usages).set(uidOf(1), buildUsage({ build: killedAt(26), helper: {} }));
    const fourth = fold(third, { ...cluster, usages: changed });
    expect(fourth.jobs.get(`test/${uidOf(1)}`)?.findings.map(({ kind }) => kind)).toEqual(["oom-kill"]);
    expect(fourth.rows.get(`test/${uidOf(1)}`)?.findings).toEqual(["oom-kill"]);
  });

  it("keeps what a pod used after it has gone, also when its scraper forgets it", () => {
    const usages = new Map([[uidOf(0), buildUsage({ build: killedAt(20), helper: {} })]]);
    const first = fold(null, { ...cluster, usages });
    const [pod] = pods;
    const ended = new Map([[uidOf(0), { record: pod!, deletedAt: at(60), ending: "watched" as const }]]);
    const gone = fold(first, { ...cluster, pods: new Map(), ended }, 60);
    expect(usageOf(gone, 0)).toMatchObject({ state: "known", at: at(25) });
    expect(gone.jobs.get(`test/${uidOf(0)}`)?.findings).toMatchObject([{ kind: "oom-kill", container: "build" }]);
  });

  it("says of each node why nothing is known; a kubelet that fails later changes no job that is gone", () => {
    const reasonOf = (fleet: Fleet) => usageOf(fleet, 0);
    const live = fold(null, cluster);
    expect(reasonOf(live)).toEqual({ state: "unknown", reason: "not-sampled" });
    const ill = fold(live, { ...cluster, sources: reports(kubelet(), kubelet(failed, "ci-1")) });
    expect(reasonOf(ill)).toEqual({ state: "unknown", reason: "stale" });
    expect(reasonOf(fold(ill, { ...cluster, sources: reports(kubelet(), kubelet(failed, "ci-2")) }))).toEqual({
      state: "unknown",
      reason: "not-sampled",
    });
    const off = reports(kubelet({ state: "off", reason: "not-configured" }));
    expect(reasonOf(fold(ill, { ...cluster, sources: off }))).toEqual({ state: "unknown", reason: "not-connected" });
    const ended = new Map([[uidOf(0), { record: pods[0]!, deletedAt: at(60), ending: "watched" as const }]]);
    const gone = fold(live, { ...cluster, pods: new Map(), ended }, 60);
    expect(reasonOf(gone)).toEqual({ state: "unknown", reason: "not-seen" });
    const later = fold(gone, { ...cluster, pods: new Map(), ended, sources: reports(kubelet(), kubelet(failed, "ci-1")) }, 61);
    expect(later.jobs).toBe(gone.jobs);
  });

  it("shows what a node uses once its CPU is known, and keeps the view while nothing changes", () => {
    const nodeOf = (fleet: Fleet) => [...fleet.nodes.values()][0]!;
    expect(nodeOf(fold(null, cluster)).used).toEqual({ state: "unknown", reason: "not-sampled" });
    expect(nodeOf(fold(null, { ...cluster, pods: new Map() })).used).toEqual({ state: "unknown", reason: "not-collected" });
    expect(nodeOf(fold(null, { ...cluster, sources: reports() })).used).toEqual({ state: "unknown", reason: "not-connected" });
    const machines = new Map([["ci-1", machine]]);
    const first = fold(null, { ...cluster, machines });
    expect(nodeOf(first).used).toMatchObject({ value: { cpuMillicores: 3_200, memoryBytes: 2 ** 33 }, at: "2026-03-01T12:00:25.000Z" });
    expect(fold(first, { ...cluster, machines: new Map(machines) }).nodes).toBe(first.nodes);
    expect(nodeOf(fold(first, { ...cluster, machines: new Map([["ci-1", { ...machine, cpuMillicores: null }]]) })).used.state).toBe(
      "unknown",
    );
  });

  it("takes a node's own kill into account, found under the node's name", () => {
    const event = buildEvent("SystemOOM", "System OOM encountered", {
      at: at(20),
      regarding: { kind: "Node", namespace: "default", name: "ci-1", uid: "ci-1", container: null },
    });
    const killed = {
      kind: "terminated" as const,
      reason: "Error",
      exitCode: 137,
      signal: null,
      message: null,
      startedAt: at(5),
      finishedAt: at(21),
    };
    const containers = pods[0]!.containers.map((one) => (one.name === "build" ? { ...one, state: killed } : one));
    const with137 = { ...cluster, pods: new Map([[uidOf(0), { ...pods[0]!, containers }]]) };
    const first = fold(null, with137);
    expect([...first.jobs.values()][0]?.verdict).toMatchObject({ kind: "runner-system-failure" });
    const second = fold(first, { ...with137, events: new Map([["ci-1", [event]]]) });
    expect([...second.jobs.values()][0]?.verdict).toMatchObject({
      kind: "oom-killed",
      certainty: "likely",
      sentence: { key: "oom-killed.node", values: { node: "ci-1" } },
    });
    const again = fold(second, { ...with137, events: new Map([["ci-1", [event]]]) });
    expect(again.jobs).toBe(second.jobs);
    // The event expires after an hour; what it proved stays.
    expect(fold(again, { ...with137, events: new Map() }).jobs.get(`test/${uidOf(0)}`)?.verdict.kind).toBe("oom-killed");
  });

  it("derives anew the pods of a node's page, and no other of 10,000", () => {
    const many = Array.from({ length: 10_000 }, (_, index) => buildPod({ uid: uidOf(index), node: `ci-${index % 200}` }));
    const usages = PersistentMap.from(many.map(({ uid }): [string, PodUsage] => [uid, buildUsage({ build: {}, helper: {} })]));
    const first = fold(null, buildCluster(many, { sources: reports(kubelet()), usages }));
    const page = Array.from({ length: 50 }, (_, index): [string, PodUsage] => [
      uidOf(index * 200),
      buildUsage({ build: { samples: 3 }, helper: {} }),
    ]);
    const second = fold(first, {
      ...buildCluster(many),
      pods: [...first.folds.values()][0]!.input.pods,
      sources: reports(kubelet()),
      usages: usages.patch(page),
    });
    const [fold1, fold2] = [first, second].map((fleet) => [...fleet.folds.values()][0]!);
    expect(fold2!.changed.map(({ row }) => row.uid).toSorted()).toEqual(page.map(([uid]) => uid));
    const kept = fold2!.entries.buckets.filter((bucket, index) => bucket === fold1!.entries.buckets[index]);
    expect(kept.length).toBeGreaterThanOrEqual(fold1!.entries.buckets.length - 50);
  });
});
