import { describe, expect, it } from "vitest";
import type { EventRecord, PodRecord } from "../kubernetes/schema.ts";
import { at, buildContainer, buildEvent, buildPod, condition, running, terminated, waiting } from "../testing/build-pod-record.ts";
import { foldJob, type JobInput } from "./fold-job.ts";
import { SENTENCES } from "./sentence-keys.ts";
import type { Job, NodeView } from "./schema.ts";

interface Given {
  pod?: Partial<PodRecord>;
  events?: EventRecord[];
  /** Seconds after T0. */
  now?: number;
  ended?: number | "missed";
  node?: { status: NodeView["ready"] & ("False" | "Unknown"); since: string | null };
}

function judge({ pod: change = {}, events = [], now = 30, ended, node }: Given): Job {
  const pod = buildPod(change);
  const gone: JobInput["ended"] =
    ended === undefined
      ? null
      : { record: pod, deletedAt: at(ended === "missed" ? now : ended), ending: ended === "missed" ? "missed" : "watched" };
  const { job } = foldJob(null, { pod, events, ended: gone, node: node ?? null, atMs: Date.parse(at(now)) });
  for (const sentence of [
    job.verdict.sentence,
    job.verdict.remedy,
    ...job.findings.flatMap((finding) => [finding.sentence, finding.remedy]),
  ]) {
    if (sentence === null) continue;
    expect(Object.keys(SENTENCES)).toContain(sentence.key);
    expect(Object.keys(sentence.values).toSorted()).toEqual([...SENTENCES[sentence.key as keyof typeof SENTENCES]].toSorted());
  }
  return job;
}

const init = buildContainer("init-permissions", terminated("Completed", 0, 3, 2));
const killed137 = terminated("Error", 137, 70);
const oom = (seconds: number, exitCode = 137) => terminated("OOMKilled", exitCode, seconds);
const bothKilled = [init, buildContainer("build", killed137), buildContainer("helper", killed137)];
/** Deletion asked for at T+40, grace 30. */
const deleting = { deletionRequestedAt: at(40), deletionGraceSeconds: 30 };
const unscheduled = (message: string): Partial<PodRecord> => ({
  node: null,
  phase: "Pending",
  startedAt: null,
  containers: [buildContainer("build", null), buildContainer("helper", null)],
  conditions: [condition("PodScheduled", "False", 2, "Unschedulable", message)],
});
const starting = (build: ReturnType<typeof waiting>, seconds = 1): Partial<PodRecord> => ({
  phase: "Pending",
  conditions: [condition("PodScheduled", "True", seconds)],
  containers: [init, buildContainer("build", build), buildContainer("helper", running())],
});

type Row = [
  what: string,
  given: Given,
  expected: { kind: Job["verdict"]["kind"]; certainty?: string; container?: string | null; sentence?: string; findings?: string[] },
];

const rows: Row[] = [
  // Alive and well.
  ["runs", {}, { kind: "running", certainty: "confirmed", sentence: "running.executing", findings: [] }],
  [
    "was created a moment ago",
    { pod: { node: null, phase: "Pending", conditions: [], containers: [buildContainer("build", null)] }, now: 1 },
    { kind: "running", sentence: "running.created" },
  ],
  ["starts its containers", { pod: starting(waiting("PodInitializing")), now: 5 }, { kind: "running", sentence: "running.starting" }],
  // Waiting for the cluster.
  [
    "gets no word of the scheduler",
    { pod: { node: null, phase: "Pending", conditions: [], containers: [buildContainer("build", null)] }, now: 11 },
    { kind: "waiting-cluster", certainty: "possible", sentence: "waiting-cluster.unanswered" },
  ],
  [
    "finds no CPU",
    {
      pod: unscheduled(
        "0/3 nodes are available: 2 Insufficient cpu, 1 node(s) had untolerated taint {a: b}. preemption: 0/3 nodes are available: 3 No preemption victims found.",
      ),
    },
    { kind: "waiting-cluster", certainty: "confirmed", sentence: "waiting-cluster.cpu" },
  ],
  [
    "finds no memory",
    { pod: unscheduled("0/1 nodes are available: 1 Insufficient memory.") },
    { kind: "waiting-cluster", sentence: "waiting-cluster.memory" },
  ],
  [
    "finds nodes full of pods",
    { pod: unscheduled("0/2 nodes are available: 2 Too many pods.") },
    { kind: "waiting-cluster", sentence: "waiting-cluster.pods" },
  ],
  [
    "meets taints",
    { pod: unscheduled("0/2 nodes are available: 2 node(s) had untolerated taint {gpu: true}.") },
    { kind: "waiting-cluster", sentence: "waiting-cluster.taints" },
  ],
  [
    "matches no node",
    { pod: unscheduled("0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.") },
    { kind: "waiting-cluster", sentence: "waiting-cluster.selector" },
  ],
  [
    "meets cordoned nodes",
    { pod: unscheduled("0/2 nodes are available: 2 node(s) were unschedulable.") },
    { kind: "waiting-cluster", sentence: "waiting-cluster.cordoned" },
  ],
  [
    "is refused in other words",
    { pod: unscheduled("running Bind plugin failed") },
    { kind: "waiting-cluster", sentence: "waiting-cluster.other" },
  ],
  [
    "takes long to start",
    { pod: starting(waiting("ContainerCreating")), now: 90 },
    { kind: "waiting-cluster", certainty: "possible", sentence: "waiting-cluster.slow" },
  ],
  [
    "gets no sandbox",
    { pod: starting(waiting("ContainerCreating")), events: [buildEvent("FailedCreatePodSandBox", "Failed to create pod sandbox")] },
    { kind: "waiting-cluster", sentence: "waiting-cluster.sandbox" },
  ],
  [
    "gets no volume",
    { pod: starting(waiting("ContainerCreating")), events: [buildEvent("FailedMount", "MountVolume.SetUp failed")] },
    { kind: "waiting-cluster", sentence: "waiting-cluster.mount" },
  ],
  [
    "has a container that cannot be made",
    { pod: starting(waiting("CreateContainerConfigError", 'secret "x" not found')) },
    { kind: "waiting-cluster", container: "build", sentence: "waiting-cluster.container" },
  ],
  // Images.
  [
    "pulls an image",
    {
      pod: starting(waiting("ContainerCreating")),
      events: [buildEvent("Pulling", 'Pulling image "registry.example/build:1"', { container: "build" })],
    },
    { kind: "waiting-image", container: "build", sentence: "waiting-image.pulling" },
  ],
  [
    "has pulled it",
    {
      pod: starting(waiting("ContainerCreating")),
      now: 9,
      events: [
        buildEvent("Pulling", "Pulling", { container: "build" }),
        buildEvent("Pulled", "Successfully pulled", { container: "build", at: at(8) }),
      ],
    },
    { kind: "running", sentence: "running.starting" },
  ],
  [
    "cannot pull an image",
    { pod: starting(waiting("ErrImagePull", "not found")) },
    { kind: "waiting-image", container: "build", sentence: "waiting-image.failing", findings: ["image-pull-retry"] },
  ],
  ["backs off pulling", { pod: starting(waiting("ImagePullBackOff")) }, { kind: "waiting-image", container: "build" }],
  [
    "names an impossible image",
    { pod: starting(waiting("InvalidImageName")) },
    { kind: "image-pull-failed", certainty: "confirmed", container: "build", sentence: "image-pull-failed.permanent", findings: [] },
  ],
  [
    "ended on an image, told by events alone",
    {
      pod: { ...starting(waiting("PodInitializing")), ...deleting },
      events: [buildEvent("Failed", 'Failed to pull image "x": not found', { container: "build" })],
    },
    { kind: "image-pull-failed", certainty: "confirmed", container: "build", sentence: "image-pull-failed.ended", findings: [] },
  ],
  [
    "lost the status of a container that never started",
    {
      pod: {
        ...deleting,
        phase: "Failed",
        containers: [
          init,
          buildContainer("build", terminated("ContainerStatusUnknown", 137, null, null)),
          buildContainer("helper", killed137),
        ],
      },
      ended: 72,
      events: [
        buildEvent("BackOff", "Back-off pulling image", { container: "build" }),
        buildEvent("Failed", "Error: ImagePullBackOff", { container: "build" }),
      ],
    },
    { kind: "image-pull-failed", container: "build" },
  ],
  [
    "pulled at the second attempt and ran",
    { events: [buildEvent("Failed", 'Failed to pull image "x": i/o timeout', { container: "build" })] },
    { kind: "running", findings: ["image-pull-retry"] },
  ],
  [
    "a create error shares the reason Failed and is no pull",
    { pod: { ...deleting }, events: [buildEvent("Failed", "Error: failed to create containerd task", { container: "build" })] },
    { kind: "unknown", findings: [] },
  ],
  // Killed for memory.
  [
    "loses its build container to the OOM killer",
    { pod: { containers: [init, buildContainer("build", oom(20)), buildContainer("helper", running())] } },
    { kind: "oom-killed", certainty: "confirmed", container: "build", sentence: "oom-killed.died", findings: [] },
  ],
  [
    "loses its helper to the OOM killer",
    { pod: { containers: [init, buildContainer("build", running()), buildContainer("helper", oom(20))] } },
    { kind: "oom-killed", certainty: "confirmed", container: "helper" },
  ],
  [
    "loses an init container to the OOM killer",
    {
      pod: {
        phase: "Failed",
        containers: [buildContainer("init-permissions", oom(3)), buildContainer("build", waiting("PodInitializing"))],
      },
    },
    { kind: "oom-killed", certainty: "confirmed", container: "init-permissions", sentence: "oom-killed.init" },
  ],
  [
    "OOMKilled needs no 137",
    { pod: { containers: [init, buildContainer("build", oom(20, 0)), buildContainer("helper", running())] } },
    { kind: "oom-killed", certainty: "confirmed", container: "build" },
  ],
  [
    "a child was killed: seen only after deletion",
    { pod: { ...deleting, containers: [init, buildContainer("build", oom(70)), buildContainer("helper", killed137)] }, ended: 72 },
    { kind: "oom-killed", certainty: "possible", container: "build", sentence: "oom-killed.process", findings: ["oom-kill"] },
  ],
  [
    "a child of the helper was killed",
    { pod: { ...deleting, containers: [init, buildContainer("build", killed137), buildContainer("helper", oom(70))] }, ended: 72 },
    { kind: "oom-killed", certainty: "possible", container: "helper" },
  ],
  [
    "loses a service and goes on",
    { pod: { containers: [init, buildContainer("build", running()), buildContainer("db", oom(20)), buildContainer("helper", running())] } },
    { kind: "running", findings: ["oom-kill"] },
  ],
  [
    "lost a service, and ended",
    {
      pod: {
        ...deleting,
        containers: [init, buildContainer("build", killed137), buildContainer("db", oom(20)), buildContainer("helper", killed137)],
      },
      ended: 72,
    },
    { kind: "oom-killed", certainty: "possible", container: "db", sentence: "oom-killed.service", findings: ["oom-kill"] },
  ],
  [
    "a dead build weighs more than a dead service",
    { pod: { containers: [init, buildContainer("build", oom(25)), buildContainer("db", oom(20)), buildContainer("helper", running())] } },
    { kind: "oom-killed", certainty: "confirmed", container: "build", findings: ["oom-kill"] },
  ],
  [
    "137 after deletion is no kill for memory",
    { pod: { ...deleting, phase: "Failed", containers: bothKilled }, ended: 72 },
    { kind: "unknown", sentence: "unknown.ended", findings: [] },
  ],
  [
    "137 before deletion is no kill for memory either",
    { pod: { containers: [init, buildContainer("build", terminated("Error", 137, 20)), buildContainer("helper", running())] } },
    { kind: "runner-system-failure", certainty: "likely", container: "build", findings: [] },
  ],
  [
    "137 in the second of the deletion counts as after it",
    {
      pod: {
        deletionRequestedAt: at(40.4),
        deletionGraceSeconds: 30,
        containers: [init, buildContainer("build", terminated("Error", 137, 40)), buildContainer("helper", terminated("Error", 137, 40))],
      },
    },
    { kind: "unknown", findings: [] },
  ],
  [
    "a container that was killed and started again",
    {
      pod: {
        containers: [
          init,
          buildContainer("build", running()),
          buildContainer("db", running(), { lastState: oom(20), restartCount: 1 }),
          buildContainer("helper", running()),
        ],
      },
    },
    { kind: "running", findings: ["oom-kill"] },
  ],
  // Other ends.
  [
    "a service exits at once",
    {
      pod: {
        containers: [
          init,
          buildContainer("build", running()),
          buildContainer("db", terminated("Error", 2, 6)),
          buildContainer("helper", running()),
        ],
      },
    },
    { kind: "running", findings: ["container-exited"] },
  ],
  [
    "ran low on memory with its node",
    {
      pod: {
        phase: "Failed",
        reason: "Evicted",
        message: "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. ",
        conditions: [condition("PodScheduled", "True", 1), condition("DisruptionTarget", "True", 20, "TerminationByKubelet")],
      },
    },
    { kind: "evicted", certainty: "confirmed", sentence: "evicted.pressure" },
  ],
  [
    "used too much disk",
    {
      pod: { phase: "Failed", reason: "Evicted", message: "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. " },
    },
    { kind: "evicted", sentence: "evicted.storage" },
  ],
  [
    "was preempted",
    { pod: { ...deleting, conditions: [condition("DisruptionTarget", "True", 20, "PreemptionByScheduler")] } },
    { kind: "evicted", sentence: "evicted.preempted" },
  ],
  [
    "was drained",
    { pod: { conditions: [condition("DisruptionTarget", "True", 20, "EvictionByEvictionAPI")] } },
    { kind: "evicted", sentence: "evicted.api" },
  ],
  [
    "eviction comes before the exit codes it caused",
    {
      pod: {
        ...deleting,
        reason: "Evicted",
        message: "The node was low on resource: memory.",
        containers: [init, buildContainer("build", oom(20)), buildContainer("helper", killed137)],
      },
      ended: 72,
    },
    { kind: "evicted", findings: ["oom-kill"] },
  ],
  [
    "its node shut down",
    { pod: { phase: "Failed", reason: "Terminated", message: "Pod was terminated in response to imminent node shutdown." } },
    { kind: "evicted", sentence: "evicted.shutdown" },
  ],
  [
    "was refused by the kubelet",
    { pod: { phase: "Failed", reason: "OutOfcpu", containers: [buildContainer("build", null)] } },
    { kind: "evicted", sentence: "evicted.refused" },
  ],
  [
    "its node was taken for dead",
    { pod: { ...deleting, conditions: [condition("DisruptionTarget", "True", 20, "DeletionByTaintManager")] } },
    { kind: "node-lost", certainty: "confirmed" },
  ],
  [
    "its node is silent",
    { node: { status: "Unknown", since: at(20) } },
    { kind: "node-lost", certainty: "likely", sentence: "node-lost.silent" },
  ],
  ["its node says not ready, which does not end it", { node: { status: "False", since: at(20) } }, { kind: "running" }],
  [
    "ran into its deadline",
    {
      pod: {
        ...deleting,
        phase: "Failed",
        reason: "DeadlineExceeded",
        message: "Pod was active on the node longer than the specified deadline",
      },
    },
    { kind: "timed-out", certainty: "confirmed" },
  ],
  [
    "ran into its deadline and nobody came",
    {
      pod: {
        phase: "Failed",
        reason: "DeadlineExceeded",
        containers: [init, buildContainer("build", killed137), buildContainer("helper", killed137)],
      },
      now: 131,
    },
    { kind: "orphaned", certainty: "likely", sentence: "orphaned.deadline" },
  ],
  [
    "ran into its deadline a moment ago",
    {
      pod: {
        phase: "Failed",
        reason: "DeadlineExceeded",
        containers: [init, buildContainer("build", killed137), buildContainer("helper", killed137)],
      },
      now: 129,
    },
    { kind: "timed-out" },
  ],
  ["outlives its time limit", { now: 3_600 + 601 }, { kind: "orphaned", certainty: "likely", sentence: "orphaned.overdue" }],
  ["is within its time limit and a margin", { now: 3_600 + 599 }, { kind: "running" }],
  ["is being deleted", { pod: deleting, now: 45 }, { kind: "unknown", sentence: "unknown.ending" }],
  ["went while nobody watched", { ended: "missed" }, { kind: "unknown", sentence: "unknown.missed" }],
  [
    "sets no memory limit",
    {
      pod: {
        containers: [
          init,
          buildContainer("build", running(), { limits: { cpuMillicores: null, memoryBytes: null, ephemeralStorageBytes: null } }),
          buildContainer("helper", running()),
        ],
      },
    },
    { kind: "running", findings: ["no-limit"] },
  ],
  [
    "waited for room",
    { events: [buildEvent("FailedScheduling", "0/1 nodes are available: 1 Insufficient cpu.", { at: at(0) })] },
    { kind: "running", findings: ["unschedulable"] },
  ],
];

describe("a job that", () => {
  it.each(rows)("%s", (_what, given, expected) => {
    const job = judge(given);
    const { kind, certainty, container, sentence } = job.verdict;
    expect({ kind, certainty, container, sentence: sentence.key, findings: job.findings.map((finding) => finding.kind) }).toMatchObject(
      expected,
    );
  });

  it("never is said to have succeeded, failed in its script or been cancelled: Kubernetes does not know", () => {
    const kinds = new Set(rows.map(([, given]) => judge(given).verdict.kind));
    for (const kind of ["succeeded", "script-failed", "cancelled", "deleted-externally"] as const) expect(kinds).not.toContain(kind);
  });

  it("has evidence with source, field and value for everything but an ordinary run", () => {
    for (const [what, given] of rows) {
      const { verdict, findings } = judge(given);
      for (const statement of [...(verdict.kind === "running" ? [] : [verdict]), ...findings]) {
        expect(statement.evidence.length, what).toBeGreaterThan(0);
        for (const one of statement.evidence)
          expect(
            [one.source, one.field, one.value].every((text) => text !== ""),
            what,
          ).toBe(true);
      }
    }
  });
});
