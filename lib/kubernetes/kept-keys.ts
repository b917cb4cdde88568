import { shareText } from "../base/share-equal.ts";
import { fields } from "./read-field.ts";
import { readText, VALUE_LENGTH } from "./read-text.ts";

/** The only labels and annotations that are kept. Everything else may hold what a job or a tool put there. */

/** GitLab Runner `executors/kubernetes/kubernetes.go` buildLabels(): since 17.9; `pod` alone before. */
const JOB_LABELS = [
  "pod",
  "job.runner.gitlab.com/pod",
  "project.runner.gitlab.com/id",
  "project.runner.gitlab.com/name",
  "project.runner.gitlab.com/namespace",
  "project.runner.gitlab.com/namespace-id",
  "project.runner.gitlab.com/root-namespace",
  "project.runner.gitlab.com/root-namespace-id",
  "manager.runner.gitlab.com/name",
  "manager.runner.gitlab.com/id-short",
];

/** GitLab Runner `executors/kubernetes/autoscaler/pause_pod_manager.go` (18.11). */
const PAUSE_LABELS = ["runner.gitlab.com/pause-pod", "manager.runner.gitlab.com/system-id"];

/** Helm chart gitlab-runner (all objects and pods carry these four), and the operator (docs/monitoring). */
const MANAGER_LABELS = ["app", "chart", "release", "heritage", "app.kubernetes.io/component"];

/** GitLab Runner buildPodAnnotations(): since 15.9, `timeout` since 17.11. A job author may overwrite them. */
const JOB_ANNOTATIONS = [
  "job.runner.gitlab.com/id",
  "job.runner.gitlab.com/url",
  "job.runner.gitlab.com/sha",
  "job.runner.gitlab.com/before_sha",
  "job.runner.gitlab.com/ref",
  "job.runner.gitlab.com/name",
  "job.runner.gitlab.com/timeout",
  "project.runner.gitlab.com/id",
];

/** Helm chart gitlab-runner with `metrics.enabled`. */
const MANAGER_ANNOTATIONS = ["prometheus.io/scrape", "prometheus.io/port"];

export const KEPT_POD_LABELS: readonly string[] = [...JOB_LABELS, ...PAUSE_LABELS, ...MANAGER_LABELS];
export const KEPT_POD_ANNOTATIONS: readonly string[] = [...JOB_ANNOTATIONS, ...MANAGER_ANNOTATIONS];
export const KEPT_WORKLOAD_LABELS: readonly string[] = ["manager.runner.gitlab.com/id-short", ...PAUSE_LABELS, ...MANAGER_LABELS];
/** Kubernetes reference "Well-Known Labels, Annotations and Taints". */
export const KEPT_NODE_LABELS: readonly string[] = [
  "kubernetes.io/hostname",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "node.kubernetes.io/instance-type",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
  "node-role.kubernetes.io/control-plane",
];

/** The kept entries of a label or annotation map. Values are scrubbed; an empty value is one (`pause-pod` may have it). */
export function keep(raw: unknown, keys: readonly string[]): Record<string, string> {
  const from = fields(raw);
  const kept: Record<string, string> = {};
  for (const key of keys) {
    const value = from[key];
    if (typeof value === "string") kept[key] = shareText(readText(value, VALUE_LENGTH) ?? "");
  }
  return kept;
}
