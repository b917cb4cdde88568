import type { ContainerRuntime } from "./container.ts";
import type { Step } from "./job-spec.ts";
import type { SimulatedNode } from "./node.ts";
import type { Timeline } from "./timeline.ts";
import { oomTime, stretch } from "./usage.ts";

export interface StepsOutcome {
  /** All steps are done. */
  done(): void;
  /** The kernel killed a process for the container's memory limit while `step` ran. */
  killed(): void;
}

/**
 * Lets a container do its steps one after the other. A quota or a crowded node makes them longer; memory that reaches
 * the limit ends them. `forever`: the last step goes on until the container ends. Returns a function that stops it.
 */
export function runSteps(
  timeline: Timeline,
  node: SimulatedNode,
  container: ContainerRuntime,
  steps: readonly Step[],
  outcome: StepsOutcome,
  forever = false,
): () => void {
  let stopped = false;
  let cancelOom = () => {};
  let cancelEnd = () => {};
  const stop = () => {
    stopped = true;
    cancelOom();
    cancelEnd();
  };
  const begin = (index: number) => {
    const step = steps[index];
    if (stopped) return;
    if (!step) return outcome.done();
    const { now } = timeline;
    const share = node.cpuShare(step.busy * Math.min(step.cores, container.limitCores ?? step.cores));
    const lengthMs = (step.forMs * stretch(step.cores, container.limitCores, share)) / timeline.speed;
    container.begin(step, now, now + lengthMs, share);
    const last = forever && index === steps.length - 1;
    const oomAt = container.activity ? oomTime(container.activity, container.limitBytes) : null;
    if (oomAt !== null) {
      cancelOom = timeline.at(oomAt, () => {
        if (stopped) return;
        stop();
        outcome.killed();
      });
    } else if (!last) cancelEnd = timeline.at(now + lengthMs, () => begin(index + 1));
  };
  begin(0);
  return stop;
}
