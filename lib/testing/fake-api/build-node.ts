import { randomUUID } from "node:crypto";
import type { KubeObject } from "./kube-object.ts";
import { wholeSeconds } from "./pod-shape.ts";

export interface NodeOptions {
  name?: string;
  cpu?: string;
  memory?: string;
  pods?: string;
  labels?: Record<string, string>;
  taints?: { key: string; value?: string; effect: string }[];
  unschedulable?: boolean;
  /** Conditions that are True besides Ready, for example MemoryPressure. */
  pressure?: string[];
  ready?: boolean;
  address?: string;
  createdMs?: number;
}

export interface RawNode extends KubeObject {
  spec: { unschedulable?: boolean; taints?: NodeOptions["taints"]; [field: string]: unknown };
  status: {
    conditions: { type: string; status: string; reason: string; message: string; lastHeartbeatTime: string; lastTransitionTime: string }[];
    [field: string]: unknown;
  };
}

/** A node as a kubelet 1.34 registers it. */
export function buildNode(options: NodeOptions = {}): RawNode {
  const { name = "node-1", cpu = "8", memory = "32Gi", pods = "110", ready = true, pressure = [], createdMs = Date.now() } = options;
  const at = wholeSeconds(createdMs);
  const amounts = { cpu, "ephemeral-storage": "264212084Ki", "hugepages-2Mi": "0", memory, pods };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      uid: randomUUID(),
      creationTimestamp: at,
      annotations: { "node.alpha.kubernetes.io/ttl": "0", "volumes.kubernetes.io/controller-managed-attach-detach": "true" },
      labels: { "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", ...options.labels },
    },
    spec: { ...(options.taints ? { taints: options.taints } : {}), ...(options.unschedulable ? { unschedulable: true } : {}) },
    status: {
      addresses: [
        { address: options.address ?? "192.0.2.2", type: "InternalIP" },
        { address: name, type: "Hostname" },
      ],
      allocatable: amounts,
      capacity: amounts,
      conditions: [...conditionsOf(pressure, at), readyCondition(ready, at)],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      images: [{ names: ["registry.example.com/build/node:24"], sizeBytes: 236931341 }],
      nodeInfo: {
        architecture: "amd64",
        bootID: randomUUID(),
        containerRuntimeVersion: "containerd://2.1.5",
        kernelVersion: "6.12.57",
        kubeProxyVersion: "",
        kubeletVersion: "v1.34.4",
        machineID: "3d1219c7c4c5404aaa1f6d2a48adfda4",
        operatingSystem: "linux",
        osImage: "Debian GNU/Linux 13 (trixie)",
        systemUUID: "3d1219c7c4c5404aaa1f6d2a48adfda4",
      },
    },
  };
}

const CONDITIONS = [
  [
    "MemoryPressure",
    "KubeletHasInsufficientMemory",
    "kubelet has insufficient memory available",
    "KubeletHasSufficientMemory",
    "kubelet has sufficient memory available",
  ],
  ["DiskPressure", "KubeletHasDiskPressure", "kubelet has disk pressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
  [
    "PIDPressure",
    "KubeletHasInsufficientPID",
    "kubelet has insufficient PID available",
    "KubeletHasSufficientPID",
    "kubelet has sufficient PID available",
  ],
] as const;

function conditionsOf(pressure: string[], at: string): RawNode["status"]["conditions"] {
  return CONDITIONS.map(([type, badReason, badMessage, goodReason, goodMessage]) => {
    const bad = pressure.includes(type);
    return {
      lastHeartbeatTime: at,
      lastTransitionTime: at,
      message: bad ? badMessage : goodMessage,
      reason: bad ? badReason : goodReason,
      status: bad ? "True" : "False",
      type,
    };
  });
}

function readyCondition(ready: boolean, at: string) {
  const text = ready
    ? { message: "kubelet is posting ready status", reason: "KubeletReady" }
    : { message: "Kubelet stopped posting node status.", reason: "NodeStatusUnknown" };
  return { lastHeartbeatTime: at, lastTransitionTime: at, ...text, status: ready ? "True" : "Unknown", type: "Ready" };
}
