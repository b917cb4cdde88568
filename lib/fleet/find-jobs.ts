import type { PodContainer, PodRecord } from "../kubernetes/schema.ts";
import type { Job } from "./schema.ts";

/** Since runner 17.9; keys of `*.runner.gitlab.com` cannot be set by a job author (runner `executors/kubernetes` buildLabels). */
const POD_LABEL = "job.runner.gitlab.com/pod";
/** The only label of runners up to 17.8. Anybody may use this word, so it needs a second sign. */
const OLD_POD_LABEL = "pod";
/** Since runner 15.9. */
const ID_ANNOTATION = "job.runner.gitlab.com/id";
/** Runner 18.11, `executors/kubernetes/autoscaler/pause_pod_manager.go`. */
const PAUSE_LABEL = "runner.gitlab.com/pause-pod";

/** A pod that only holds room for jobs to come. */
export function isPausePod(pod: Pick<PodRecord, "labels">): boolean {
  return pod.labels[PAUSE_LABEL] !== undefined && pod.labels[PAUSE_LABEL] !== "false";
}

/** Whether a runner made this pod for a job. */
export function isJobPod(pod: Pick<PodRecord, "labels" | "annotations" | "name" | "containers">): boolean {
  if (isPausePod(pod)) return false;
  if (pod.labels[POD_LABEL] !== undefined) return true;
  const base = pod.labels[OLD_POD_LABEL];
  if (base === undefined) return false;
  // The runner names pods `<base>-<8 random characters>`, 54 characters of the base at most (5 characters before 16.2).
  const named = base.startsWith("runner-") && pod.name.startsWith(base.slice(0, 54)) && has(pod.containers, "build");
  return pod.annotations[ID_ANNOTATION] !== undefined || named;
}

/**
 * How the runner drives the pod (reference: three pod shapes). Attach brings its scripts in a volume, the older exec strategy has
 * none of it, concrete has no helper.
 */
export function shapeOf(pod: Pick<PodRecord, "containers" | "volumes">): Job["shape"] {
  const { containers } = pod;
  if (!has(containers, "build")) return "unknown";
  const scripts = pod.volumes.some((volume) => volume.name === "scripts");
  if (has(containers, "init-steps-bootstrap")) return "concrete";
  if (!has(containers, "helper")) return scripts ? "concrete" : "unknown";
  return scripts ? "attach" : "legacy-exec";
}

function has(containers: readonly PodContainer[], name: string): boolean {
  return containers.some((container) => container.name === name);
}
