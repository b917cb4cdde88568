import type { PodRecord } from "../kubernetes/schema.ts";
import type { ManagedJob, ManagedTrack, ManagerMetrics, ManagerReading, ManagerRunner } from "../manager/schema.ts";
import { at, buildContainer, buildPod, running, T0 } from "./build-pod-record.ts";

/** The pod of a manager that has run for an hour. */
export function buildManagerPod(uid: string, change: Partial<PodRecord> = {}): PodRecord {
  return buildPod({
    uid,
    name: `gitlab-runner-${uid}`,
    namespace: "runners",
    createdAt: at(-3_600),
    labels: { chart: "gitlab-runner-0.88.1" },
    annotations: {},
    containers: [buildContainer("gitlab-runner", running(-3_600), { image: "gitlab/gitlab-runner:alpine-v18.3.0" })],
    ...change,
  });
}

/** One `[[runners]]` entry with the token `abc`, whose polls are answered with 204. */
export function buildRunner(change: Partial<ManagerRunner> = {}): ManagerRunner {
  return {
    shortToken: "abc",
    name: "k8s",
    systemId: "r_0123456789ab",
    limit: 0,
    jobs: [],
    jobsTotal: 0,
    queueAtPickUp: { size: null, depth: null },
    queueDuration: null,
    jobDuration: null,
    queuingExceeded: null,
    requestConcurrency: { inFlight: 0, exceededTotal: 0, hardLimit: 1, adaptiveLimit: 1, usedLimit: 1 },
    requests: [{ endpoint: "request_job", status: "204", count: 100 }],
    requestTimes: [],
    failures: [],
    feeds: null,
    feedFailures: null,
    healthCheckFailures: 0,
    processingFailures: [],
    pausePods: { desired: null, current: null },
    ...change,
  };
}

export function buildMetrics(change: Partial<ManagerMetrics> = {}): ManagerMetrics {
  return {
    concurrent: 10,
    workerSlots: 10,
    processState: "running",
    version: { version: "18.3.0", revision: null, builtAt: null },
    startedAt: at(-3_600),
    cpuSecondsTotal: null,
    residentBytes: null,
    logLines: [],
    configuration: { loaded: 1, loadingErrors: 0 },
    runners: [buildRunner()],
    unreadable: 0,
    dropped: 0,
    ...change,
  };
}

/** A manager that was read at T0 and holds nothing. */
export function buildReading(key: string, change: Partial<ManagerReading> = {}): ManagerReading {
  return {
    key,
    state: { state: "live", since: T0 },
    metrics: buildMetrics(),
    metricsAt: T0,
    jobs: [],
    jobsAt: T0,
    polls: [],
    ...change,
  };
}

export function buildManagedJob(jobId: string, change: Partial<ManagedJob> = {}): ManagedJob {
  return {
    url: `https://gitlab.example/payments/api/-/jobs/${jobId}`,
    jobId,
    state: "running",
    stage: "step_script",
    executorStage: "prepare",
    durationMs: 30_000,
    ...change,
  };
}

/** A job that manager `m1` took a second before its pod was made. */
export function buildTrack(jobId: string, change: Partial<ManagedTrack> = {}): ManagedTrack {
  return {
    manager: "m1",
    jobId,
    url: `https://gitlab.example/payments/api/-/jobs/${jobId}`,
    since: at(1),
    tookMs: Date.parse(at(-1)),
    stages: [
      { stage: "prepare_script", at: at(1) },
      { stage: "step_script", at: at(11) },
    ],
    end: null,
    left: null,
    ...change,
  };
}
