import type { ClusterModel } from "./cluster.ts";
import type { ContainerRuntime } from "./container.ts";
import type { EventText } from "./event-recorder.ts";
import type { Step } from "./job-spec.ts";
import { serviceLines } from "./log-book.ts";
import type { SimulatedNode } from "./node.ts";
import type { PodRuntime } from "./pod.ts";
import { derivePhase, setCondition, updateConditions } from "./pod-status.ts";
import { pullImage } from "./pull-image.ts";
import { runSteps } from "./run-steps.ts";
import { endPod, watchDeadline } from "./kubelet-end.ts";

/** First and longest wait between pulls of an image that cannot be pulled (kubelet: backOffPeriod 10 s, MaxImageBackOff 300 s). */
const BACK_OFF_MS = 10_000;
const MAX_BACK_OFF_MS = 300_000;

/** What one kubelet does with its pods: from the binding to the last status. */
export class Kubelet {
  readonly cluster: ClusterModel;

  constructor(cluster: ClusterModel) {
    this.cluster = cluster;
  }

  /** The pod was bound to the node. */
  accept(pod: PodRuntime, node: SimulatedNode): void {
    const { timeline, random, spec } = this.cluster;
    timeline.after(random.between(60, 260), () => {
      if (pod.gone || pod.deletion || !node.alive) return;
      pod.startedAt = timeline.now;
      watchDeadline(this.cluster, pod);
      this.#update(pod);
      if (!spec.clusterDns)
        this.#sayOfPod(pod, {
          type: "Warning",
          reason: "MissingClusterDNS",
          message: `pod: "${pod.name}_${pod.namespace}(${pod.uid})". kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.`,
        });
      timeline.after(random.between(300, 700), () => this.#openSandbox(pod, node));
    });
  }

  #openSandbox(pod: PodRuntime, node: SimulatedNode): void {
    if (isOver(pod, node)) return;
    const { random, timeline } = this.cluster;
    pod.sandboxId = random.hex(64);
    pod.sandboxAt = timeline.now;
    pod.ip ??= this.cluster.nextPodIp();
    this.#startInit(pod, node, 0);
  }

  #startInit(pod: PodRuntime, node: SimulatedNode, index: number): void {
    const container = pod.init[index];
    if (!container) {
      this.cluster.timeline.after(this.cluster.random.between(500, 1000), () => {
        if (isOver(pod, node)) return;
        this.#update(pod);
        this.#startRegular(pod, node, 0);
      });
      return;
    }
    this.#pull(pod, node, container, "initContainers", () => {
      this.#start(pod, node, container, "initContainers");
      const step: Step = this.cluster.initStep(pod);
      const stop = runSteps(this.cluster.timeline, node, container, [step], {
        done: () => {
          container.stop(0, this.cluster.timeline.now);
          this.#startInit(pod, node, index + 1);
        },
        killed: () => this.#initKilled(pod, node, container),
      });
      pod.timers.add(stop);
    });
  }

  /** A killed init container ends the pod: the restart policy is Never. */
  #initKilled(pod: PodRuntime, node: SimulatedNode, container: ContainerRuntime): void {
    const { timeline } = this.cluster;
    container.countOomKill(1, timeline.now);
    container.stop(137, timeline.now);
    timeline.after(900, () => {
      if (isOver(pod, node)) return;
      pod.phase = derivePhase(pod);
      node.release(pod);
      updateConditions(pod, timeline.now, false);
      this.cluster.publish(pod, "kubelet");
      this.cluster.scheduler.wake();
      pod.tell("status");
    });
  }

  /** Containers are started in the order of the spec; one whose image is missing does not hold up the next. */
  #startRegular(pod: PodRuntime, node: SimulatedNode, index: number): void {
    const container = pod.containers[index];
    if (!container || isOver(pod, node)) return;
    const next = () => this.#startRegular(pod, node, index + 1);
    this.#pull(
      pod,
      node,
      container,
      "containers",
      () => {
        this.#start(pod, node, container, "containers");
        this.#soon(pod, node);
        this.cluster.timeline.after(40, next);
      },
      () => this.cluster.timeline.after(40, next),
    );
  }

  /** A status update, a relist of the PLEG (1 s) later. */
  #soon(pod: PodRuntime, node: SimulatedNode): void {
    if (this.#pending.has(pod)) return;
    this.#pending.add(pod);
    this.cluster.timeline.after(this.cluster.random.between(500, 1000), () => {
      this.#pending.delete(pod);
      if (isOver(pod, node)) return;
      this.#update(pod);
    });
  }
  readonly #pending = new Set<PodRuntime>();

  #start(pod: PodRuntime, node: SimulatedNode, container: ContainerRuntime, list: "containers" | "initContainers"): void {
    const { timeline, random, spec } = this.cluster;
    const { name, service } = container.plan;
    container.start(random.hex(64), timeline.now);
    const say = (text: EventText) => this.cluster.sayOfContainer(pod, container, list, text);
    say({ type: "Normal", reason: "Created", message: spec.minor >= 35 ? "Container created" : `Created container: ${name}` });
    say({ type: "Normal", reason: "Started", message: spec.minor >= 35 ? "Container started" : `Started container ${name}` });
    if (service) this.#runService(pod, node, container);
  }

  #runService(pod: PodRuntime, node: SimulatedNode, container: ContainerRuntime): void {
    const { timeline } = this.cluster;
    const { service, name } = container.plan;
    if (!service) return;
    this.cluster.log(pod, name, serviceLines(service.image, false, timeline.now));
    const readyMs = service.steps[0]?.forMs;
    if (readyMs !== undefined)
      pod.timers.add(
        timeline.after(readyMs, () => container.isRunning && this.cluster.log(pod, name, serviceLines(service.image, true, timeline.now))),
      );
    if (service.steps.length > 0)
      pod.timers.add(
        runSteps(timeline, node, container, service.steps, { done: () => {}, killed: () => this.oomKill(pod, container) }, true),
      );
    if (!service.exits) return;
    const { afterMs, code } = service.exits;
    pod.timers.add(
      timeline.after(afterMs, () => {
        if (isOver(pod, node) || !container.isRunning) return;
        container.stop(code, timeline.now);
        this.#soon(pod, node);
      }),
    );
  }

  /**
   * The kernel's OOM killer at work for a container's own limit. cgroup v1 takes one process; v2 the whole container (memory.oom.group, since 1.28).
   * Returns true when the container itself is dead.
   */
  oomKill(pod: PodRuntime, container: ContainerRuntime): boolean {
    const { timeline, random } = this.cluster;
    const node = pod.node;
    if (!node || !container.isRunning) return true;
    const group = node.spec.cgroup === 2;
    // On v1 one killed child was seen to raise the counter by up to 198: more than 0 is a fact, the number is not a count.
    container.countOomKill(group ? 1 : random.integer(1, 200), timeline.now);
    if (!group && container.plan.oomVictim === "child") {
      container.idle(timeline.now);
      return false;
    }
    container.stop(137, timeline.now);
    this.#soon(pod, node);
    const change = container.plan.role === "build" ? "build-ended" : container.plan.role === "helper" ? "helper-ended" : null;
    if (change) timeline.after(random.between(700, 2500), () => pod.tell(change));
    return true;
  }

  #pull(
    pod: PodRuntime,
    node: SimulatedNode,
    container: ContainerRuntime,
    list: "containers" | "initContainers",
    done: () => void,
    failedOnce = () => {},
    attempt = 0,
  ): void {
    const { timeline, registry, spec } = this.cluster;
    const { image } = container.plan;
    const say = (text: EventText) => this.cluster.sayOfContainer(pod, container, list, text);
    pullImage({
      image,
      node,
      registry,
      timeline,
      minor: spec.minor,
      say,
      done: () => {
        if (!isOver(pod, node)) done();
      },
      failed: (message) => {
        if (isOver(pod, node)) return;
        say({ type: "Warning", reason: "Failed", message: `Failed to pull image "${image}": ${message}` });
        say({ type: "Warning", reason: "Failed", message: "Error: ErrImagePull" });
        container.state = { kind: "waiting", reason: "ErrImagePull", message };
        container.pullError = message;
        this.#soon(pod, node);
        failedOnce();
        // The runner hears of it from its informer or its next poll, a second or two later.
        timeline.after(this.cluster.random.between(1500, 2300), () => pod.tell("image-failed"));
        const backOff = Math.min(MAX_BACK_OFF_MS, BACK_OFF_MS * 2 ** attempt);
        timeline.after(1100, () => this.#backOff(pod, node, container, list));
        timeline.after(backOff, () => {
          if (!isOver(pod, node)) this.#pull(pod, node, container, list, done, () => {}, attempt + 1);
        });
      },
    });
  }

  #backOff(pod: PodRuntime, node: SimulatedNode, container: ContainerRuntime, list: "containers" | "initContainers"): void {
    if (isOver(pod, node)) return;
    const { image } = container.plan;
    this.cluster.sayOfContainer(pod, container, list, { type: "Normal", reason: "BackOff", message: `Back-off pulling image "${image}"` });
    this.cluster.sayOfContainer(pod, container, list, { type: "Warning", reason: "Failed", message: "Error: ImagePullBackOff" });
    container.state = { kind: "waiting", reason: "ImagePullBackOff", message: `Back-off pulling image "${image}"` };
    this.cluster.timeline.after(1300, () => {
      if (!isOver(pod, node)) this.#soon(pod, node);
    });
  }

  #sayOfPod(pod: PodRuntime, text: EventText): void {
    this.cluster.events.record(this.cluster.about(pod), text, { component: "kubelet", host: pod.node?.name ?? "" });
  }

  #update(pod: PodRuntime): void {
    const { timeline } = this.cluster;
    pod.phase = derivePhase(pod);
    updateConditions(
      pod,
      timeline.now,
      pod.init.length === 0 ? pod.sandboxId !== null : pod.init.every((entry) => entry.state.kind === "terminated"),
    );
    this.cluster.publish(pod, "kubelet");
    pod.tell("status");
  }

  /** Stops the containers of a pod that was asked to go, then lets it go. */
  terminate(pod: PodRuntime): void {
    endPod(this.cluster, pod);
  }

  /** Fails the pod at once, as eviction and the deadline do; it stays until somebody deletes it. */
  fail(pod: PodRuntime, reason: string, message: string, disrupted: boolean): void {
    const { timeline } = this.cluster;
    if (pod.gone || !pod.node) return;
    pod.stopTimers();
    for (const container of pod.all) if (container.isRunning) container.stop(137, timeline.now);
    for (const container of pod.containers) {
      if (container.state.kind === "waiting")
        container.state = {
          kind: "terminated",
          reason: "ContainerStatusUnknown",
          exitCode: 137,
          startedAt: null,
          finishedAt: null,
          message: "The container could not be located when the pod was terminated",
        };
    }
    Object.assign(pod, { phase: "Failed", reason, message });
    if (disrupted) setCondition(pod, "DisruptionTarget", "True", timeline.now, { reason: "TerminationByKubelet", message });
    pod.node.release(pod);
    updateConditions(pod, timeline.now, false);
    this.cluster.publish(pod, "kubelet");
    this.cluster.scheduler.wake();
    pod.tell(disrupted ? "disrupted" : "status");
  }
}

/** Nothing more is started for it. */
function isOver(pod: PodRuntime, node: SimulatedNode): boolean {
  return pod.gone || pod.deletion !== null || pod.phase === "Failed" || pod.phase === "Succeeded" || !node.alive;
}
