import type { EventRecorder } from "./event-recorder.ts";
import type { SimulatedNode } from "./node.ts";
import type { PodRuntime } from "./pod.ts";
import type { Timeline } from "./timeline.ts";

export interface SchedulerHost {
  timeline: Timeline;
  events: EventRecorder;
  nodes: readonly SimulatedNode[];
  /** Writes the pod's condition `PodScheduled=False`. */
  markUnschedulable(pod: PodRuntime, message: string): void;
  /** Binds the pod: it gets its nodeName and its kubelet. */
  bind(pod: PodRuntime, node: SimulatedNode): void;
  about(pod: PodRuntime): Parameters<EventRecorder["record"]>[0];
}

/** A pod that did not fit is tried again when something ends, and at the latest after this (scheduler: podMaxInUnschedulablePodsDuration 5 min). */
const FLUSH_MS = 300_000;

/** Places pods by their requests, as kube-scheduler's filters NodeResourcesFit and TaintToleration do, on the least allocated node. */
export class Scheduler {
  readonly #host: SchedulerHost;
  #waiting: PodRuntime[] = [];
  #woken = false;

  constructor(host: SchedulerHost) {
    this.#host = host;
    host.timeline.every(FLUSH_MS, () => this.wake());
  }

  get waiting(): readonly PodRuntime[] {
    return this.#waiting;
  }

  /** A new pod: tried within a few milliseconds. */
  add(pod: PodRuntime): void {
    this.#host.timeline.after(15, () => {
      if (!pod.gone && !this.#place(pod)) this.#waiting.push(pod);
    });
  }

  forget(pod: PodRuntime): void {
    this.#waiting = this.#waiting.filter((other) => other !== pod);
  }

  /** Something ended or changed: the waiting pods are tried again, oldest first. */
  wake(): void {
    if (this.#woken || this.#waiting.length === 0) return;
    this.#woken = true;
    this.#host.timeline.after(30, () => {
      this.#woken = false;
      this.#waiting = this.#waiting.filter((pod) => !pod.gone && !this.#place(pod));
    });
  }

  #place(pod: PodRuntime): boolean {
    const reasons = new Map<string, number>();
    let best: SimulatedNode | null = null;
    let bestScore = -1;
    for (const node of this.#host.nodes) {
      const misfit = misfits(pod, node);
      for (const reason of misfit) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      const score =
        misfit.length > 0
          ? -1
          : (node.freeMillicores - pod.requests.cpuMillicores) / node.spec.cpuMillicores +
            (node.freeBytes - pod.requests.memoryBytes) / node.allocatableBytes;
      if (score > bestScore || (best === null && misfit.length === 0)) {
        best = misfit.length === 0 ? node : best;
        bestScore = misfit.length === 0 ? score : bestScore;
      }
    }
    if (!best) {
      this.#refuse(pod, reasons);
      return false;
    }
    this.#host.bind(pod, best);
    this.#host.events.recordModern(
      this.#host.about(pod),
      { type: "Normal", reason: "Scheduled", message: `Successfully assigned ${pod.namespace}/${pod.name} to ${best.name}` },
      "Binding",
    );
    return true;
  }

  #refuse(pod: PodRuntime, reasons: Map<string, number>): void {
    const total = this.#host.nodes.length;
    const parts = [...reasons].map(([reason, count]) => `${count} ${reason}`).toSorted();
    const unhelpful = [...this.#host.nodes].filter((node) => isTainted(node)).length;
    const victims = [
      ...(unhelpful > 0 ? [`${unhelpful} Preemption is not helpful for scheduling`] : []),
      ...(total > unhelpful ? [`${total - unhelpful} No preemption victims found for incoming pod`] : []),
    ].join(", ");
    const message = `0/${total} nodes are available: ${parts.join(", ")}. no new claims to deallocate, preemption: 0/${total} nodes are available: ${victims}.`;
    this.#host.markUnschedulable(pod, message);
    this.#host.events.recordModern(this.#host.about(pod), { type: "Warning", reason: "FailedScheduling", message }, "Scheduling");
  }
}

function isTainted(node: SimulatedNode): boolean {
  return node.unschedulable || node.taints.some((taint) => taint.effect !== "PreferNoSchedule");
}

/** Why a pod does not fit a node, in kube-scheduler's words; empty: it fits. */
function misfits(pod: PodRuntime, node: SimulatedNode): string[] {
  if (node.unschedulable) return ["node(s) were unschedulable"];
  const taint = node.taints.find((entry) => entry.effect !== "PreferNoSchedule");
  if (taint) return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`];
  const found: string[] = [];
  if (node.pods.size >= node.spec.pods) found.push("Too many pods");
  if (pod.requests.cpuMillicores > node.freeMillicores) found.push("Insufficient cpu");
  if (pod.requests.memoryBytes > node.freeBytes) found.push("Insufficient memory");
  return found;
}
