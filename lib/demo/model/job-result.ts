import type { ContainerRuntime } from "./container.ts";
import type { JobSpec } from "./job-spec.ts";
import type { PodRuntime } from "./pod.ts";

export interface JobResult {
  status: "success" | "failed" | "canceled";
  /** As the runner sends it (common/failure_reason_mapper.go). */
  failureReason: string | null;
  exitCode: number | null;
  /** The last line of the trace. */
  text: string;
}

export const SUCCEEDED: JobResult = { status: "success", failureReason: null, exitCode: 0, text: "Job succeeded" };
export const CANCELLED: JobResult = { status: "canceled", failureReason: null, exitCode: null, text: "ERROR: Job failed: canceled" };
export const INTERRUPTED: JobResult = failed("runner_interrupted", "ERROR: Job failed (system failure): aborted: terminated");

function failed(failureReason: string, text: string, exitCode: number | null = null): JobResult {
  return { status: "failed", failureReason, exitCode, text };
}

export function systemFailure(cause: string): JobResult {
  return failed("runner_system_failure", `ERROR: Job failed (system failure): ${cause}`);
}

export function scriptFailure(exitCode: number): JobResult {
  return failed("script_failure", `ERROR: Job failed: command terminated with exit code ${exitCode}`, exitCode);
}

export function timedOut(timeoutMs: number): JobResult {
  return failed("job_execution_timeout", `ERROR: Job failed: execution took longer than ${Math.round(timeoutMs / 1000)}s seconds`);
}

/** An image that cannot be pulled: a network error is an external dependency, the rest is configuration (common/classify_image_pull_failure.go). */
export function imageFailure(container: ContainerRuntime, message: string): JobResult {
  const reason = /dial tcp|timeout|no such host/.test(message) ? "runner_external_dependency_failure" : "runner_configuration_error";
  const { image, name } = container.plan;
  return failed(
    reason,
    `ERROR: Job failed: prepare environment: waiting for pod running: pulling image "${image}" for container ${name}: image pull failed: ${message}`,
  );
}

export function disrupted(pod: PodRuntime): JobResult {
  const reason = pod.conditions.get("DisruptionTarget")?.reason ?? "NodeLost";
  return systemFailure(
    `pod "${pod.namespace}/${pod.name}" is disrupted: reason "${reason}", message "${pod.message ?? "node is not ready"}"`,
  );
}

/** The API server refuses a request above its limit: no pod ever exists. Its text, or null when all is well. */
export function invalidResources(spec: JobSpec, podName: string): string | null {
  const { requests, limits } = spec.build;
  if (requests.cpuMillicores === null || limits.cpuMillicores === null || requests.cpuMillicores <= limits.cpuMillicores) return null;
  const cores = (millicores: number) => (millicores % 1000 === 0 ? String(millicores / 1000) : `${millicores}m`);
  return `Pod "${podName}" is invalid: spec.containers[0].resources.requests: Invalid value: "${cores(requests.cpuMillicores)}": must be less than or equal to cpu limit of ${cores(limits.cpuMillicores)}`;
}
