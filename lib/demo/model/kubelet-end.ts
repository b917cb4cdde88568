import type { ClusterModel } from "./cluster.ts";
import type { ContainerRuntime } from "./container.ts";
import { wholeSeconds } from "./objects.ts";
import type { PodRuntime } from "./pod.ts";
import { derivePhase, updateConditions } from "./pod-status.ts";

/** How long a process takes that ends by itself at SIGTERM, ms. */
const GRACEFUL_MS: readonly [number, number] = [300, 1800];

/**
 * The end of a pod that was asked to go (kubelet.go SyncTerminatingPod): Killing, SIGTERM, SIGKILL when the grace period is over,
 * last statuses, then DELETE with grace 0. PID 1 of `build` and `helper` is a shell that ignores SIGTERM, so they always end with 137.
 */
export function endPod(cluster: ClusterModel, pod: PodRuntime): void {
  const { timeline, random } = cluster;
  const node = pod.node;
  if (!node?.alive || !pod.deletion) return;
  const { graceSeconds } = pod.deletion;
  pod.stopTimers();
  const running = pod.containers.filter((entry) => entry.isRunning);
  timeline.after(90, () => {
    for (const container of pod.containers)
      if (container.state.kind === "waiting") container.state = { kind: "waiting", reason: "PodInitializing" };
    updateConditions(pod, timeline.now, pod.sandboxId !== null && pod.init.every((entry) => entry.state.kind === "terminated"));
    cluster.publish(pod, "kubelet");
    for (const container of running)
      cluster.sayOfContainer(pod, container, "containers", {
        type: "Normal",
        reason: "Killing",
        message: `Stopping container ${container.plan.name}`,
      });
  });
  for (const container of pod.init) if (container.isRunning) container.stop(137, timeline.now);
  let left = running.length;
  const ended = () => {
    left -= 1;
    if (left === 0) lastStatus(cluster, pod);
  };
  if (left === 0) timeline.after(600, () => lastStatus(cluster, pod));
  for (const container of running) {
    const graceful = container.plan.service?.onTerm === "exits" || container.plan.role === "manager";
    const afterMs = graceful ? Math.min(graceSeconds * 1000, random.between(...GRACEFUL_MS)) : graceSeconds * 1000;
    timeline.after(afterMs, () => {
      if (container.isRunning) container.stop(graceful ? 0 : 137, timeline.now);
      ended();
    });
  }
}

/** What is left of a container that never ran when its pod goes (status_manager.go). */
const LOST = "The container could not be located when the pod was terminated";

function lastStatus(cluster: ClusterModel, pod: PodRuntime): void {
  const { timeline, random } = cluster;
  const lost = pod.containers.filter((entry) => entry.state.kind === "waiting");
  timeline.after(random.between(300, 700), () => {
    if (pod.gone || !pod.node?.alive) return;
    if (lost.length > 0) {
      updateConditions(pod, timeline.now, false);
      cluster.publish(pod, "kubelet");
      for (const container of lost) markLost(container);
    }
    pod.phase = derivePhase(pod);
    if (lost.length > 0) pod.phase = "Failed";
    updateConditions(pod, timeline.now, false);
    cluster.publish(pod, "kubelet");
    pod.node.release(pod);
    cluster.scheduler.wake();
    timeline.after(random.between(300, 1200), () => letGo(cluster, pod));
  });
}

function markLost(container: ContainerRuntime): void {
  container.state = {
    kind: "terminated",
    reason: "ContainerStatusUnknown",
    exitCode: 137,
    startedAt: null,
    finishedAt: null,
    message: LOST,
  };
}

/** The kubelet's DELETE with grace 0: one last MODIFIED, then DELETED with the same state. */
function letGo(cluster: ClusterModel, pod: PodRuntime): void {
  if (pod.gone) return;
  pod.object = {
    ...pod.object,
    metadata: { ...pod.object.metadata, deletionGracePeriodSeconds: 0, deletionTimestamp: wholeSeconds(cluster.timeline.now) },
  };
  cluster.store(pod);
  cluster.removePod(pod);
}

/** `activeDeadlineSeconds` (pkg/kubelet/active_deadline.go): the containers get the grace period, then the pod is Failed and stays. */
export function watchDeadline(cluster: ClusterModel, pod: PodRuntime): void {
  const { activeDeadlineSeconds, terminationGracePeriodSeconds } = pod.object.spec as {
    activeDeadlineSeconds?: number;
    terminationGracePeriodSeconds?: number;
  };
  if (activeDeadlineSeconds === undefined) return;
  const message = "Pod was active on the node longer than the specified deadline";
  const over = () => {
    if (pod.gone || pod.deletion || pod.phase === "Failed") return;
    cluster.events.record(
      cluster.about(pod),
      { type: "Normal", reason: "DeadlineExceeded", message },
      { component: "kubelet", host: pod.node?.name ?? "" },
    );
    for (const container of pod.containers) {
      if (container.isRunning)
        cluster.sayOfContainer(pod, container, "containers", {
          type: "Normal",
          reason: "Killing",
          message: `Stopping container ${container.plan.name}`,
        });
    }
    pod.timers.add(
      cluster.timeline.after((terminationGracePeriodSeconds ?? 30) * 1000, () => {
        if (!pod.gone && !pod.deletion) cluster.kubelet.fail(pod, "DeadlineExceeded", message, false);
      }),
    );
  };
  pod.timers.add(cluster.timeline.after(activeDeadlineSeconds * 1000, over));
}
