import { describe, expect, it } from "vitest";
import deployment from "../testing/recorded/deployment-manager.json" with { type: "json" };
import events from "../testing/recorded/events.json" with { type: "json" };
import node from "../testing/recorded/node.json" with { type: "json" };
import replicaSet from "../testing/recorded/replicaset-manager.json" with { type: "json" };
import { readEvent } from "./read-event.ts";
import { readNode } from "./read-node.ts";
import { eventRecordSchema, nodeRecordSchema, workloadRecordSchema } from "./schema.ts";
import { readDeployment, readReplicaSet } from "./read-workload.ts";

const context = { cluster: "test", seenAt: "2026-11-24T04:25:00.123Z" };

describe("readEvent", () => {
  const read = (raw: unknown) => {
    const event = readEvent(raw, context);
    expect(eventRecordSchema.strict().parse(event)).toEqual(event);
    return event;
  };
  const recorded = (reason: string) => read(events.find((event) => event.reason === reason));

  it("reads the scheduler's style: eventTime, no timestamps, no count", () => {
    expect(recorded("FailedScheduling")).toMatchObject({
      type: "Warning",
      at: "2026-11-24T04:22:43.240Z",
      firstAt: "2026-11-24T04:22:43.240Z",
      count: 1,
      component: "default-scheduler",
      regarding: { kind: "Pod", uid: "c0bb84df-7b41-463f-80c5-34c7d8a13576", container: null },
    });
  });

  it("reads the kubelet's style: count, first and last time, container of the field path", () => {
    expect(recorded("FailedCreatePodSandBox")).toMatchObject({ count: 12, firstAt: "2026-11-24T04:07:20Z", at: "2026-11-24T04:09:58Z" });
    expect(recorded("Created")).toMatchObject({ component: "kubelet", regarding: { container: "build" } });
    expect(recorded("NodeReady").regarding).toMatchObject({ kind: "Node", name: "node1" });
  });

  it("reads every recorded event", () => {
    expect(events.map((event) => read(event).message.length > 0)).toEqual(events.map(() => true));
  });

  it("reads events.k8s.io/v1 with a series, and scrubs the note", () => {
    const raw = {
      metadata: { uid: "u", name: "n", namespace: "ns", creationTimestamp: "2026-03-01T12:00:00Z" },
      regarding: { kind: "Pod", namespace: "ns", name: "p", uid: "pu", fieldPath: "spec.initContainers{init-permissions}" },
      note: 'Failed to pull image "https://u:geheim@reg/x"',
      reason: "Failed",
      type: "Warning",
      reportingController: "kubelet",
      eventTime: "2026-03-01T12:00:01.000001Z",
      deprecatedFirstTimestamp: null,
      series: { count: 7, lastObservedTime: "2026-03-01T12:05:00.500000Z" },
    };
    expect(read(raw)).toMatchObject({
      message: 'Failed to pull image "https://[removed]@reg/x"',
      count: 7,
      at: "2026-03-01T12:05:00.500Z",
      firstAt: "2026-03-01T12:00:01.000Z",
      component: "kubelet",
      regarding: { container: "init-permissions" },
    });
  });

  it("falls back to the creation time, and then to when it was seen", () => {
    const metadata = { uid: "u", name: "n", namespace: "ns" };
    expect(read({ metadata: { ...metadata, creationTimestamp: "2026-03-01T12:00:00Z" } }).at).toBe("2026-03-01T12:00:00Z");
    expect(read({ metadata, involvedObject: { fieldPath: "spec.containers{}" } })).toMatchObject({
      at: context.seenAt,
      count: 1,
      regarding: { container: null, uid: "" },
    });
  });
});

describe("readNode", () => {
  it("reads the recorded node", () => {
    const record = readNode(node, context);
    expect(nodeRecordSchema.strict().parse(record)).toEqual(record);
    expect(record).toMatchObject({
      name: "node1",
      labels: { "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": "node1", "kubernetes.io/os": "linux" },
      unschedulable: false,
      taints: [],
      internalIp: "10.77.0.2",
      kubeletPort: 10250,
      allocatable: { cpuMillicores: 2000, memoryBytes: 24_581_692 * 1024, ephemeralStorageBytes: 267_847_642_337, pods: 110 },
      kubeletVersion: "v1.34.4",
      containerRuntimeVersion: "containerd://1.6.20",
    });
    expect(record.conditions.find(({ type }) => type === "Ready")?.status).toBe("True");
  });

  it("reads a cordoned and tainted node, and keeps unknown amounts unknown", () => {
    const taint = { key: "ci", value: "only", effect: "NoSchedule" };
    const record = readNode(
      { metadata: { uid: "u", name: "n" }, spec: { unschedulable: true, taints: [taint, { key: "x", effect: "NoExecute" }] } },
      context,
    );
    expect(record).toMatchObject({
      unschedulable: true,
      taints: [taint, { key: "x", value: null, effect: "NoExecute" }],
      internalIp: null,
    });
    expect(record.capacity).toEqual({ cpuMillicores: null, memoryBytes: null, ephemeralStorageBytes: null, pods: null });
  });
});

describe("readDeployment and readReplicaSet", () => {
  it("reads the recorded manager, without its last-applied configuration", () => {
    const record = readDeployment(deployment, context);
    expect(workloadRecordSchema.strict().parse(record)).toEqual(record);
    expect(record).toMatchObject({
      kind: "Deployment",
      labels: { chart: "gitlab-runner-0.88.1" },
      images: ["localhost/gitlab-runner:v19.4.0"],
      replicas: { desired: 3, current: 3, ready: 3, updated: 3 },
    });
    expect(JSON.stringify(record)).not.toContain("KUBERNETES_SERVICE_HOST");
  });

  it("reads the replica set and its owner", () => {
    const record = readReplicaSet(replicaSet, context);
    expect(record).toMatchObject({
      kind: "ReplicaSet",
      owners: [{ kind: "Deployment", name: "gitlab-runner", controller: true }],
      replicas: { desired: 3, updated: 3 },
    });
  });

  it("counts what is left out as 0, and takes labels of the template", () => {
    const template = { metadata: { labels: { "app.kubernetes.io/component": "runner", other: "x" } } };
    expect(readDeployment({ metadata: { uid: "u", name: "n", namespace: "ns" }, spec: { template } }, context)).toMatchObject({
      labels: { "app.kubernetes.io/component": "runner" },
      replicas: { desired: 1, current: 0, ready: 0, updated: 0 },
    });
  });
});
