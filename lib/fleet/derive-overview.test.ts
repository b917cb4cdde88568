import { describe, expect, it } from "vitest";
import type { SourceState } from "../base/source-state.ts";
import type { PodRecord } from "../kubernetes/schema.ts";
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
} from "../testing/build-pod-record.ts";
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
const withPods = (state: SourceState, objects: number | null, pods: PodRecord[] = []) =>
  buildCluster(pods, { sources: [buildReport("kubernetes-pods", { state, objects })] });
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

describe("the headline", () => {
  it.each<[string, ClusterInput[], string]>([
    ["no cluster", [], "headline.no-cluster"],
    ["no list yet", [withPods(states["connecting"]!, null)], "headline.connecting"],
    ["pods may not be read", [withPods(states["forbidden"]!, null)], "headline.blind"],
    ["pods cannot be read", [withPods(states["failed"]!, null)], "headline.blind"],
    ["the watch fell silent", [withPods(states["stale"]!, 1, [buildPod()])], "headline.stale"],
    ["nothing yet", [buildCluster([])], "headline.empty"],
    ["all is well", [buildCluster([buildPod(), ...managers])], "headline.quiet"],
    [
      "events still connect",
      [
        buildCluster([buildPod(), ...managers], {
          sources: [buildReport("kubernetes-pods"), buildReport("kubernetes-events", { state: states["connecting"]!, objects: null })],
        }),
      ],
      "headline.partly",
    ],
    [
      "events may not be read",
      [
        buildCluster([buildPod(), ...managers], {
          sources: [buildReport("kubernetes-pods"), buildReport("kubernetes-events", { state: states["forbidden"]!, objects: null })],
        }),
      ],
      "headline.to-watch",
    ],
    [
      "a job was killed",
      [
        buildCluster([
          buildPod({ containers: [buildContainer("build", terminated("OOMKilled", 137, 20)), buildContainer("helper", running())] }),
          ...managers,
        ]),
      ],
      "headline.needs-you",
    ],
  ])("%s", (_what, clusters, key) => {
    expect(overviewOf(clusters).headline.key).toBe(key);
  });

  it("is never quiet while a source that is on is not live", () => {
    for (const source of ["kubernetes-pods", "kubernetes-events", "kubernetes-nodes"] as const) {
      for (const state of Object.values(states)) {
        const sources = (["kubernetes-pods", "kubernetes-events", "kubernetes-nodes"] as const).map((name) =>
          buildReport(name, name === source ? { state } : {}),
        );
        expect(["headline.quiet", "headline.empty"]).not.toContain(
          overviewOf([buildCluster([buildPod(), ...managers], { sources })]).headline.key,
        );
      }
    }
  });
});

describe("counts", () => {
  it("are unknown, not zero, before the first list, and say why", () => {
    expect(overviewOf([withPods(states["connecting"]!, null)])).toMatchObject({
      live: { state: "unknown", reason: "not-reached" },
      managers: { found: { state: "unknown" } },
    });
    expect(overviewOf([withPods(states["forbidden"]!, null)]).live).toEqual({ state: "unknown", reason: "forbidden" });
    expect(overviewOf([]).live).toEqual({ state: "unknown", reason: "not-connected" });
    expect(overviewOf([buildCluster([])])).toMatchObject({
      live: { state: "known", value: 0 },
      slots: { state: "unknown" },
      waiting: { state: "unknown" },
    });
  });

  it("count live jobs by phase, and managers and nodes by readiness", () => {
    const pods = [
      buildPod(),
      buildPod({ uid: uid(1), deletionRequestedAt: at(100) }),
      buildPod({ uid: uid(2), phase: "Pending", node: null, containers: [], conditions: [] }),
      manager(),
      manager({ uid: "m2" }, false),
    ];
    const nodes = new Map(
      [1, 2].map((index) => [
        `n${index}`,
        buildNode({ name: `ci-${index}`, conditions: [condition("Ready", index === 1 ? "True" : "False", 10)] }),
      ]),
    );
    expect(overviewOf([buildCluster(pods, { nodes })])).toMatchObject({
      live: { value: 3 },
      byPhase: { executing: 1, cleanup: 1, scheduling: 1 },
      managers: { found: { value: 2 }, ready: 1 },
      nodes: { found: { value: 2 }, ready: 1 },
    });
  });
});
