import type { ContainerRuntime, ContainerState } from "./container.ts";
import { cpuQuantity, memoryQuantity, wholeSeconds, type KubeObject } from "./objects.ts";
import type { Condition, ConditionType, PodRuntime } from "./pod.ts";

const NONE = {} as const;

interface SpecContainer {
  name: string;
  volumeMounts?: { mountPath: string; name: string; readOnly?: boolean }[];
}

/** Sets a condition; the time changes only with the status, as the kubelet does it (status_manager.go). */
export function setCondition(
  pod: PodRuntime,
  type: ConditionType,
  status: "True" | "False",
  at: number,
  text: { reason?: string; message?: string } = {},
  observed = true,
): void {
  const before = pod.conditions.get(type);
  const changedAt = before?.status === status ? before.changedAt : at;
  const condition: Condition = { type, status, changedAt, observedGeneration: observed ? (pod.object.metadata.generation ?? 1) : null };
  if (text.reason !== undefined) condition.reason = text.reason;
  if (text.message !== undefined) condition.message = text.message;
  pod.conditions.set(type, condition);
}

/** The four conditions that follow from the containers' states; PodScheduled gets the kubelet's generation. */
export function updateConditions(pod: PodRuntime, at: number, sandbox: boolean): void {
  const unready = pod.containers.filter((entry) => !entry.isRunning).map((entry) => entry.plan.name);
  const uninitialized = pod.init
    .filter((entry) => !(entry.state.kind === "terminated" && entry.state.exitCode === 0))
    .map((entry) => entry.plan.name);
  setCondition(pod, "PodReadyToStartContainers", sandbox ? "True" : "False", at);
  if (uninitialized.length === 0) setCondition(pod, "Initialized", "True", at);
  else
    setCondition(pod, "Initialized", "False", at, {
      reason: "ContainersNotInitialized",
      message: `containers with incomplete status: [${uninitialized.join(" ")}]`,
    });
  const ended = pod.phase === "Failed" || pod.phase === "Succeeded";
  const lost = pod.containers.some((entry) => entry.state.kind === "terminated" && entry.state.reason === "ContainerStatusUnknown");
  if (unready.length === 0) for (const type of ["Ready", "ContainersReady"] as const) setCondition(pod, type, "True", at);
  else {
    const text =
      ended && !lost
        ? { reason: pod.phase === "Failed" ? "PodFailed" : "PodCompleted" }
        : { reason: "ContainersNotReady", message: `containers with unready status: [${unready.join(" ")}]` };
    for (const type of ["Ready", "ContainersReady"] as const) setCondition(pod, type, "False", at, text);
  }
  const scheduled = pod.conditions.get("PodScheduled");
  if (scheduled) setCondition(pod, "PodScheduled", "True", scheduled.changedAt);
}

/** The phase from the containers, for restartPolicy Never (kubelet_pods.go getPhase). */
export function derivePhase(pod: PodRuntime): PodRuntime["phase"] {
  if (pod.init.some((entry) => entry.state.kind === "terminated" && (entry.state.exitCode !== 0 || entry.state.reason === "OOMKilled")))
    return "Failed";
  if (pod.init.some((entry) => entry.state.kind !== "terminated")) return "Pending";
  if (pod.containers.some((entry) => entry.state.kind === "waiting")) return "Pending";
  if (pod.containers.some((entry) => entry.isRunning)) return "Running";
  return pod.containers.every((entry) => entry.state.kind === "terminated" && entry.state.exitCode === 0) ? "Succeeded" : "Failed";
}

const ORDER: readonly ConditionType[] = [
  "DisruptionTarget",
  "PodReadyToStartContainers",
  "Initialized",
  "Ready",
  "ContainersReady",
  "PodScheduled",
];

/** The object's `status` as the kubelet (or, before it, the API server and the scheduler) writes it. */
export function buildPodStatus(pod: PodRuntime, observedGenerations: boolean): Record<string, unknown> {
  const conditions = ORDER.flatMap((type) => pod.conditions.get(type) ?? []).map((entry) => writeCondition(entry, observedGenerations));
  const status: Record<string, unknown> = {};
  if (conditions.length > 0) status.conditions = conditions;
  if (pod.startedAt !== null && pod.node) {
    status.containerStatuses = writeStatuses(pod.object, pod.containers, "containers");
    status.hostIP = pod.node.address;
    status.hostIPs = [{ ip: pod.node.address }];
    if (pod.init.length > 0) status.initContainerStatuses = writeStatuses(pod.object, pod.init, "initContainers");
    if (observedGenerations) status.observedGeneration = pod.object.metadata.generation ?? 1;
    if (pod.ip !== null) Object.assign(status, { podIP: pod.ip, podIPs: [{ ip: pod.ip }] });
    status.startTime = wholeSeconds(pod.startedAt);
  }
  if (pod.message !== null) status.message = pod.message;
  if (pod.reason !== null) status.reason = pod.reason;
  return { ...status, phase: pod.phase, qosClass: pod.qosClass };
}

function writeCondition(condition: Condition, observedGenerations: boolean): Record<string, unknown> {
  return {
    lastProbeTime: null,
    lastTransitionTime: wholeSeconds(condition.changedAt),
    ...(condition.message === undefined ? NONE : { message: condition.message }),
    ...(observedGenerations && condition.observedGeneration !== null ? { observedGeneration: condition.observedGeneration } : NONE),
    ...(condition.reason === undefined ? NONE : { reason: condition.reason }),
    status: condition.status,
    type: condition.type,
  };
}

/** The kubelet sorts statuses by container name. */
function writeStatuses(object: KubeObject, containers: ContainerRuntime[], field: "containers" | "initContainers"): unknown[] {
  const specs = ((object.spec as Record<string, unknown>)[field] ?? []) as SpecContainer[];
  return containers
    .toSorted((a, b) => (a.plan.name < b.plan.name ? -1 : 1))
    .map((entry) =>
      writeContainer(
        entry,
        specs.find((spec) => spec.name === entry.plan.name),
      ),
    );
}

function writeContainer(container: ContainerRuntime, spec: SpecContainer | undefined): Record<string, unknown> {
  const { plan, state } = container;
  const done = state.kind === "terminated" && state.exitCode === 0 && plan.role === "init";
  const seen = container.id !== null;
  const { requests, limits } = plan.resources;
  return {
    ...(seen && requests.cpuMillicores !== null ? { allocatedResources: quantities(requests) } : NONE),
    ...(seen ? { containerID: `containerd://${container.id}` } : NONE),
    image: plan.image,
    imageID: seen ? imageId(plan.image) : "",
    lastState: container.lastState ? writeState(container, container.lastState) : NONE,
    name: plan.name,
    ready: container.isRunning || done,
    ...(seen
      ? {
          resources: {
            ...(limits.cpuMillicores === null && limits.memoryBytes === null ? NONE : { limits: quantities(limits) }),
            requests: quantities(requests),
          },
        }
      : NONE),
    restartCount: container.restarts,
    started: container.isRunning && plan.role !== "init",
    state: writeState(container, state),
    volumeMounts: (spec?.volumeMounts ?? []).map((mount) => (mount.readOnly ? { ...mount, recursiveReadOnly: "Disabled" } : mount)),
  };
}

function quantities(amounts: { cpuMillicores: number | null; memoryBytes: number | null }): Record<string, string> {
  return {
    ...(amounts.cpuMillicores === null ? NONE : { cpu: cpuQuantity(amounts.cpuMillicores) }),
    ...(amounts.memoryBytes === null ? NONE : { memory: memoryQuantity(amounts.memoryBytes) }),
  };
}

function writeState(container: ContainerRuntime, state: ContainerState): Record<string, unknown> {
  if (state.kind === "waiting")
    return { waiting: { reason: state.reason, ...(state.message === undefined ? NONE : { message: state.message }) } };
  if (state.kind === "running") return { running: { startedAt: wholeSeconds(state.startedAt) } };
  const found = state.reason !== "ContainerStatusUnknown" && container.id !== null;
  return {
    terminated: {
      ...(found ? { containerID: `containerd://${container.id}` } : NONE),
      exitCode: state.exitCode,
      finishedAt: state.finishedAt === null ? null : wholeSeconds(state.finishedAt),
      ...(state.message === undefined ? NONE : { message: state.message }),
      reason: state.reason,
      startedAt: state.startedAt === null ? null : wholeSeconds(state.startedAt),
    },
  };
}

const imageIds = new Map<string, string>();

/** A digest made from the image's name, the same on every node. */
export function imageId(image: string): string {
  const cached = imageIds.get(image);
  if (cached !== undefined) return cached;
  let hash = 0x811c9dc5;
  let out = "";
  for (let round = 0; round < 8; round++) {
    for (const char of `${image}#${round}`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
    out += hash.toString(16).padStart(8, "0");
  }
  const id = `sha256:${out}`;
  imageIds.set(image, id);
  return id;
}
