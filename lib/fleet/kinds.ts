/** The closed lists of `lib/fleet`: each has a word in both languages, and the pages filter, sort and group by them. */

/** The eight phases of a job's life, in order (`messages: phase.*`). */
export const PHASE_NAMES = [
  "queued", // 1 queued in GitLab
  "picked-up", // 2 a manager's poll took it
  "scheduling", // 3 pod created, being scheduled
  "starting", // 4 images pulled, containers started, services ready
  "sources", // 5 helper: sources, cache, artifacts of earlier jobs
  "script", // 6 build: script, after_script
  "artifacts", // 7 helper: cache and artifacts up
  "cleanup", // 8 deletion requested, containers stop, pod goes
] as const;
export type PhaseName = (typeof PHASE_NAMES)[number];

/**
 * Where a job is now. `executing` = one of sources, script, artifacts: Kubernetes alone cannot tell which.
 * `ended` = the pod is gone.
 */
export const JOB_PHASES = [...PHASE_NAMES, "executing", "ended"] as const;
export type JobPhase = (typeof JOB_PHASES)[number];

// prettier-ignore
export const VERDICT_KINDS = [
  "running", "succeeded", "waiting-slot", "waiting-request-path", "waiting-cluster", "waiting-image", "script-failed", "oom-killed",
  "image-pull-failed", "service-failed", "dind-not-ready", "timed-out", "cancelled", "evicted", "node-lost", "deleted-externally",
  "runner-interrupted", "runner-system-failure", "orphaned", "unknown",
] as const;
export type VerdictKind = (typeof VERDICT_KINDS)[number];

// prettier-ignore
export const FINDING_KINDS = [
  "oom-kill", "cpu-throttling", "container-exited", "image-pull-retry", "unschedulable", "dind-slow", "memory-near-limit", "no-limit", "samples-missing",
] as const;
