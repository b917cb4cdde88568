import type { ClusterModel } from "./cluster.ts";
import type { RunnerSpec } from "./cluster-spec.ts";
import type { GitlabJob } from "./gitlab.ts";
import type { JobResult } from "./job-result.ts";
import { JobRun } from "./job-run.ts";
import type { PodRuntime } from "./pod.ts";
import { runnerTraits } from "./runner-traits.ts";

/** `check_interval`. */
const CHECK_MS = 3000;

/** What a manager has counted since its process began; its metrics page is made from this. */
export interface ManagerCounters {
  startedAt: number;
  taken: number;
  empty: number;
  updates: number;
  patches: number;
  exceeded: number;
  /** Job requests that GitLab answered with 429. */
  throttled: number;
  healthFailures: number;
  failed: Map<string, number>;
  durations: number[];
  queued: number[];
}

function newCounters(at: number): ManagerCounters {
  return {
    startedAt: at,
    taken: 0,
    empty: 0,
    updates: 0,
    patches: 0,
    exceeded: 0,
    throttled: 0,
    healthFailures: 0,
    failed: new Map(),
    durations: [],
    queued: [],
  };
}

/** One gitlab-runner process: it polls, takes jobs while slots are free, and runs them. */
export class ManagerProcess {
  readonly cluster: ClusterModel;
  readonly runner: RunnerSpec;
  readonly pod: PodRuntime;
  readonly systemId: string;
  readonly jobs = new Set<JobRun>();
  counters: ManagerCounters;
  /** Requests for a job that GitLab has not answered. */
  inFlight = 0;
  alive = true;
  /** Where its HTTP port is; set by the server that plays it. */
  port = 9252;

  constructor(cluster: ClusterModel, runner: RunnerSpec, pod: PodRuntime) {
    this.cluster = cluster;
    this.runner = runner;
    this.pod = pod;
    this.systemId = `r_${cluster.random.text(12, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")}`;
    this.counters = newCounters(cluster.timeline.now);
    cluster.timeline.every(CHECK_MS, () => this.#poll(), CHECK_MS * cluster.random.next());
  }

  get shortToken(): string {
    return runnerTraits(this.runner).shortToken;
  }

  /** min(`concurrent`, `limit`). */
  get slots(): number {
    return this.runner.limit === 0 ? this.runner.concurrent : Math.min(this.runner.concurrent, this.runner.limit);
  }

  /** Asks GitLab for a job; a taken one makes it ask again at once (commands/multi.go requeueRunner). */
  #poll(): void {
    if (!this.alive || this.jobs.size + this.inFlight >= this.slots) return;
    if (this.inFlight >= this.runner.requestConcurrency) {
      this.counters.exceeded += 1;
      return;
    }
    this.inFlight += 1;
    const { timeline, spec, gitlab } = this.cluster;
    const epoch = this.counters;
    timeline.after(spec.gitlabTiming.answerMs, () => {
      if (this.counters !== epoch) return;
      if (gitlab.refuses) {
        this.inFlight -= 1;
        this.counters.throttled += 1;
        return;
      }
      const job = gitlab.take(this.runner.tags, this.runner.gitlabId, this.systemId, this.pod.name);
      if (!job && spec.gitlabTiming.longPollMs > 0) {
        timeline.after(spec.gitlabTiming.longPollMs, () =>
          this.#answered(epoch, gitlab.take(this.runner.tags, this.runner.gitlabId, this.systemId, this.pod.name)),
        );
        return;
      }
      this.#answered(epoch, job);
    });
  }

  #answered(epoch: ManagerCounters, job: GitlabJob | null): void {
    if (this.counters !== epoch) return;
    this.inFlight -= 1;
    if (!job) {
      this.counters.empty += 1;
      return;
    }
    this.counters.taken += 1;
    this.counters.updates += 1;
    this.counters.queued.push((this.cluster.timeline.now - job.queuedAt) / 1000);
    const run = new JobRun(
      this,
      job,
      lowestFree(
        this.jobs,
        () => true,
        (other) => other.slot,
      ),
      lowestFree(
        this.jobs,
        (other) => other.spec.project.id === job.spec.project.id,
        (other) => other.projectSlot,
      ),
    );
    this.jobs.add(run);
    run.start();
    this.#poll();
  }

  finished(run: JobRun, result: JobResult): void {
    this.jobs.delete(run);
    const seconds = (this.cluster.timeline.now - run.startedAt) / 1000;
    this.counters.durations.push(seconds);
    this.counters.updates += 1;
    this.counters.patches += 2 + Math.floor(seconds / 3);
    // A cancelled job is counted too (network/trace.go setFailure).
    const reason = result.status === "canceled" ? "job_canceled" : result.failureReason;
    if (reason !== null) this.counters.failed.set(reason, (this.counters.failed.get(reason) ?? 0) + 1);
    this.#poll();
  }

  /** SIGKILL, or the kernel's OOM killer: jobs are orphaned. The container is restarted by its kubelet after `restartMs`. */
  kill(reason: "OOMKilled" | "Error", restartMs: number): void {
    const container = this.pod.containers[0];
    const { timeline } = this.cluster;
    if (!this.alive || !container?.isRunning) return;
    this.alive = false;
    for (const run of this.jobs) run.abandon();
    this.jobs.clear();
    this.inFlight = 0;
    if (reason === "OOMKilled") container.countOomKill(1, timeline.now);
    container.stop(137, timeline.now);
    this.cluster.refresh(this.pod);
    timeline.after(restartMs, () => this.#restart());
  }

  /** SIGTERM: jobs are ended as interrupted, then the process exits and is started again. */
  interrupt(): void {
    if (!this.alive) return;
    for (const run of this.jobs) run.interrupt();
    this.cluster.timeline.after(2500, () => this.kill("Error", 2000));
  }

  #restart(): void {
    const container = this.pod.containers[0];
    const { timeline, random } = this.cluster;
    if (!container || this.pod.gone) return;
    container.reset();
    container.start(random.hex(64), timeline.now);
    this.cluster.sayOfContainer(this.pod, container, "containers", {
      type: "Normal",
      reason: "Started",
      message: this.cluster.spec.minor >= 35 ? "Container started" : `Started container ${container.plan.name}`,
    });
    this.counters = newCounters(timeline.now);
    this.alive = true;
    this.cluster.refresh(this.pod);
  }
}

/** Slots are numbered from 0; a new job gets the lowest free one. */
function lowestFree(jobs: Iterable<JobRun>, counts: (run: JobRun) => boolean, slotOf: (run: JobRun) => number): number {
  const used = new Set<number>();
  for (const run of jobs) if (counts(run)) used.add(slotOf(run));
  let slot = 0;
  while (used.has(slot)) slot += 1;
  return slot;
}
