import type { NodeIdentity, SimulatedNode } from "./node.ts";
import { cpuQuantity, wholeSeconds, type KubeObject } from "./objects.ts";

export interface NodeVersions {
  kubelet: string;
  runtime: string;
  kernel: string;
  osImage: string;
}

/** The Node object, as a kubelet of 1.34 and the node controller write it. */
export function buildNode(node: SimulatedNode, versions: NodeVersions, sizes: (image: string) => number): KubeObject {
  const { spec, identity } = node;
  const amounts = (memory: number) => ({
    cpu: cpuQuantity(spec.cpuMillicores),
    "ephemeral-storage": "267847642337",
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
    memory: `${Math.floor(memory / 1024)}Ki`,
    pods: String(spec.pods),
  });
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      annotations: { "node.alpha.kubernetes.io/ttl": "0", "volumes.kubernetes.io/controller-managed-attach-detach": "true" },
      creationTimestamp: wholeSeconds(node.createdAt),
      labels: {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": spec.name,
        "kubernetes.io/os": "linux",
      },
      name: spec.name,
      uid: identity.uid,
    },
    spec: {
      ...(node.unschedulable ? { unschedulable: true } : {}),
      ...(node.taints.length > 0 ? { taints: node.taints.map((taint) => ({ ...taint })) } : {}),
    },
    status: {
      addresses: [
        { address: identity.address, type: "InternalIP" },
        { address: spec.name, type: "Hostname" },
      ],
      allocatable: amounts(node.allocatableBytes),
      capacity: { ...amounts(spec.memoryBytes), "ephemeral-storage": "264212084Ki" },
      conditions: node.conditions.map((entry) => ({
        lastHeartbeatTime: wholeSeconds(node.heartbeatAt),
        lastTransitionTime: wholeSeconds(entry.changedAt),
        message: entry.message,
        reason: entry.reason,
        status: entry.status,
        type: entry.type,
      })),
      daemonEndpoints: { kubeletEndpoint: { Port: spec.kubelet?.port ?? 10_250 } },
      images: [...node.images].slice(0, 50).map((image) => ({ names: [image], sizeBytes: sizes(image) })),
      nodeInfo: nodeInfo(identity, versions),
    },
  };
}

function nodeInfo(identity: NodeIdentity, versions: NodeVersions): Record<string, string> {
  return {
    architecture: "amd64",
    bootID: identity.bootId,
    containerRuntimeVersion: versions.runtime,
    kernelVersion: versions.kernel,
    kubeProxyVersion: "",
    kubeletVersion: versions.kubelet,
    machineID: identity.machineId,
    operatingSystem: "linux",
    osImage: versions.osImage,
    systemUUID: identity.machineId,
  };
}
