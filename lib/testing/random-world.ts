import { Store } from "../base/store.ts";
import type { FleetInput } from "../fleet/fold-fleet.ts";
import type { EndedPod } from "../fleet/pod-facts.ts";
import type { JobRecord } from "../gitlab/schema.ts";
import type { ContainerState, EventRecord, NodeRecord, PodRecord } from "../kubernetes/schema.ts";
import type { ManagedTrack, ManagerReading } from "../manager/schema.ts";
import type { MachineUse, PodUsage } from "../metrics/schema.ts";
import { buildJobRecord } from "./build-job-record.ts";
import {
  at,
  buildCluster,
  buildContainer,
  buildEvent,
  buildNode,
  buildPod,
  buildReport,
  condition,
  running,
  terminated,
  waiting,
} from "./build-pod-record.ts";
import { buildUsage, killedAt, throttled } from "./build-pod-usage.ts";
import { buildManagedJob, buildManagerPod, buildReading, buildTrack } from "./build-reading.ts";
import { seeded } from "./seeded-random.ts";

const NODES = ["ci-1", "ci-2", "ci-3", "ci-4"];
/** The same arrays each time: all pods depend on what GitLab cannot show. */
const NONE: never[] = [];
const MANAGERS = ["m1", "m2", "m3"];
/** Without the runner's mounts, which would name one job for all. */
const build = (state: ContainerState) => buildContainer("build", state, { mounts: [] });

/** The sources of a cluster in which all kinds of things happen, in an order drawn by a seed. Stores as the sources have them. */
export class RandomWorld {
  readonly #random: () => number;
  readonly #pods = new Store<PodRecord>();
  readonly #ended = new Store<EndedPod>();
  readonly #events = new Store<readonly EventRecord[]>();
  readonly #nodes = new Store<NodeRecord>();
  readonly #usages = new Store<PodUsage>();
  readonly #machines = new Store<MachineUse>();
  readonly #readings = new Store<ManagerReading>();
  readonly #managed = new Store<ManagedTrack>();
  readonly #jobs = new Store<JobRecord>();
  readonly #illKubelets = new Set<string>();
  #podWatchSince = 0;
  #watched = true;
  #made = 0;
  seconds = 10;

  constructor(seed: number) {
    this.#random = seeded(seed);
    for (const name of NODES) this.#nodes.upsert([[`node-${name}`, buildNode({ name })]]);
    for (const uid of MANAGERS) {
      this.#pods.upsert([[uid, buildManagerPod(uid)]]);
      this.#readings.upsert([[uid, buildReading(uid)]]);
    }
  }

  /** A few things happen, and some seconds pass. */
  step(): void {
    this.seconds += 1 + Math.floor(this.#random() * 6);
    for (let left = Math.floor(this.#random() * 6); left > 0; left--) this.#pick(this.#happenings())();
  }

  /** What the fold would read now. */
  input(): FleetInput {
    const cluster = buildCluster([], {
      pods: this.#pods.snapshot(),
      ended: this.#ended.snapshot(),
      events: this.#events.snapshot(),
      nodes: this.#nodes.snapshot(),
      usages: this.#usages.snapshot(),
      machines: this.#machines.snapshot(),
      readings: this.#readings.snapshot(),
      managed: this.#managed.snapshot(),
      sources: this.#sources(),
    });
    const gitlab = {
      baseUrl: "https://gitlab.example",
      version: null,
      jobs: this.#jobs.snapshot(),
      pending: null,
      runners: NONE,
      blindSpots: NONE,
      state: null,
    };
    return { clusters: [cluster], gitlab, at: at(this.seconds), keep: { maxJobs: 100, maxAgeMs: 3_600_000 } };
  }

  #happenings(): (() => void)[] {
    const { seconds: now } = this;
    return [
      () => this.#create(),
      () => this.#create(),
      () => this.#create(),
      () =>
        this.#change((pod) => ({
          ...pod,
          phase: "Running",
          node: this.#pick(NODES),
          conditions: [condition("PodScheduled", "True", now)],
        })),
      () => this.#change((pod) => ({ ...pod, containers: [build(running(now)), buildContainer("helper", running(now))] })),
      () =>
        this.#change((pod) => ({
          ...pod,
          containers: [build(terminated("OOMKilled", 137, now)), buildContainer("helper", running(now))],
        })),
      () => this.#change((pod) => ({ ...pod, deletionRequestedAt: at(now), deletionGraceSeconds: 30 })),
      () => this.#remove(this.#random() < 0.8 ? "watched" : "missed"),
      () => this.#ended.remove([this.#key(this.#ended)]),
      () => this.#event(),
      () => this.#events.remove([this.#key(this.#events)]),
      () => this.#use(),
      () => this.#use(),
      () => this.#node(),
      () => this.#toggle(this.#illKubelets, this.#pick(NODES)),
      () => this.#machines.upsert([[this.#pick(NODES), { atMs: now, cpuUsageSeconds: now, workingSetBytes: now, cpuMillicores: now }]]),
      () => this.#list(),
      () => this.#list(),
      () => this.#leave(),
      () => this.#gitlab(),
      () => this.#manager(),
      () => this.#cutPods(),
    ];
  }

  #sources() {
    const ill = { state: "failed" as const, since: at(0), error: { code: "unreachable" as const, detail: "" }, retryAt: at(0) };
    const stale = { state: "stale" as const, since: at(0), lastError: { code: "timeout" as const, detail: "" }, retryAt: at(0) };
    return [
      buildReport("kubernetes-pods", { state: this.#watched ? { state: "live", since: at(this.#podWatchSince) } : stale }),
      buildReport("kubernetes-nodes"),
      buildReport("kubelet-metrics"),
      ...[...this.#illKubelets].map((part) => buildReport("kubelet-metrics", { part, state: ill })),
    ];
  }

  #create(): void {
    const uid = `${String(++this.#made).padStart(8, "0")}-0000-4000-8000-000000000000`;
    // Now and then a second pod of the same job.
    const job = this.#made > 3 && this.#random() < 0.1 ? this.#made - 1 : this.#made;
    const pod = buildPod({
      uid,
      createdAt: at(this.seconds),
      node: null,
      phase: "Pending",
      conditions: [],
      containers: [build(waiting("PodInitializing")), buildContainer("helper", null)],
    });
    const names = {
      "job.runner.gitlab.com/id": String(job),
      "job.runner.gitlab.com/url": `https://gitlab.example/payments/api/-/jobs/${job}`,
    };
    this.#pods.upsert([[uid, { ...pod, annotations: { ...pod.annotations, ...names } }]]);
  }

  #change(next: (pod: PodRecord) => PodRecord): void {
    const uid = this.#jobPod();
    const pod = this.#pods.get(uid);
    if (pod !== undefined) this.#pods.upsert([[uid, { ...next(pod), seenAt: at(this.seconds) }]]);
  }

  #remove(ending: EndedPod["ending"]): void {
    const uid = this.#jobPod();
    const record = this.#pods.get(uid);
    this.#pods.remove([uid]);
    if (record !== undefined) this.#ended.upsert([[uid, { record, deletedAt: at(this.seconds), ending }]]);
  }

  #event(): void {
    const uid = this.#jobPod();
    const made =
      this.#random() < 0.5
        ? buildEvent("Failed", 'Failed to pull image "x": not found', { container: "build", at: at(this.seconds) })
        : buildEvent("FailedScheduling", "0/4 nodes are available: 4 Insufficient cpu.", {
            component: "default-scheduler",
            at: at(this.seconds),
          });
    if (uid !== "") this.#events.upsert([[uid, [...(this.#events.get(uid) ?? []), made]]]);
    if (this.#random() < 0.1) this.#events.upsert([[this.#pick(NODES), [buildEvent("SystemOOM", "System OOM", { at: at(this.seconds) })]]]);
  }

  #use(): void {
    const uid = this.#jobPod();
    const use = this.#pick([{}, throttled(0.5), throttled(0.9), killedAt(this.seconds)]);
    if (uid !== "") this.#usages.upsert([[uid, buildUsage({ build: { at: at(this.seconds), ...use }, helper: {} })]]);
  }

  #node(): void {
    const name = this.#pick(NODES);
    const status = this.#pick(["True", "Unknown", "True"] as const);
    this.#nodes.upsert([[`node-${name}`, buildNode({ name, conditions: [condition("Ready", status, this.seconds)] })]]);
  }

  /** A manager lists the jobs of some pods. */
  #list(): void {
    const manager = this.#pick(MANAGERS);
    const ids = [...this.#pods.snapshot().values()]
      .flatMap((pod) => pod.annotations["job.runner.gitlab.com/id"] ?? [])
      .filter(() => this.#random() < 0.5);
    const moment = { metricsAt: at(this.seconds), jobsAt: at(this.seconds) };
    this.#readings.upsert([[manager, buildReading(manager, { ...moment, jobs: ids.map((id) => buildManagedJob(id)) })]]);
    this.#managed.upsert(
      ids.filter((id) => this.#managed.get(id) === undefined).map((id) => [id, buildTrack(id, { manager, since: at(this.seconds) })]),
    );
  }

  #leave(): void {
    const id = this.#key(this.#managed);
    const track = this.#managed.get(id);
    if (track === undefined) return;
    if (track.left !== null) return this.#managed.remove([id]);
    const failures = this.#pick([null, [], [{ reason: "script_failure", count: 1 }]]);
    this.#managed.upsert([[id, { ...track, left: { from: at(this.seconds - 5), to: at(this.seconds), jobs: 1, failures } }]]);
  }

  #gitlab(): void {
    const id = this.#pods.get(this.#jobPod())?.annotations["job.runner.gitlab.com/id"];
    if (id === undefined) return;
    const status = this.#pick(["running", "success", "failed"]);
    this.#jobs.upsert([[id, buildJobRecord({ id, status, projectId: null, projectPath: "payments/api", readAt: at(this.seconds) })]]);
  }

  #manager(): void {
    const uid = this.#pick(MANAGERS);
    if (this.#pods.get(uid) === undefined) return this.#pods.upsert([[uid, buildManagerPod(uid)]]);
    if (this.#random() < 0.3) {
      this.#pods.remove([uid]);
      this.#readings.remove([uid]);
    } else this.#pods.upsert([[uid, buildManagerPod(uid, { deletionRequestedAt: at(this.seconds), deletionGraceSeconds: 30 })]]);
  }

  #cutPods(): void {
    this.#watched = !this.#watched;
    if (this.#watched) this.#podWatchSince = this.seconds;
  }

  #jobPod(): string {
    return (
      this.#pick([...this.#pods.snapshot().keys()].filter((uid) => !MANAGERS.includes(uid)).concat(this.#made === 0 ? [""] : [])) ?? ""
    );
  }

  #key(store: Store<unknown>): string {
    return this.#pick([...store.snapshot().keys()]) ?? "";
  }

  #pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)] as T;
  }

  #toggle(set: Set<string>, value: string): void {
    if (!set.delete(value)) set.add(value);
  }
}
