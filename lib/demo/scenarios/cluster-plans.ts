import type { ClusterSpec, NodeSpec, RegistrySpec, RunnerSpec } from "../model/cluster-spec.ts";
import { GIB, MIB } from "./job-kinds.ts";

/** A node of the seed system: 8 CPU, 32 GiB. */
export function nodeSpec(name: string, change: Partial<NodeSpec> = {}): NodeSpec {
  return {
    name,
    cpuMillicores: 8000,
    memoryBytes: 32 * GIB,
    pods: 110,
    cgroup: 1,
    systemBytes: 1.2 * GIB,
    pullBytesPerSecond: 60_000_000,
    pressureTransitionMs: 300_000,
    ...change,
  };
}

export function runnerSpec(change: Partial<RunnerSpec> = {}): RunnerSpec {
  const version = change.version ?? "19.4.0";
  return {
    release: "gitlab-runner",
    namespace: "gitlab-runner",
    jobNamespace: "gitlab-runner",
    name: "k8s-runner",
    token: "kX3bQz7Lw9pA",
    gitlabId: 8,
    tags: [],
    replicas: 3,
    concurrent: 10,
    limit: 0,
    requestConcurrency: 2,
    graceSeconds: 30,
    version,
    revision: "fc1f1862",
    chart: "gitlab-runner-0.90.0",
    helperImage: `registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:x86_64-v${version}`,
    ...change,
  };
}

export function clusterSpec(change: Partial<ClusterSpec> = {}): ClusterSpec {
  return {
    name: "ci",
    minor: 34,
    patch: 4,
    containerRuntime: "containerd://1.6.20",
    kernel: "6.1.0-40-amd64",
    osImage: "Debian GNU/Linux 12 (bookworm)",
    nodes: [nodeSpec("ci-node-1"), nodeSpec("ci-node-2"), nodeSpec("ci-node-3")],
    runners: [runnerSpec()],
    quotas: [],
    gitlabUrl: "https://gitlab.example.com",
    gitlabTiming: { answerMs: 60, longPollMs: 0 },
    gitlabVersion: "19.4.0",
    clusterDns: true,
    serviceLinks: true,
    ...change,
  };
}

export function registrySpec(change: Partial<RegistrySpec> = {}): RegistrySpec {
  return {
    sizes: {
      "registry.example.com/ci/node:24-bookworm": 390 * MIB,
      "registry.example.com/ci/golang:1.26": 320 * MIB,
      "registry.example.com/ci/kubectl:1.34": 60 * MIB,
      "docker:27-dind": 150 * MIB,
      "docker:27-cli": 70 * MIB,
      "postgres:17": 160 * MIB,
      "redis:7.4": 45 * MIB,
      ...change.sizes,
    },
    faults: { "registry.example.com/ci/scanner:latset": "not-found", "mirror.example.net/": "connection-refused", ...change.faults },
  };
}

/** A second cluster: Kubernetes 1.36, cgroup v2. */
export const v2 = (): ClusterSpec =>
  clusterSpec({
    name: "ci-v2",
    minor: 36,
    patch: 3,
    containerRuntime: "containerd://2.3.1",
    kernel: "6.12.48+deb13-amd64",
    osImage: "Debian GNU/Linux 13 (trixie)",
    nodes: [1, 2].map((index) => nodeSpec(`edge-node-${index}`, { cgroup: 2 })),
    runners: [
      runnerSpec({
        release: "gitlab-runner-edge",
        namespace: "runners",
        jobNamespace: "ci-jobs",
        name: "edge",
        token: "t9Vn2LmQ8xRs",
        gitlabId: 11,
        replicas: 2,
      }),
    ],
  });

/** Runners of three versions side by side. */
export const versions = () => [
  runnerSpec(),
  runnerSpec({
    release: "gitlab-runner-legacy",
    jobNamespace: "ci-legacy",
    name: "legacy",
    token: "Zy8Wq3Rt5Kd1",
    gitlabId: 5,
    replicas: 1,
    concurrent: 6,
    version: "17.5.3",
    revision: "12030cf4",
    chart: "gitlab-runner-0.70.3",
  }),
  runnerSpec({
    release: "gitlab-runner-stable",
    jobNamespace: "ci-stable",
    name: "stable",
    token: "Lp4Xc7Vb2Nm9",
    gitlabId: 6,
    replicas: 1,
    concurrent: 8,
    version: "18.3.1",
    revision: "5a021a1c",
    chart: "gitlab-runner-0.80.1",
  }),
];
