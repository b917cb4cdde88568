import type { KubeObject } from "./kube-object.ts";

/** Raw Pod JSON, as far as builders and kubelet moves touch it. */
export interface RawContainer {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value: string }[];
  resources: { limits?: Record<string, string>; requests?: Record<string, string> };
  [field: string]: unknown;
}

export interface RawState {
  waiting?: { reason: string; message?: string };
  running?: { startedAt: string };
  terminated?: {
    containerID?: string;
    exitCode: number;
    reason: string;
    startedAt: string | null;
    finishedAt: string | null;
    message?: string;
    signal?: number;
  };
}

export interface RawStatus {
  name: string;
  state: RawState;
  lastState: RawState;
  ready: boolean;
  started: boolean;
  restartCount: number;
  image: string;
  imageID: string;
  containerID?: string;
  [field: string]: unknown;
}

export interface RawCondition {
  type: string;
  status: "True" | "False" | "Unknown";
  lastProbeTime: null;
  lastTransitionTime: string;
  observedGeneration?: number;
  reason?: string;
  message?: string;
}

export interface RawPod extends KubeObject {
  spec: {
    containers: RawContainer[];
    initContainers?: RawContainer[];
    nodeName?: string;
    hostAliases?: { ip: string; hostnames: string[] }[];
    volumes: { name: string; [kind: string]: unknown }[];
    [field: string]: unknown;
  };
  status: {
    phase: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
    reason?: string;
    message?: string;
    conditions?: RawCondition[];
    containerStatuses?: RawStatus[];
    initContainerStatuses?: RawStatus[];
    startTime?: string;
    podIP?: string;
    podIPs?: { ip: string }[];
    hostIP?: string;
    qosClass: string;
    [field: string]: unknown;
  };
}

/** metav1.Time: whole seconds. */
export function wholeSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
