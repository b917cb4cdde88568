import { describe, expect, it } from "vitest";
import { unknown } from "@/lib/base/known.ts";
import type { NodeView } from "@/lib/fleet/schema.ts";
import { orderNodes, packNode, pressuresOf } from "./prepare-node-blocks.ts";

type Block = NodeView["blocks"][number];
const block = (kind: Block["kind"], name: string, cpuMillicores: number | null): Block => ({
  kind,
  key: kind === "job" ? `c/${name}` : null,
  name,
  namespace: "ci",
  cpuMillicores,
  memoryBytes: null,
});
function node(change: Partial<NodeView> = {}): NodeView {
  return {
    key: "c/n",
    cluster: "c",
    uid: "n",
    name: "ci-1",
    createdAt: "2026-03-01T12:00:00Z",
    ready: "True",
    schedulable: true,
    conditions: [],
    taints: [],
    allocatable: { cpuMillicores: 4000, memoryBytes: 2 ** 33, ephemeralStorageBytes: null, pods: 110 },
    requested: unknown("not-collected"),
    used: unknown("not-collected"),
    jobs: 0,
    blocks: [],
    kubeletVersion: null,
    containerRuntimeVersion: null,
    kernelVersion: null,
    osImage: null,
    architecture: null,
    ...change,
  };
}

describe("packNode", () => {
  it("gives each job the width of its request, widest first, and leaves the rest free", () => {
    const packed = packNode(node({ blocks: [block("other", "dns", 100), block("job", "b", 500), block("job", "a", 1000)] }));
    expect(packed?.blocks.map(({ name, share }) => [name, share])).toEqual([
      ["a", 0.25],
      ["b", 0.125],
      ["dns", 0.025],
    ]);
    expect(packed?.free).toBeCloseTo(0.6);
    expect(packed?.overMillicores).toBe(0);
  });

  it("stands tiny pods together, but never a job", () => {
    const packed = packNode(node({ blocks: [block("other", "x", 10), block("other", "y", 20), block("job", "tiny", 10)] }));
    expect(packed?.blocks.map(({ kind, pods, cpuMillicores }) => [kind, pods, cpuMillicores])).toEqual([
      ["job", 1, 10],
      ["rest", 2, 30],
    ]);
  });

  it("lists pods without a request apart, because they have no width", () => {
    const packed = packNode(node({ blocks: [block("job", "free", null), block("other", "zero", 0)] }));
    expect(packed?.blocks).toEqual([]);
    expect(packed?.unset.map(({ name }) => name)).toEqual(["free", "zero"]);
    expect(packed?.free).toBe(1);
  });

  it("shows more than is there as over, and still fits the lane", () => {
    const packed = packNode(node({ blocks: [block("job", "a", 4000), block("job", "b", 1000)] }));
    expect(packed?.overMillicores).toBe(1000);
    expect(packed?.blocks.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });

  it("is null when the node does not say what it has", () => {
    expect(packNode(node({ allocatable: { cpuMillicores: null, memoryBytes: null, ephemeralStorageBytes: null, pods: null } }))).toBeNull();
  });
});

it("counts Unknown as pressure: nobody says it is fine", () => {
  const condition = (type: string, status: "True" | "False" | "Unknown") => ({
    type,
    status,
    reason: null,
    message: null,
    lastTransitionAt: null,
  });
  expect(
    pressuresOf({
      conditions: [condition("Ready", "True"), condition("MemoryPressure", "Unknown"), condition("DiskPressure", "False")],
    }).map(({ type }) => type),
  ).toEqual(["MemoryPressure"]);
});

it("puts nodes in trouble first and counts in names", () => {
  const names = orderNodes([
    node({ name: "ci-10" }),
    node({ name: "ci-2" }),
    node({ name: "ci-3", schedulable: false }),
    node({ name: "ci-4", ready: "Unknown" }),
  ]).map(({ name }) => name);
  expect(names).toEqual(["ci-4", "ci-3", "ci-2", "ci-10"]);
});
