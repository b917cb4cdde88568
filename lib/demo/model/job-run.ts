import { buildJobPod } from "./build-pod.ts";
import type { ClusterModel } from "./cluster.ts";
import type { ContainerRuntime } from "./container.ts";
import type { GitlabJob, TraceLine } from "./gitlab.ts";
import {
  CANCELLED,
  disrupted,
  imageFailure,
  INTERRUPTED,
  invalidResources,
  scriptFailure,
  SUCCEEDED,
  systemFailure,
  timedOut,
  type JobResult,
} from "./job-result.ts";
import type { JobSpec, Step } from "./job-spec.ts";
import type { ManagerProcess } from "./manager.ts";
import { scriptExit, scriptStart } from "./log-book.ts";
import { requestsOf, type PodChange, type PodRuntime } from "./pod.ts";
import { runSteps } from "./run-steps.ts";

export type JobStage =
  | ""
  | "prepare_executor"
  | "prepare_script"
  | "get_sources"
  | "restore_cache"
  | "download_artifacts"
  | "step_script"
  | "after_script"
  | "archive_cache"
  | "upload_artifacts_on_success"
  | "upload_artifacts_on_failure"
  | "cleanup_file_variables";

/** `poll_timeout` of the executor: how long a pod may take to run, ms. */
const POLL_TIMEOUT_MS = 180_000;

/** One job in a manager: its stages, its pod, its end (common/build.go, executors/kubernetes). */
export class JobRun {
  readonly job: GitlabJob;
  readonly manager: ManagerProcess;
  readonly slot: number;
  readonly projectSlot: number;
  readonly startedAt: number;
  stage: JobStage = "";
  executorStage: "" | "prepare" | "finish" | "cleanup" = "";
  state: "pending" | "running" | "success" | "failed" | "canceled" | "timedout" | "terminated" = "pending";
  pod: PodRuntime | null = null;
  readonly #cluster: ClusterModel;
  readonly #stops: (() => void)[] = [];
  #listener: ((change: PodChange) => void) | null = null;
  #ended = false;
  #scriptFailed: JobResult | null = null;

  constructor(manager: ManagerProcess, job: GitlabJob, slot: number, projectSlot: number) {
    this.manager = manager;
    this.job = job;
    this.slot = slot;
    this.projectSlot = projectSlot;
    this.#cluster = manager.cluster;
    this.startedAt = this.#cluster.timeline.now;
  }

  get spec(): JobSpec {
    return this.job.spec;
  }

  start(): void {
    const { timeline, random } = this.#cluster;
    this.state = "running";
    this.executorStage = "prepare";
    this.#enter("prepare_executor");
    this.#after(this.spec.timeoutMs, () => this.#end(timedOut(this.spec.timeoutMs)));
    this.#stops.push(timeline.after(random.between(80, 220), () => this.#createPod()));
  }

  /** The manager process is gone: nobody looks after the pod any more, and GitLab hears nothing. */
  abandon(): void {
    this.#ended = true;
    this.#release();
  }

  /** The manager was told to stop: it ends its jobs first. */
  interrupt(): void {
    this.#end(INTERRUPTED);
  }

  #createPod(): void {
    if (this.#ended) return;
    const cluster = this.#cluster;
    const { runner } = this.manager;
    this.#enter("prepare_script");
    const taken = { ...this.job, startedAt: this.startedAt, slot: this.slot, projectSlot: this.projectSlot };
    const built = buildJobPod(this.spec, taken, runner, cluster.spec, cluster.random, cluster.timeline.now);
    const { name } = built.object.metadata;
    const refused = cluster.quotas.refusal(runner.jobNamespace, requestsOf(built.plans));
    const cause = invalidResources(this.spec, name) ?? (refused === null ? null : `pods "${name}" is forbidden: ${refused}`);
    if (cause !== null)
      return this.#systemFailure(
        `prepare environment: setting up build pod: ${cause}. Check https://docs.gitlab.com/runner/shells/#shell-profile-loading for more information`,
      );
    this.pod = cluster.createPod(built.object, built.plans, built.qosClass, this.spec.init);
    this.job.pod = this.pod.name;
    this.#listener = (change) => this.#hear(change);
    this.pod.listeners.add(this.#listener);
    this.#after(POLL_TIMEOUT_MS, () => {
      if (this.stage === "prepare_script")
        this.#systemFailure(
          `prepare environment: waiting for pod running: timed out waiting for pod to start (last phase: ${this.pod?.phase})`,
        );
    });
    this.#watchPending();
  }

  /** The runner polls its pod every 3 s while it waits, and prints what it sees. */
  #watchPending(): void {
    const { pod } = this;
    if (this.#ended || !pod || this.stage !== "prepare_script") return;
    const build = pod.container("build");
    if (pod.phase === "Running" && build?.isRunning) return this.#fetch();
    if (pod.phase === "Failed") return this.#systemFailure("prepare environment: waiting for pod running: pod status is failed");
    this.#say(
      `Waiting for pod ${pod.namespace}/${pod.name} to be running on the node ${pod.node?.name ?? "<unknown>"}, status is ${pod.phase}`,
    );
    const scheduled = pod.conditions.get("PodScheduled");
    if (scheduled?.status === "False") this.#say(`\t${scheduled.reason}: "${scheduled.message}"`);
    this.#after(3000, () => this.#watchPending());
  }

  #hear(change: PodChange): void {
    if (this.#ended || !this.pod) return;
    if (change === "image-failed") this.#imageFailed();
    else if (change === "deleting" || change === "deleted")
      this.#systemFailure(`pod "${this.pod.namespace}/${this.pod.name}" is being deleted`);
    else if (change === "disrupted") this.#end(disrupted(this.pod));
    else if (change === "build-ended" || change === "helper-ended") this.#containerEnded(change === "build-ended" ? "build" : "helper");
    else if (this.pod.phase === "Failed" && this.stage !== "prepare_script")
      this.#systemFailure(`pod "${this.pod.name}" status is "Failed"`);
  }

  #imageFailed(): void {
    const container = this.pod?.containers.find((entry) => entry.state.kind === "waiting" && entry.pullError !== null);
    const message = container?.pullError;
    if (!container || !message) return;
    this.#say(
      `WARNING: Failed to pull image "${container.plan.image}" for container "${container.plan.name}" with policy "IfNotPresent": image pull failed: ${message}`,
    );
    this.#end(imageFailure(container, message));
  }

  #containerEnded(name: "build" | "helper"): void {
    const state = this.pod?.container(name)?.state;
    if (state?.kind === "terminated")
      this.#systemFailure(`Error in container ${name}: exit code: ${state.exitCode}, reason: '${state.reason}'`);
  }

  #fetch(): void {
    this.#enter("get_sources");
    this.#runIn("helper", this.spec.fetch, () => this.#script(), "get_sources");
  }

  #script(): void {
    this.#enter("step_script");
    const { cancelAfterMs, deleteAfterMs } = this.spec.fate;
    if (cancelAfterMs !== undefined) this.#after(cancelAfterMs, () => this.#end(CANCELLED));
    if (deleteAfterMs !== undefined) this.#after(deleteAfterMs, () => this.pod && this.#cluster.deletePod(this.pod));
    this.#runIn("build", this.spec.script, () => this.#scriptEnded(this.spec.exitCode), "step_script");
  }

  #scriptEnded(exitCode: number): void {
    if (exitCode !== 0) this.#scriptFailed = scriptFailure(exitCode);
    const next = () => this.#upload();
    if (!this.spec.hasAfterScript) return next();
    this.#enter("after_script");
    this.#after(this.#cluster.random.between(300, 900), next);
  }

  #upload(): void {
    if (this.spec.upload.length === 0) return this.#cleanup();
    this.#enter(this.#scriptFailed ? "upload_artifacts_on_failure" : "upload_artifacts_on_success");
    this.#runIn("helper", this.spec.upload, () => this.#cleanup(), "upload_artifacts");
  }

  #cleanup(): void {
    this.#enter("cleanup_file_variables");
    this.#after(this.#cluster.random.between(250, 600), () => this.#end(this.#scriptFailed ?? SUCCEEDED));
  }

  /** Runs steps in a container; a killed child ends the stage with 137, or the script goes on where it may. */
  #runIn(name: "build" | "helper", steps: readonly Step[], done: () => void, stage: string): void {
    const { pod } = this;
    const container = pod?.container(name);
    const node = pod?.node;
    if (!pod || !container || !node) return;
    const { timeline } = this.#cluster;
    const scripts = `/scripts-${this.spec.project.id}-${this.job.id}`;
    this.#cluster.log(pod, name, [
      scriptStart(scripts, stage),
      ...(stage === "step_script" ? [`$ make ${this.spec.name.replaceAll(" ", "-")}`] : []),
    ]);
    let from = 0;
    const go = (list: readonly Step[]) => {
      const stop = runSteps(timeline, node, container, list, {
        done: () => {
          container.idle(timeline.now);
          this.#cluster.log(pod, name, [scriptExit(scripts, stage, stage === "step_script" ? this.spec.exitCode : 0)]);
          if (!this.#ended) done();
        },
        killed: () =>
          this.#killed(pod, container, stage, () => {
            from = Math.max(from + 1, steps.findIndex((step) => step.memoryBytes >= (container.limitBytes ?? Infinity)) + 1);
            go(steps.slice(from));
          }),
      });
      this.#stops.push(stop);
      pod.timers.add(stop);
    };
    go(steps);
  }

  #killed(pod: PodRuntime, container: ContainerRuntime, stage: string, goOn: () => void): void {
    if (this.#cluster.kubelet.oomKill(pod, container)) return;
    this.#say("Killed");
    this.#cluster.log(pod, container.plan.name, ["Killed"]);
    if (stage === "step_script") return this.spec.onChildKilled === "goes-on" ? goOn() : this.#scriptEnded(137);
    this.#end(scriptFailure(137));
  }

  #systemFailure(cause: string): void {
    this.#end(systemFailure(cause));
  }

  /** Deletes the pod first, then tells GitLab: in this order (common/build.go). */
  #end(result: JobResult): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
    this.#say(result.text);
    const { timeline } = this.#cluster;
    this.state = stateOf(result);
    this.executorStage = "cleanup";
    if (this.pod) this.#cluster.deletePod(this.pod);
    timeline.after(this.#cluster.random.between(150, 500), () => {
      this.#cluster.gitlab.finish(this.job, result.status, result.failureReason, result.exitCode);
      this.manager.finished(this, result);
    });
  }

  #release(): void {
    for (const stop of this.#stops.splice(0)) stop();
    if (this.pod && this.#listener) this.pod.listeners.delete(this.#listener);
  }

  #enter(stage: JobStage): void {
    const { now } = this.#cluster.timeline;
    const open = this.job.sections.at(-1);
    if (open?.endedAt === null) open.endedAt = now;
    this.stage = stage;
    if (stage !== "") this.job.sections.push({ name: stage, startedAt: now, endedAt: null });
  }

  #after(ms: number, task: () => void): void {
    this.#stops.push(
      this.#cluster.timeline.after(ms, () => {
        if (!this.#ended) task();
      }),
    );
  }

  #say(text: string): void {
    const line: TraceLine = { at: this.#cluster.timeline.now, text };
    if (this.job.lines.length < 200) this.job.lines.push(line);
  }
}

/** The state of a build that is over (common/build.go runtimeStateAndError). */
function stateOf({ status, failureReason }: JobResult): JobRun["state"] {
  if (failureReason === "job_execution_timeout") return "timedout";
  return failureReason === "runner_interrupted" ? "terminated" : status;
}
