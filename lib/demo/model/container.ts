import type { ContainerResources, OomVictim, ServiceSpec, Step } from "./job-spec.ts";
import { addUsage, cacheAt, memoryAt, type Activity, type Counters } from "./usage.ts";

export type ContainerState =
  | { kind: "waiting"; reason: string; message?: string }
  | { kind: "running"; startedAt: number }
  | { kind: "terminated"; reason: string; exitCode: number; startedAt: number | null; finishedAt: number | null; message?: string };

/** A sample as cAdvisor took it; `at` is its own time. */
export interface Sample extends Counters {
  at: number;
  memoryBytes: number;
  cacheBytes: number;
  maxBytes: number;
  limitHits: number;
  oomEvents: number;
  running: boolean;
}

export type ContainerRole = "init" | "build" | "helper" | "service" | "manager" | "other";

export interface ContainerPlan {
  name: string;
  role: ContainerRole;
  image: string;
  resources: ContainerResources;
  service: ServiceSpec | null;
  oomVictim: OomVictim;
}

const IDLE = { cores: 0.02, busy: 0.01, bytes: 3 * 2 ** 20 };

/** Housekeeping of cAdvisor: 10 s with jitter 1.0, so 10 to 20 s between samples (google/cadvisor manager/container.go). */
const HOUSEKEEPING_MS = 10_000;

/** One container of a pod: its state for the API, its counters for the kubelet. */
export class ContainerRuntime {
  readonly plan: ContainerPlan;
  state: ContainerState = { kind: "waiting", reason: "PodInitializing" };
  id: string | null = null;
  /** A process of it was OOM-killed: containerd reports that as the reason when it ends, whatever the exit code. */
  oomKilled = false;
  restarts = 0;
  /** What the registry last said when its image could not be pulled. */
  pullError: string | null = null;
  lastState: ContainerState | null = null;
  sample: Sample | null = null;
  /** cgroup creation, ms. */
  createdAt = 0;
  readonly #counters: Counters = { cpuSeconds: 0, periods: 0, throttledPeriods: 0, throttledSeconds: 0 };
  #oomEvents = 0;
  #limitHits = 0;
  #maxBytes = 0;
  #settledAt = 0;
  #nextSampleAt = 0;
  #activity: Activity | null = null;
  readonly #jitter: () => number;

  /** `jitter`: a number in [0, 1) for the time of the next sample, from the fleet's random source. */
  constructor(plan: ContainerPlan, jitter: () => number) {
    this.plan = plan;
    this.#jitter = jitter;
  }

  get limitCores(): number | null {
    const { cpuMillicores } = this.plan.resources.limits;
    return cpuMillicores === null ? null : cpuMillicores / 1000;
  }

  get limitBytes(): number | null {
    return this.plan.resources.limits.memoryBytes;
  }

  get isRunning(): boolean {
    return this.state.kind === "running";
  }

  get activity(): Activity | null {
    return this.#activity;
  }

  start(id: string, at: number): void {
    this.id = id;
    this.state = { kind: "running", startedAt: at };
    this.createdAt = at;
    this.#settledAt = at;
    this.#nextSampleAt = at + 400 * this.#jitter();
    this.idle(at);
  }

  /** Ends it. The reason is OOMKilled when any of its processes was killed for memory, as containerd says (pkg/cri/server/events.go). */
  stop(exitCode: number, at: number): void {
    const startedAt = this.state.kind === "running" ? this.state.startedAt : null;
    this.settle(at);
    this.#activity = null;
    const reason = this.oomKilled ? "OOMKilled" : exitCode === 0 ? "Completed" : "Error";
    this.state = { kind: "terminated", reason, exitCode, startedAt, finishedAt: at };
  }

  /** The cgroup begins anew, as after a restart. */
  reset(): void {
    if (this.state.kind === "terminated") this.lastState = this.state;
    this.restarts += 1;
    this.oomKilled = false;
    Object.assign(this.#counters, { cpuSeconds: 0, periods: 0, throttledPeriods: 0, throttledSeconds: 0 });
    this.#maxBytes = this.#oomEvents = this.#limitHits = 0;
    this.sample = null;
  }

  /** Begins a step that ends at `endsAt`; `share` is what a crowded node leaves of the CPU. */
  begin(step: Step, at: number, endsAt: number, share: number): void {
    const from = this.memoryBytes(at);
    const fromCacheBytes = this.#activity ? cacheAt(this.#activity, at, this.limitBytes) : 0;
    this.settle(at);
    this.#activity = {
      cores: step.cores,
      busy: step.busy,
      fromBytes: from,
      toBytes: step.memoryBytes,
      fromCacheBytes,
      toCacheBytes: Math.max(fromCacheBytes, step.cacheBytes ?? 0),
      startedAt: at,
      endsAt,
      share,
    };
  }

  /** Back to waiting on its standard input: memory of children is given back, page cache stays. */
  idle(at: number): void {
    const fromCacheBytes = this.#activity ? cacheAt(this.#activity, at, this.limitBytes) : 0;
    this.settle(at);
    this.#activity = {
      cores: IDLE.cores,
      busy: IDLE.busy,
      fromBytes: IDLE.bytes,
      toBytes: IDLE.bytes,
      fromCacheBytes,
      toCacheBytes: fromCacheBytes,
      startedAt: at,
      endsAt: at,
      share: 1,
    };
  }

  /** The kernel killed a process of it for the container's own limit. `events`: how often the counter rises; more than 0 is the fact, the number is none. */
  countOomKill(events: number, at: number): void {
    this.settle(at);
    this.#maxBytes = this.limitBytes ?? this.#maxBytes;
    this.#oomEvents += events;
    this.#limitHits += 40 * events;
    this.oomKilled = true;
  }

  memoryBytes(at: number): number {
    return this.#activity ? memoryAt(this.#activity, at, this.limitBytes) : 0;
  }

  /** Brings counters, peak and samples up to a time. Must be called before the activity changes. */
  settle(at: number): void {
    while (this.#activity && this.isRunning && this.#nextSampleAt <= at) {
      this.#settleTo(this.#nextSampleAt);
      this.sample = this.#takeSample(this.#nextSampleAt);
      this.#nextSampleAt += HOUSEKEEPING_MS * (1 + this.#jitter());
    }
    this.#settleTo(at);
  }

  #settleTo(at: number): void {
    if (this.#activity && at > this.#settledAt) {
      addUsage(this.#counters, this.#activity, this.#settledAt, at, this.limitCores);
      this.#maxBytes = Math.max(
        this.#maxBytes,
        memoryAt(this.#activity, at, this.limitBytes) + cacheAt(this.#activity, at, this.limitBytes),
      );
    }
    this.#settledAt = Math.max(this.#settledAt, at);
  }

  #takeSample(at: number): Sample {
    const activity = this.#activity;
    return {
      ...this.#counters,
      at,
      running: true,
      memoryBytes: activity ? memoryAt(activity, at, this.limitBytes) : 0,
      cacheBytes: activity ? cacheAt(activity, at, this.limitBytes) : 0,
      maxBytes: this.#maxBytes,
      limitHits: this.#limitHits,
      oomEvents: this.#oomEvents,
    };
  }
}
