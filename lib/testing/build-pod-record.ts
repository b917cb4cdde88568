import type { Condition, ContainerState, EventRecord, NodeRecord, PodContainer, PodRecord } from "../kubernetes/schema.ts";
import type { SourceReport } from "../base/source-state.ts";
import type { ClusterInput } from "../fleet/fold-fleet.ts";

/** T+0 of the built pods; `at(5)` is five seconds later. */
export const T0 = "2026-03-01T12:00:00Z";
export const at = (seconds: number) => new Date(Date.parse(T0) + seconds * 1_000).toISOString().replace(".000Z", "Z");

const NO_RESOURCES = { cpuMillicores: null, memoryBytes: null, ephemeralStorageBytes: null };

export const running = (seconds = 5): ContainerState => ({ kind: "running", startedAt: at(seconds) });
export const waiting = (reason: string, message: string | null = null): ContainerState => ({ kind: "waiting", reason, message });
export const terminated = (
  reason: string,
  exitCode: number,
  seconds: number | null,
  startedSeconds: number | null = 5,
): ContainerState => ({
  kind: "terminated",
  reason,
  exitCode,
  signal: null,
  message: null,
  startedAt: startedSeconds === null ? null : at(startedSeconds),
  finishedAt: seconds === null ? null : at(seconds),
});

export function buildContainer(name: string, state: ContainerState | null, change: Partial<PodContainer> = {}): PodContainer {
  return {
    name,
    kind: name.startsWith("init-") ? "init" : "regular",
    image: name === "helper" || name.startsWith("init-") ? "gitlab/gitlab-runner-helper:x86_64-v19.4.0" : `registry.example/${name}:1`,
    imageId: null,
    containerId: null,
    privileged: false,
    requests: { ...NO_RESOURCES, cpuMillicores: 500, memoryBytes: 256 * 2 ** 20 },
    limits: { ...NO_RESOURCES, cpuMillicores: 1_000, memoryBytes: 512 * 2 ** 20 },
    mounts: [
      { volume: "repo", path: "/builds", readOnly: false },
      { volume: "scripts", path: "/scripts-7-4711", readOnly: false },
    ],
    ports: [],
    docker: null,
    state,
    lastState: null,
    ready: state?.kind === "running",
    restartCount: 0,
    ...change,
  };
}

export const condition = (
  type: string,
  status: Condition["status"],
  seconds: number,
  reason: string | null = null,
  message: string | null = null,
): Condition => ({
  type,
  status,
  reason,
  message,
  lastTransitionAt: at(seconds),
});

/** A job pod of a current runner, running since T+5 with build and helper; `change` replaces what a test is about. */
export function buildPod(change: Partial<PodRecord> = {}): PodRecord {
  const uid = change.uid ?? "11111111-0000-4000-8000-000000000000";
  const base = "runner-abc-project-7-concurrent-0";
  return {
    cluster: "test",
    uid,
    name: `${base}-${uid.slice(0, 8)}`,
    resourceVersion: "1",
    createdAt: T0,
    seenAt: at(6),
    namespace: "ci",
    labels: {
      "job.runner.gitlab.com/pod": base,
      pod: base,
      "manager.runner.gitlab.com/id-short": "abc",
      "manager.runner.gitlab.com/name": "k8s",
    },
    annotations: {
      "job.runner.gitlab.com/id": "4711",
      "job.runner.gitlab.com/name": "unit-test",
      "job.runner.gitlab.com/url": "https://gitlab.example/payments/api/-/jobs/4711",
      "job.runner.gitlab.com/ref": "main",
      "job.runner.gitlab.com/timeout": "1h0m0s",
    },
    owners: [],
    deletionRequestedAt: null,
    deletionGraceSeconds: null,
    node: "ci-1",
    phase: "Running",
    reason: null,
    message: null,
    podIp: "10.0.0.7",
    qosClass: "Burstable",
    startedAt: at(1),
    activeDeadlineSeconds: 3_601,
    terminationGraceSeconds: 30,
    conditions: [condition("PodScheduled", "True", 1)],
    containers: [
      buildContainer("init-permissions", terminated("Completed", 0, 3, 2)),
      buildContainer("build", running()),
      buildContainer("helper", running()),
    ],
    hostAliases: [],
    volumes: [
      { name: "repo", kind: "emptyDir" },
      { name: "scripts", kind: "emptyDir" },
      { name: "logs", kind: "emptyDir" },
    ],
    configMaps: [],
    namedManager: false,
    ...change,
  };
}

export function buildEvent(reason: string, message: string, change: Partial<EventRecord> & { container?: string } = {}): EventRecord {
  const { container, ...rest } = change;
  const when = rest.at ?? at(4);
  return {
    cluster: "test",
    uid: `event-${reason}-${container ?? ""}-${when}`,
    name: "event",
    resourceVersion: "1",
    createdAt: when,
    seenAt: when,
    namespace: "ci",
    reason,
    type: "Normal",
    message,
    count: 1,
    at: when,
    firstAt: when,
    component: "kubelet",
    regarding: { kind: "Pod", namespace: "ci", name: "pod", uid: "11111111-0000-4000-8000-000000000000", container: container ?? null },
    ...rest,
  };
}

export function buildNode(change: Partial<NodeRecord> = {}): NodeRecord {
  const resources = { cpuMillicores: 8_000, memoryBytes: 32 * 2 ** 30, ephemeralStorageBytes: null, pods: 110 };
  return {
    cluster: "test",
    uid: `node-${change.name ?? "ci-1"}`,
    name: "ci-1",
    resourceVersion: "1",
    createdAt: "2026-02-01T00:00:00Z",
    seenAt: T0,
    labels: {},
    unschedulable: false,
    taints: [],
    conditions: [{ type: "Ready", status: "True", reason: "KubeletReady", message: null, lastTransitionAt: "2026-02-01T00:00:10Z" }],
    internalIp: null,
    kubeletPort: null,
    capacity: resources,
    allocatable: resources,
    kubeletVersion: "v1.34.4",
    containerRuntimeVersion: "containerd://1.7",
    kernelVersion: "6.12",
    osImage: "Debian",
    architecture: "amd64",
    ...change,
  };
}

export function buildReport(source: SourceReport["source"], change: Partial<SourceReport> = {}): SourceReport {
  return {
    key: `test/${source}`,
    cluster: "test",
    source,
    part: null,
    state: { state: "live", since: T0 },
    objects: 0,
    lastHeardAt: T0,
    requestsPerMinute: 0,
    openWatches: 1,
    relists: 0,
    reconnects: 0,
    ...change,
  };
}

/** A cluster with these pods, all sources live. */
export function buildCluster(pods: readonly PodRecord[], change: Partial<ClusterInput> = {}): ClusterInput {
  return {
    cluster: { key: "test", name: "test", namespaces: null, scope: "cluster", serverVersion: "v1.34.4" },
    pods: new Map(pods.map((pod) => [pod.uid, pod])),
    ended: new Map(),
    events: new Map(),
    nodes: new Map(),
    workloads: new Map(),
    usages: new Map(),
    machines: new Map(),
    readings: new Map(),
    slots: new Map(),
    managed: new Map(),
    sources: [buildReport("kubernetes-pods"), buildReport("kubernetes-events"), buildReport("kubernetes-nodes")],
    ...change,
  };
}
