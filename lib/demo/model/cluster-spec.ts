/** One node. Amounts are capacity; allocatable is a little less memory, as the kubelet reserves 100 MiB. */
export interface NodeSpec {
  name: string;
  cpuMillicores: number;
  memoryBytes: number;
  pods: number;
  /** 1: the kernel kills one process; 2: the whole container goes (memory.oom.group). */
  cgroup: 1 | 2;
  /** Memory of everything that is not a pod. */
  systemBytes: number;
  /** Bytes per second from the registry. */
  pullBytesPerSecond: number;
  /** How long a pressure condition stays after it was last seen (`evictionPressureTransitionPeriod`, 5 min by default). */
  pressureTransitionMs: number;
  /** Where its kubelet listens; without one the node shows 127.0.0.1:10250. */
  kubelet?: { address: string; port: number };
}

/** A runner entry with its managers: one Deployment of the Helm chart. */
export interface RunnerSpec {
  /** Release and Deployment name. */
  release: string;
  namespace: string;
  jobNamespace: string;
  /** `[[runners]].name`. */
  name: string;
  /** The token without its prefix; its first 9 (before 18.2: 8) characters go into names and labels. */
  token: string;
  gitlabId: number;
  tags: string[];
  replicas: number;
  concurrent: number;
  /** 0 = unlimited. */
  limit: number;
  requestConcurrency: number;
  /** `pod_termination_grace_period_seconds`; Kubernetes' default is 30. */
  graceSeconds: number;
  version: string;
  revision: string;
  chart: string;
  helperImage: string;
}

/** How long GitLab takes to answer a job request, and for how long it holds an empty one (long polling), in ms. */
export interface GitlabTiming {
  answerMs: number;
  longPollMs: number;
}

export interface QuotaSpec {
  namespace: string;
  name: string;
  requestsCpuMillicores: number;
  requestsMemoryBytes: number;
  pods: number;
}

export interface ClusterSpec {
  name: string;
  /** Minor version of Kubernetes 1.x; event texts follow it. */
  minor: number;
  patch: number;
  containerRuntime: string;
  kernel: string;
  osImage: string;
  nodes: NodeSpec[];
  runners: RunnerSpec[];
  quotas: QuotaSpec[];
  gitlabUrl: string;
  gitlabTiming: GitlabTiming;
  gitlabVersion: string;
  /** Whether the kubelets complain about a missing ClusterDNS address, as on the test bed. */
  clusterDns: boolean;
  serviceLinks: boolean;
}

/** What a registry answers for an image. Everything not listed is pulled, with a size made from its name. */
export type PullFault = "connection-refused" | "not-found" | "unauthorized" | "timeout";

export interface RegistrySpec {
  sizes: Record<string, number>;
  faults: Record<string, PullFault>;
}
