import { describe, expect, it } from "vitest";
import node from "../testing/recorded/node.json" with { type: "json" };
import { readNode } from "./read-node.ts";
import { nodeRecordSchema } from "./schema.ts";

const context = { cluster: "test", seenAt: "2026-11-24T04:25:00.123Z" };

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
