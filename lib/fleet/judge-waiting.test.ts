import { describe, expect, it } from "vitest";
import type { ContainerState, PodRecord } from "../kubernetes/schema.ts";
import { buildContainer, buildEvent, condition, at, running, terminated, waiting } from "../testing/build-pod-record.ts";
import { deleting, init, judgePod, killed137, summaryOf, type TruthRow } from "../testing/judge-pod.ts";

const unscheduled = (message: string): Partial<PodRecord> => ({
  node: null,
  phase: "Pending",
  startedAt: null,
  containers: [buildContainer("build", null), buildContainer("helper", null)],
  conditions: [condition("PodScheduled", "False", 2, "Unschedulable", message)],
});
const starting = (build: ContainerState, seconds = 1): Partial<PodRecord> => ({
  phase: "Pending",
  conditions: [condition("PodScheduled", "True", seconds)],
  containers: [init, buildContainer("build", build), buildContainer("helper", running())],
});

// prettier-ignore
const rows: TruthRow[] = [
  // Alive and well.
  ["runs", {}, { kind: "running", certainty: "confirmed", sentence: "running.executing", findings: [] }],
  ["was created a moment ago", { pod: { node: null, phase: "Pending", conditions: [], containers: [buildContainer("build", null)] }, now: 1 }, { kind: "running", sentence: "running.created" }],
  ["starts its containers", { pod: starting(waiting("PodInitializing")), now: 5 }, { kind: "running", sentence: "running.starting" }],
  // Waiting for the cluster.
  ["gets no word of the scheduler", { pod: { node: null, phase: "Pending", conditions: [], containers: [buildContainer("build", null)] }, now: 11 }, { kind: "waiting-cluster", certainty: "possible", sentence: "waiting-cluster.unanswered" }],
  ["finds no CPU", { pod: unscheduled("0/3 nodes are available: 2 Insufficient cpu, 1 node(s) had untolerated taint {a: b}. preemption: 0/3 nodes are available: 3 No preemption victims found.") }, { kind: "waiting-cluster", certainty: "confirmed", sentence: "waiting-cluster.cpu" }],
  ["finds no memory", { pod: unscheduled("0/1 nodes are available: 1 Insufficient memory.") }, { kind: "waiting-cluster", sentence: "waiting-cluster.memory" }],
  ["finds nodes full of pods", { pod: unscheduled("0/2 nodes are available: 2 Too many pods.") }, { kind: "waiting-cluster", sentence: "waiting-cluster.pods" }],
  ["meets taints", { pod: unscheduled("0/2 nodes are available: 2 node(s) had untolerated taint {gpu: true}.") }, { kind: "waiting-cluster", sentence: "waiting-cluster.taints" }],
  ["matches no node", { pod: unscheduled("0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.") }, { kind: "waiting-cluster", sentence: "waiting-cluster.selector" }],
  ["meets cordoned nodes", { pod: unscheduled("0/2 nodes are available: 2 node(s) were unschedulable.") }, { kind: "waiting-cluster", sentence: "waiting-cluster.cordoned" }],
  ["is refused in other words", { pod: unscheduled("running Bind plugin failed") }, { kind: "waiting-cluster", sentence: "waiting-cluster.other" }],
  ["takes long to start", { pod: starting(waiting("ContainerCreating")), now: 90 }, { kind: "waiting-cluster", certainty: "possible", sentence: "waiting-cluster.slow" }],
  ["gets no sandbox", { pod: starting(waiting("ContainerCreating")), events: [buildEvent("FailedCreatePodSandBox", "Failed to create pod sandbox")] }, { kind: "waiting-cluster", sentence: "waiting-cluster.sandbox" }],
  ["gets no volume", { pod: starting(waiting("ContainerCreating")), events: [buildEvent("FailedMount", "MountVolume.SetUp failed")] }, { kind: "waiting-cluster", sentence: "waiting-cluster.mount" }],
  ["has a container that cannot be made", { pod: starting(waiting("CreateContainerConfigError", 'secret "x" not found')) }, { kind: "waiting-cluster", container: "build", sentence: "waiting-cluster.container" }],
  // Images.
  ["pulls an image", { pod: starting(waiting("ContainerCreating")), events: [buildEvent("Pulling", 'Pulling image "registry.example/build:1"', { container: "build" })] }, { kind: "waiting-image", container: "build", sentence: "waiting-image.pulling" }],
  ["has pulled it", { pod: starting(waiting("ContainerCreating")), now: 9, events: [buildEvent("Pulling", "Pulling", { container: "build" }), buildEvent("Pulled", "Successfully pulled", { container: "build", at: at(8) })] }, { kind: "running", sentence: "running.starting" }],
  ["cannot pull an image", { pod: starting(waiting("ErrImagePull", "not found")) }, { kind: "waiting-image", container: "build", sentence: "waiting-image.failing", findings: ["image-pull-retry"] }],
  ["backs off pulling", { pod: starting(waiting("ImagePullBackOff")) }, { kind: "waiting-image", container: "build" }],
  ["names an impossible image", { pod: starting(waiting("InvalidImageName")) }, { kind: "image-pull-failed", certainty: "confirmed", container: "build", sentence: "image-pull-failed.permanent", findings: [] }],
  ["ended on an image, told by events alone", { pod: { ...starting(waiting("PodInitializing")), ...deleting }, events: [buildEvent("Failed", 'Failed to pull image "x": not found', { container: "build" })] }, { kind: "image-pull-failed", certainty: "confirmed", container: "build", sentence: "image-pull-failed.ended", findings: [] }],
  ["lost the status of a container that never started", { pod: { ...deleting, phase: "Failed", containers: [init, buildContainer("build", terminated("ContainerStatusUnknown", 137, null, null)), buildContainer("helper", killed137)] }, ended: 72, events: [buildEvent("BackOff", "Back-off pulling image", { container: "build" }), buildEvent("Failed", "Error: ImagePullBackOff", { container: "build" })] }, { kind: "image-pull-failed", container: "build" }],
  ["pulled at the second attempt and ran", { events: [buildEvent("Failed", 'Failed to pull image "x": i/o timeout', { container: "build" })] }, { kind: "running", findings: ["image-pull-retry"] }],
  ["pulled at the second attempt, ran and ended", { pod: { ...deleting }, ended: 72, events: [buildEvent("Failed", 'Failed to pull image "x": i/o timeout', { container: "build" })] }, { kind: "unknown", findings: ["image-pull-retry"] }],
  ["a create error shares the reason Failed and is no pull", { pod: { ...deleting }, events: [buildEvent("Failed", "Error: failed to create containerd task", { container: "build" })] }, { kind: "unknown", findings: [] }],
];

describe("a job that waits, or never started", () => {
  it.each(rows)("%s", (_what, given, expected) => {
    expect(summaryOf(judgePod(given))).toMatchObject(expected);
  });
});
