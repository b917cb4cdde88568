import type { ClusterSpec } from "./cluster-spec.ts";
import type { ContainerPlan, ContainerRuntime } from "./container.ts";
import { EventRecorder, type EventText, type Regarding } from "./event-recorder.ts";
import type { GitlabModel } from "./gitlab.ts";
import type { Step } from "./job-spec.ts";
import { Kubelet } from "./kubelet.ts";
import { kubeletFields, schedulerFields, withManagedFields } from "./managed-fields.ts";
import type { LogSink } from "./log-book.ts";
import { NodeController } from "./node-controller.ts";
import { SimulatedNode } from "./node.ts";
import { wholeSeconds, type KubeObject, type ObjectSink } from "./objects.ts";
import { PodRuntime } from "./pod.ts";
import { buildPodStatus, setCondition, updateConditions } from "./pod-status.ts";
import { Quotas } from "./quotas.ts";
import { Random } from "./random.ts";
import type { Registry } from "./registry.ts";
import { Scheduler } from "./scheduler.ts";
import type { Timeline } from "./timeline.ts";

export interface ClusterParts {
  timeline: Timeline;
  random: Random;
  sink: ObjectSink;
  registry: Registry;
  gitlab: GitlabModel;
  eventTtlMs: number;
  logs: LogSink;
}

const INIT_STEP: Step = { forMs: 150, cores: 0.3, busy: 1, memoryBytes: 2 * 2 ** 20 };

/** One simulated Kubernetes cluster: objects, scheduler, kubelets. */
export class ClusterModel {
  readonly spec: ClusterSpec;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly registry: Registry;
  readonly gitlab: GitlabModel;
  readonly events: EventRecorder;
  readonly scheduler: Scheduler;
  readonly kubelet: Kubelet;
  readonly nodes: SimulatedNode[];
  readonly nodeController: NodeController;
  readonly quotas: Quotas;
  /** By uid. */
  readonly pods = new Map<string, PodRuntime>();
  readonly sink: ObjectSink;
  readonly logs: LogSink;
  readonly #initSteps = new Map<string, Step>();
  #lastIp = 4;

  constructor(spec: ClusterSpec, parts: ClusterParts) {
    this.spec = spec;
    this.timeline = parts.timeline;
    this.random = parts.random;
    this.sink = parts.sink;
    this.logs = parts.logs;
    this.registry = parts.registry;
    this.gitlab = parts.gitlab;
    this.events = new EventRecorder(parts.sink, parts.timeline, parts.random, parts.eventTtlMs);
    this.nodes = spec.nodes.map((node) => {
      const identity = {
        uid: this.random.uid(),
        address: node.kubelet?.address ?? "127.0.0.1",
        bootId: this.random.uid(),
        machineId: this.random.hex(32),
      };
      return new SimulatedNode(node, identity, this.timeline.now - 86_400_000 * this.random.between(2, 40));
    });
    this.kubelet = new Kubelet(this);
    this.scheduler = new Scheduler({
      timeline: this.timeline,
      events: this.events,
      nodes: this.nodes,
      markUnschedulable: (pod, message) => this.#markUnschedulable(pod, message),
      bind: (pod, node) => this.#bind(pod, node),
      about: (pod) => this.about(pod),
    });
    this.nodeController = new NodeController(this);
    this.quotas = new Quotas(this);
    for (const name of new Set(spec.runners.flatMap((runner) => [runner.namespace, runner.jobNamespace]))) this.#addNamespace(name);
  }

  #addNamespace(name: string): void {
    const metadata = {
      creationTimestamp: wholeSeconds(this.timeline.now - 86_400_000 * 60),
      labels: { "kubernetes.io/metadata.name": name },
      name,
      uid: this.random.uid(),
    };
    this.sink.put("namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata,
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    });
  }

  /** Creates a pod in the API and hands it to the scheduler. `init`: what its init container does. */
  createPod(object: KubeObject, plans: ContainerPlan[], qosClass: PodRuntime["qosClass"], init?: Step): PodRuntime {
    const pod = new PodRuntime(object, plans, qosClass, samplingJitter(object));
    this.pods.set(pod.uid, pod);
    if (init) this.#initSteps.set(pod.uid, init);
    this.quotas.add(pod);
    this.publish(pod, null);
    this.scheduler.add(pod);
    return pod;
  }

  /** A pod that has been running since before the simulation began. */
  adoptPod(object: KubeObject, plans: ContainerPlan[], qosClass: PodRuntime["qosClass"], ip: string, bornAt: number): PodRuntime {
    const pod = new PodRuntime(object, plans, qosClass, samplingJitter(object));
    const node = this.nodes.toSorted((a, b) => b.freeMillicores / b.spec.cpuMillicores - a.freeMillicores / a.spec.cpuMillicores)[0];
    if (!node) throw new Error(`Cluster ${this.spec.name} has no node.`);
    Object.assign(pod, { node, ip, startedAt: bornAt, sandboxId: this.random.hex(64), sandboxAt: bornAt });
    node.hold(pod);
    for (const plan of plans) node.images.add(plan.image);
    pod.object = { ...object, spec: { ...(object.spec as Record<string, unknown>), nodeName: node.name } };
    this.pods.set(pod.uid, pod);
    return pod;
  }

  /** Conditions and status anew after a container of a long-lived pod changed. */
  refresh(pod: PodRuntime): void {
    updateConditions(pod, this.timeline.now, true);
    this.publish(pod, "kubelet");
  }

  /** DELETE by a client (pkg/registry/core/pod/strategy.go): a pod that is scheduled and not finished gets its grace period, any other goes at once. */
  deletePod(pod: PodRuntime): void {
    if (pod.gone || pod.deletion) return;
    const { terminationGracePeriodSeconds: graceSeconds = 30 } = pod.object.spec as { terminationGracePeriodSeconds?: number };
    const finished = pod.phase === "Failed" || pod.phase === "Succeeded";
    if (!pod.node || finished || graceSeconds === 0) {
      this.removePod(pod);
      return;
    }
    pod.deletion = { askedAt: this.timeline.now, graceSeconds };
    const { metadata } = pod.object;
    pod.object = {
      ...pod.object,
      metadata: {
        ...metadata,
        deletionGracePeriodSeconds: graceSeconds,
        deletionTimestamp: wholeSeconds(this.timeline.now + graceSeconds * 1000),
        generation: (metadata.generation ?? 1) + 1,
      },
    };
    this.store(pod);
    pod.tell("deleting");
    this.kubelet.terminate(pod);
  }

  /** Takes the object away; watchers get its last state. */
  removePod(pod: PodRuntime): void {
    if (pod.gone) return;
    pod.gone = true;
    pod.stopTimers();
    this.pods.delete(pod.uid);
    this.#initSteps.delete(pod.uid);
    this.scheduler.forget(pod);
    pod.node?.release(pod);
    this.quotas.remove(pod);
    this.sink.remove("pods", pod.object);
    this.logs.forget(`${pod.namespace}/${pod.name}`);
    pod.tell("deleted");
    this.scheduler.wake();
  }

  /** Writes the status into the object and stores it. `writer`: whose managedFields entry is renewed. */
  publish(pod: PodRuntime, writer: "kubelet" | "scheduler" | null): void {
    const object = { ...pod.object, status: buildPodStatus(pod, this.spec.minor >= 34) };
    if (writer === null) pod.object = object;
    else {
      const entry = writer === "kubelet" ? kubeletFields(object, this.timeline.now) : schedulerFields(this.timeline.now);
      pod.object = { ...object, metadata: { ...object.metadata, managedFields: withManagedFields(object, entry) } };
    }
    this.store(pod);
  }

  store(pod: PodRuntime): void {
    const resourceVersion = this.sink.put("pods", pod.object);
    pod.object.metadata.resourceVersion = resourceVersion;
  }

  about(pod: PodRuntime, fieldPath?: string): Regarding {
    return {
      kind: "Pod",
      apiVersion: "v1",
      namespace: pod.namespace,
      name: pod.name,
      uid: pod.uid,
      resourceVersion: pod.object.metadata.resourceVersion,
      fieldPath,
    };
  }

  sayOfContainer(pod: PodRuntime, container: ContainerRuntime, list: "containers" | "initContainers", text: EventText): void {
    this.events.record(this.about(pod, `spec.${list}{${container.plan.name}}`), text, { component: "kubelet", host: pod.node?.name ?? "" });
  }

  /** Adds lines to a container's log. */
  log(pod: PodRuntime, container: string, lines: readonly string[]): void {
    for (const line of lines) this.logs.append(`${pod.namespace}/${pod.name}/${container}`, line, this.timeline.now);
  }

  initStep(pod: PodRuntime): Step {
    return this.#initSteps.get(pod.uid) ?? INIT_STEP;
  }

  nextPodIp(): string {
    this.#lastIp += 1;
    return `10.${88 + ((this.#lastIp >> 16) & 63)}.${(this.#lastIp >> 8) & 255}.${this.#lastIp & 255}`;
  }

  #markUnschedulable(pod: PodRuntime, message: string): void {
    const before = pod.conditions.get("PodScheduled");
    if (before?.message === message) return;
    setCondition(pod, "PodScheduled", "False", this.timeline.now, { reason: "Unschedulable", message });
    this.publish(pod, "scheduler");
    pod.tell("status");
  }

  #bind(pod: PodRuntime, node: SimulatedNode): void {
    pod.node = node;
    node.hold(pod);
    setCondition(pod, "PodScheduled", "True", this.timeline.now, {}, false);
    pod.object = { ...pod.object, spec: { ...(pod.object.spec as Record<string, unknown>), nodeName: node.name } };
    this.publish(pod, null);
    this.kubelet.accept(pod, node);
  }
}

/** When a pod's cgroups are sampled next is drawn where they are read; from a source of its own, so that who reads does not change how the fleet lives. */
function samplingJitter({ metadata }: KubeObject): () => number {
  const random = new Random(Number.parseInt(metadata.uid?.slice(0, 8) ?? "0", 16));
  return () => random.next();
}
