import { createHash } from "node:crypto";
import { wholeSeconds, type RawCondition, type RawPod, type RawState, type RawStatus } from "./pod-shape.ts";

/**
 * What scheduler, kubelet and runner do to a pod, in the order and with the fields of Kubernetes 1.34.
 * Each takes the draft that `ObjectStore.patch` hands over, and the time in ms.
 */

/** Addresses of documentation (RFC 5737), pods in 198.51.100.0/24: nothing that runs beside a test can answer there. */
const NODE_ADDRESS = "192.0.2.2";

/** The scheduler's Binding and condition. */
export function schedulePod(pod: RawPod, node: string, at: number): void {
  pod.spec.nodeName = node;
  setCondition(pod, "PodScheduled", "True", at);
}

/** The scheduler found no node. */
export function refusePod(pod: RawPod, message: string, at: number): void {
  setCondition(pod, "PodScheduled", "False", at, "Unschedulable", message);
}

/** The kubelet saw the pod: sandbox ready, init containers run or nothing to init, the others wait. */
export function preparePod(pod: RawPod, at: number): void {
  pod.status.startTime ??= wholeSeconds(at);
  const ip = `198.51.100.${(parseInt(hash(pod, "ip").slice(0, 2), 16) % 250) + 1}`;
  Object.assign(pod.status, { podIP: ip, podIPs: [{ ip }], hostIP: NODE_ADDRESS, hostIPs: [{ ip: NODE_ADDRESS }] });
  const inits = pod.spec.initContainers ?? [];
  setCondition(pod, "PodReadyToStartContainers", "True", at);
  if (inits.length > 0)
    setCondition(
      pod,
      "Initialized",
      "False",
      at,
      "ContainersNotInitialized",
      `containers with incomplete status: [${inits.map((one) => one.name).join(" ")}]`,
    );
  else setCondition(pod, "Initialized", "True", at);
  const names = pod.spec.containers.map((one) => one.name).join(" ");
  for (const type of ["Ready", "ContainersReady"])
    setCondition(pod, type, "False", at, "ContainersNotReady", `containers with unready status: [${names}]`);
  if (inits.length > 0)
    pod.status.initContainerStatuses = inits.map((one, index) =>
      statusOf(one, index === 0 ? { running: { startedAt: wholeSeconds(at) } } : { waiting: { reason: "PodInitializing" } }),
    );
  pod.status.containerStatuses = pod.spec.containers.map((one) =>
    statusOf(one, { waiting: { reason: inits.length > 0 ? "PodInitializing" : "ContainerCreating" } }),
  );
}

/** Init containers are done (Completed, 0). */
export function initPod(pod: RawPod, at: number): void {
  for (const status of pod.status.initContainerStatuses ?? []) end(pod, status, { exitCode: 0, reason: "Completed" }, at);
  setCondition(pod, "Initialized", "True", at);
}

/** All containers that wait are started (`but`: all others); the pod is Running when all do. */
export function startPod(pod: RawPod, at: number, but: string | null = null): void {
  for (const status of pod.status.containerStatuses ?? []) {
    if (!status.state.waiting || status.name === but) continue;
    Object.assign(status, { state: { running: { startedAt: wholeSeconds(at) } }, ready: true, started: true, ...idsOf(pod, status) });
  }
  if (but !== null) return;
  pod.status.phase = "Running";
  setCondition(pod, "Ready", "True", at);
  setCondition(pod, "ContainersReady", "True", at);
}

/** From Pending to Running in one step. */
export function runPod(pod: RawPod, node: string, at: number): void {
  schedulePod(pod, node, at);
  preparePod(pod, at);
  initPod(pod, at);
  startPod(pod, at);
}

/** A container cannot be made, for example ErrImagePull or ImagePullBackOff. */
export function waitContainer(pod: RawPod, name: string, reason: string, message: string): void {
  const status = containerStatus(pod, name);
  if (status) Object.assign(status, { state: { waiting: { reason, message } }, ready: false, started: false });
}

export interface Ending {
  exitCode: number;
  /** OOMKilled, Error, Completed, ContainerStatusUnknown, … */
  reason: string;
  message?: string;
  signal?: number;
}

/** One container ended while the pod goes on. */
export function endContainer(pod: RawPod, name: string, ending: Ending, at: number): void {
  const status = containerStatus(pod, name);
  if (!status) return;
  end(pod, status, ending, at);
  for (const type of ["Ready", "ContainersReady"])
    setCondition(pod, type, "False", at, "ContainersNotReady", `containers with unready status: [${name}]`);
}

/** After deletion was asked for: what still runs ends with 137 (`Error`; PID 1 ignores TERM), the pod is Failed. `endings` says which ended otherwise. */
export function endPod(pod: RawPod, at: number, endings: Record<string, Ending> = {}): void {
  for (const status of pod.status.containerStatuses ?? []) {
    if (!status.state.terminated) end(pod, status, endings[status.name] ?? { exitCode: 137, reason: "Error" }, at);
  }
  pod.status.phase = "Failed";
  setCondition(pod, "PodReadyToStartContainers", "False", at);
  for (const type of ["Ready", "ContainersReady"]) setCondition(pod, type, "False", at, "PodFailed");
}

/** The kubelet evicts for node pressure (KEP and texts: pkg/kubelet/eviction). */
export function evictPod(pod: RawPod, message: string, at: number): void {
  endPod(pod, at);
  Object.assign(pod.status, { reason: "Evicted", message });
  setCondition(pod, "DisruptionTarget", "True", at, "TerminationByKubelet", message);
}

function containerStatus(pod: RawPod, name: string): RawStatus | undefined {
  return [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])].find((one) => one.name === name);
}

/** What the kubelet writes when the runtime does not know the container, which was never made or is lost (pkg/kubelet/kubelet_pods.go). */
const LOST = { message: "The container could not be located when the pod was terminated", startedAt: null, finishedAt: null };

function end(pod: RawPod, status: RawStatus, { exitCode, reason, message, signal }: Ending, at: number): void {
  if (reason === "ContainerStatusUnknown") {
    Object.assign(status, { state: { terminated: { exitCode, reason, ...LOST } }, ready: false, started: false });
    return;
  }
  const { containerID, imageID } = idsOf(pod, status);
  const startedAt = status.state.running?.startedAt ?? wholeSeconds(at);
  const terminated = {
    containerID,
    exitCode,
    finishedAt: wholeSeconds(at),
    reason,
    startedAt,
    ...(message === undefined ? {} : { message }),
    ...(signal === undefined ? {} : { signal }),
  };
  Object.assign(status, {
    state: { terminated },
    ready: reason === "Completed" && (pod.status.initContainerStatuses ?? []).includes(status),
    started: false,
    containerID,
    imageID,
  });
}

/** What the runtime gives a container that was made. */
function idsOf(pod: RawPod, { name, image }: { name: string; image: string }) {
  return { containerID: `containerd://${hash(pod, name)}`, imageID: `sha256:${hash(pod, image)}` };
}

function statusOf({ name, image }: { name: string; image: string }, state: RawState): RawStatus {
  return { image, imageID: "", lastState: {}, name, ready: false, restartCount: 0, started: false, state };
}

function setCondition(pod: RawPod, type: string, status: RawCondition["status"], at: number, reason?: string, message?: string): void {
  const conditions = (pod.status.conditions ??= []);
  const found = conditions.find((one) => one.type === type);
  const since = found?.status === status ? found.lastTransitionTime : wholeSeconds(at);
  const next: RawCondition = {
    lastProbeTime: null,
    lastTransitionTime: since,
    observedGeneration: pod.metadata.generation ?? 1,
    status,
    type,
  };
  if (reason !== undefined) next.reason = reason;
  if (message !== undefined) next.message = message;
  if (found) conditions[conditions.indexOf(found)] = next;
  else conditions.push(next);
}

/** 64 hex digits that belong to this pod and text. */
function hash(pod: RawPod, text: string): string {
  return createHash("sha256").update(`${pod.metadata.uid}/${text}`).digest("hex");
}
