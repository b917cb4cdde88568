import { buildEvent, buildSchedulerEvent, type EventOptions } from "./fake-api/build-event.ts";
import { buildJobPod, type JobPodOptions } from "./fake-api/build-pod.ts";
import { buildNode } from "./fake-api/build-node.ts";
import { putManager } from "./fake-api/build-manager.ts";
import type { FakeApiServer } from "./fake-api/fake-api-server.ts";
import {
  endContainer,
  endPod,
  evictPod,
  initPod,
  preparePod,
  refusePod,
  runPod,
  schedulePod,
  startPod,
  waitContainer,
  type Ending,
} from "./fake-api/move-pod.ts";
import type { RawPod } from "./fake-api/pod-shape.ts";
import { PLANTED } from "./fake-api/planted-secrets.ts";

const NAMESPACE = "ci";
const NODES = ["node-1", "node-2", "node-3"];
/** The kernel killed it for memory. */
export const OOM_KILLED: Ending = { exitCode: 137, reason: "OOMKilled" };
const NO_ROOM =
  "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.";

/** A small fleet in a fake API server: three nodes, three managers, and job pods that do what a test or the living fleet tells them. */
export class FakeFleet {
  readonly api: FakeApiServer;
  #job = 1_000;

  constructor(api: FakeApiServer) {
    this.api = api;
  }

  /** Nodes and managers. */
  furnish(): void {
    for (const [index, name] of NODES.entries())
      this.api.store.put("nodes", buildNode({ name, address: `192.0.2.${index + 2}`, createdMs: Date.now() - 86_400_000 }));
    putManager(this.api.store, { createdMs: Date.now() - 7_200_000 });
  }

  /** A pod that was just created; returns its name. */
  create(options: JobPodOptions = {}): string {
    const job = this.#job++;
    const pod = buildJobPod({ job, slot: job % 30, namespace: NAMESPACE, ...options });
    return this.api.store.put("pods", pod).metadata.name;
  }

  /** A pod whose containers run since `agoMs`. */
  run(options: JobPodOptions & { node?: string; agoMs?: number } = {}): string {
    const { node = NODES[this.#job % NODES.length] ?? "node-1", agoMs = 0, ...rest } = options;
    const at = Date.now() - agoMs;
    const name = this.create({ createdMs: at - 4_000, ...rest });
    this.#patch(name, (pod) => runPod(pod, node, at));
    this.#say(name, { reason: "Started", message: "Started container build", container: "build", atMs: at });
    return name;
  }

  schedule(name: string, node = NODES[0] ?? "node-1"): void {
    this.#patch(name, (pod) => schedulePod(pod, node, Date.now()));
    const pod = this.pod(name);
    if (pod)
      this.api.store.put(
        "events",
        buildSchedulerEvent(pod, { reason: "Scheduled", message: `Successfully assigned ${NAMESPACE}/${name} to ${node}` }),
      );
  }

  /** No node has room for it. */
  refuse(name: string): void {
    this.#patch(name, (pod) => refusePod(pod, NO_ROOM, Date.now()));
    const pod = this.pod(name);
    if (pod) this.api.store.put("events", buildSchedulerEvent(pod, { reason: "FailedScheduling", message: NO_ROOM, type: "Warning" }));
  }

  prepare(name: string): void {
    this.#patch(name, (pod) => preparePod(pod, Date.now()));
    this.#say(name, { reason: "Pulling", message: 'Pulling image "registry.example.com/build/node:24"', container: "build" });
  }

  start(name: string): void {
    this.#say(name, {
      reason: "Pulled",
      message:
        'Successfully pulled image "registry.example.com/build/node:24" in 1.234s (1.5s including waiting). Image size: 236931341 bytes.',
      container: "build",
    });
    this.#patch(name, (pod) => {
      initPod(pod, Date.now());
      startPod(pod, Date.now());
    });
    this.#say(name, { reason: "Started", message: "Started container build", container: "build" });
  }

  /** The image of `build` cannot be pulled; message and event hold what a registry's error may hold. */
  failPull(name: string): void {
    const image = `https://ci:${PLANTED.pullMessagePassword}@registry.example.com/nope:1`;
    this.#patch(name, (pod) => {
      initPod(pod, Date.now());
      startPod(pod, Date.now(), "build");
      waitContainer(
        pod,
        "build",
        "ImagePullBackOff",
        `Back-off pulling image "${image}": ErrImagePull: failed to pull and unpack image: not found`,
      );
    });
    this.#say(name, {
      reason: "Failed",
      message: `Failed to pull image "${image}": not found, token=${PLANTED.eventToken}`,
      container: "build",
      type: "Warning",
    });
    this.#say(name, { reason: "BackOff", message: `Back-off pulling image "${image}"`, container: "build", type: "Warning" });
  }

  endContainer(name: string, container: string, ending: Ending): void {
    this.#patch(name, (pod) => endContainer(pod, container, ending, Date.now()));
  }

  /** The runner deletes the pod: a deletionTimestamp while its kubelet stops it. */
  delete(name: string): void {
    this.api.store.remove("pods", { namespace: NAMESPACE, name }, 30);
    this.#say(name, { reason: "Killing", message: "Stopping container build", container: "build" });
  }

  /** The kubelet has stopped it and lets it go. */
  finish(name: string, endings: Record<string, Ending> = {}): void {
    this.#patch(name, (pod) => endPod(pod, Date.now(), endings));
    this.api.store.remove("pods", { namespace: NAMESPACE, name });
  }

  evict(name: string): void {
    const message =
      "The node was low on resource: memory. Threshold quantity: 100Mi, available: 61Mi. Container build was using 1843Mi, request is 512Mi, has larger consumption of memory.";
    this.#patch(name, (pod) => evictPod(pod, message, Date.now()));
    this.#say(name, { reason: "Evicted", message, type: "Warning" });
  }

  /** Gone, with its last state. */
  remove(name: string): void {
    this.api.store.remove("pods", { namespace: NAMESPACE, name });
  }

  /** Container `helper` was restarted this often: a change of the row. */
  restart(name: string, count: number): void {
    this.#patch(name, (pod) => {
      for (const status of pod.status.containerStatuses ?? []) if (status.name === "helper") status.restartCount = count;
    });
  }

  pod(name: string): RawPod | undefined {
    return this.api.store.get("pods", { namespace: NAMESPACE, name }) as RawPod | undefined;
  }

  #patch(name: string, change: (pod: RawPod) => void): void {
    this.api.store.patch<RawPod>("pods", { namespace: NAMESPACE, name }, change);
  }

  #say(name: string, options: EventOptions): void {
    const pod = this.pod(name);
    if (pod) this.api.store.put("events", buildEvent(pod, { node: pod.spec.nodeName ?? "node-1", ...options }));
  }
}
