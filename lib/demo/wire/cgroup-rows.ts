import type { ContainerRuntime, Sample } from "../model/container.ts";
import type { SimulatedNode } from "../model/node.ts";
import type { PodRuntime } from "../model/pod.ts";
import { escapeLabel } from "./exposition.ts";

export type CgroupKind = "container" | "sandbox" | "pod" | "slice";

/** One cgroup as cAdvisor lists it. */
export interface Cgroup {
  kind: CgroupKind;
  /** Labels in the order of the text format; extra labels go between them. */
  container: string;
  id: string;
  image: string;
  name: string;
  namespace: string;
  pod: string;
  createdAt: number;
  sample: Sample;
  quotaCores: number | null;
  shares: number;
  limitBytes: number | null;
}

const PAUSE_BYTES = 200_704;
const EMPTY: Omit<Sample, "at"> = {
  cpuSeconds: 0,
  periods: 0,
  throttledPeriods: 0,
  throttledSeconds: 0,
  memoryBytes: 0,
  cacheBytes: 0,
  maxBytes: 0,
  limitHits: 0,
  oomEvents: 0,
  running: true,
};

/** The cgroup path that the kubelet gives a pod (cgroupfs driver). */
export function podPath(pod: PodRuntime): string {
  const slice = pod.qosClass === "Guaranteed" ? "" : `/${pod.qosClass.toLowerCase()}`;
  return `/kubepods${slice}/pod${pod.uid}`;
}

/** All cgroups of a node that have a sample now. Ended containers are gone, as their cgroups are. */
export function cgroupsOf(node: SimulatedNode, now: number): Cgroup[] {
  const found: Cgroup[] = [];
  for (const pod of node.pods)
    if (pod.sandboxId !== null && pod.phase !== "Failed" && pod.phase !== "Succeeded") found.push(...cgroupsOfPod(pod, now));
  const slices = ["/", "/kubepods", "/kubepods/besteffort", "/kubepods/burstable"];
  return [...slices.map((id) => slice(id, node, found, now)), ...found];
}

function cgroupsOfPod(pod: PodRuntime, now: number): Cgroup[] {
  const path = podPath(pod);
  const base = { namespace: pod.namespace, pod: pod.name };
  const containers = pod.all.flatMap((container) => ofContainer(container, path, base, now));
  const at = containers.reduce((latest, entry) => Math.max(latest, entry.sample.at), pod.sandboxAt + 300);
  const limited = pod.qosClass !== "BestEffort" && pod.containers.every((entry) => entry.plan.resources.limits.cpuMillicores !== null);
  const quotaCores = limited ? pod.containers.reduce((sum, entry) => sum + (entry.limitCores ?? 0), 0) : null;
  const row: Cgroup = {
    ...base,
    kind: "pod",
    container: "",
    id: path,
    image: "",
    name: "",
    createdAt: pod.sandboxAt,
    quotaCores,
    shares: pod.qosClass === "BestEffort" ? 2 : shares(pod.requests.cpuMillicores),
    limitBytes: limited ? sumOf(pod.containers, (entry) => entry.limitBytes ?? 0) : null,
    sample: podSample(containers, at),
  };
  const sandbox: Cgroup = {
    ...base,
    kind: "sandbox",
    container: "",
    id: `${path}/${pod.sandboxId}`,
    image: "registry.k8s.io/pause:3.10",
    name: pod.sandboxId ?? "",
    createdAt: pod.sandboxAt,
    quotaCores: null,
    shares: 2,
    limitBytes: null,
    sample: { ...EMPTY, at: sandboxSampleAt(pod, now), cpuSeconds: 0.0155, memoryBytes: PAUSE_BYTES, maxBytes: 1_998_848 },
  };
  return [...containers, row, sandbox];
}

/** The pause container's stats hardly change: cAdvisor looks every 15 to 30 s. */
function sandboxSampleAt(pod: PodRuntime, now: number): number {
  return Math.max(pod.sandboxAt + 300, now - ((now - pod.sandboxAt) % 21_700));
}

function ofContainer(container: ContainerRuntime, path: string, base: { namespace: string; pod: string }, now: number): Cgroup[] {
  container.settle(now);
  const { sample, plan } = container;
  if (!container.isRunning || !sample || container.id === null) return [];
  return [
    {
      ...base,
      kind: "container",
      container: plan.name,
      id: `${path}/${container.id}`,
      image: plan.image,
      name: container.id,
      createdAt: container.createdAt,
      quotaCores: container.limitCores,
      shares: shares(plan.resources.requests.cpuMillicores ?? 0),
      limitBytes: container.limitBytes,
      sample,
    },
  ];
}

/** The pod's own cgroup: memory and CPU of all its containers; throttling happens in the containers, so its count stays 0 (as was seen). */
function podSample(containers: Cgroup[], at: number): Sample {
  const sum = (pick: (sample: Sample) => number) => sumOf(containers, (entry) => pick(entry.sample));
  return {
    ...EMPTY,
    at,
    cpuSeconds: sum((sample) => sample.cpuSeconds) + 0.0155,
    periods: Math.max(0, ...containers.map((entry) => entry.sample.periods)),
    memoryBytes: sum((sample) => sample.memoryBytes) + PAUSE_BYTES,
    cacheBytes: sum((sample) => sample.cacheBytes),
    maxBytes: sum((sample) => sample.maxBytes),
  };
}

function slice(id: string, node: SimulatedNode, cgroups: Cgroup[], now: number): Cgroup {
  const inside = cgroups.filter((entry) => entry.kind === "pod" && (id === "/" || entry.id.startsWith(`${id}/`)));
  const sum = (pick: (sample: Sample) => number) => sumOf(inside, (entry) => pick(entry.sample));
  const system = id === "/" ? node.spec.systemBytes : 0;
  const uptime = (now - node.createdAt) / 1000;
  return {
    kind: "slice",
    container: "",
    id,
    image: "",
    name: "",
    namespace: "",
    pod: "",
    createdAt: node.createdAt,
    quotaCores: null,
    shares: 1024,
    limitBytes: id === "/" ? node.spec.memoryBytes : null,
    sample: {
      ...EMPTY,
      at: now - (now % 9000),
      cpuSeconds: sum((sample) => sample.cpuSeconds) + (id === "/" ? uptime * 0.05 : 0),
      memoryBytes: sum((sample) => sample.memoryBytes) + system,
      cacheBytes: sum((sample) => sample.cacheBytes),
      maxBytes: 0,
    },
  };
}

function sumOf<T>(list: readonly T[], pick: (entry: T) => number): number {
  return list.reduce((sum, entry) => sum + pick(entry), 0);
}

/** `cpu.shares` from a request (kubelet cm.MilliCPUToShares). */
function shares(millicores: number): number {
  return Math.max(2, Math.floor((millicores * 1024) / 1000));
}

/** The text before and after a place where an extra label may stand: labels are sorted by name. */
export function labelsOf(row: Cgroup): (extra: readonly (readonly [name: string, value: string])[]) => string {
  const own = [
    ["container", row.container],
    ["id", row.id],
    ["image", row.image],
    ["name", row.name],
    ["namespace", row.namespace],
    ["pod", row.pod],
  ] as const;
  const plain = own.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(",");
  return (extra) => {
    if (extra.length === 0) return plain;
    const all = [...own.map(([name, value]) => [name, value] as const), ...extra].toSorted((a, b) => (a[0] < b[0] ? -1 : 1));
    return all.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(",");
  };
}
