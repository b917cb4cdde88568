import type { JobRecord } from "../gitlab/schema.ts";
import { at } from "./build-pod-record.ts";

/** GitLab's record of the job of `buildPod`, running. */
export function buildJobRecord(change: Partial<JobRecord> = {}): JobRecord {
  return {
    id: "4711",
    projectId: "7",
    projectPath: "payments/api",
    name: "unit-test",
    stage: "test",
    ref: "main",
    sha: null,
    status: "running",
    failureReason: null,
    failureMessage: null,
    exitCode: null,
    allowFailure: false,
    stuck: null,
    tags: ["k8s"],
    url: "https://gitlab.example/payments/api/-/jobs/4711",
    createdAt: at(-20),
    queuedAt: at(-10),
    startedAt: at(-1),
    finishedAt: null,
    queuedMs: 9_000,
    durationMs: null,
    pipeline: { id: "99", iid: "5", status: "running", source: "push", ref: "main", sha: null, url: null, createdAt: null },
    user: null,
    runner: null,
    managerSystemId: null,
    readAt: at(20),
    readFrom: "rest",
    ...change,
  };
}
