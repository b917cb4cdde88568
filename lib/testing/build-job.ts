import { known, unknown } from "../base/known.ts";
import type { Job } from "../fleet/schema.ts";

const AT = "2026-03-01T12:00:00.000Z";

const UNKNOWN: Job["verdict"] = {
  kind: "unknown",
  certainty: "possible",
  container: null,
  at: null,
  sentence: { key: "unknown", values: {} },
  evidence: [],
  remedy: null,
};

/** A job whose pod is gone, as the history keeps it; `change` replaces what a test is about. */
export function buildJob(change: Partial<Job> = {}): Job {
  const uid = change.uid ?? "11111111-0000-4000-8000-000000000000";
  const cluster = change.cluster ?? "test";
  const none = { cpuMillicores: null, memoryBytes: null, ephemeralStorageBytes: null };
  return {
    key: `${cluster}/${uid}`,
    cluster,
    uid,
    namespace: "ci",
    pod: `runner-abc-project-1-concurrent-0-${uid.slice(0, 8)}`,
    node: "ci-1",
    podIp: "10.0.0.7",
    qosClass: "Burstable",
    hostAliases: [],
    volumes: [],
    gitlab: {
      id: known("4711", AT, "test"),
      url: known("https://gitlab.example/payments/api/-/jobs/4711", AT, "test"),
      name: known("unit-test", AT, "test"),
      stage: unknown("not-connected"),
      ref: known("main", AT, "test"),
      sha: unknown("not-set"),
      project: known("payments/api", AT, "test"),
      projectId: known("7", AT, "test"),
      pipeline: unknown("not-connected"),
      status: unknown("not-connected"),
      failureReason: unknown("not-connected"),
      exitCode: unknown("not-connected"),
      timeoutMs: unknown("not-set"),
    },
    manager: unknown("not-connected"),
    runner: { shortToken: known("abc", AT, "test"), name: unknown("not-set") },
    shape: "attach",
    podPhase: "Running",
    phase: "ended",
    phaseSince: known(AT, AT, "test"),
    lifecycle: [],
    stages: [],
    containers: [],
    docker: null,
    conditions: [],
    requests: none,
    limits: none,
    verdict: { ...UNKNOWN },
    findings: [],
    createdAt: AT,
    deletionRequestedAt: AT,
    deletedAt: AT,
    deletedAfter: null,
    ending: "watched",
    firstSeen: AT,
    lastSeen: AT,
    ...change,
  };
}
