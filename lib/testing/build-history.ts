import type { HistoryKept, HistoryRow } from "../history/schema.ts";

/** A finished job as the history lists it; `change` replaces what a test is about. */
export function buildHistoryRow(change: Partial<HistoryRow> = {}): HistoryRow {
  const uid = change.uid ?? "11111111-0000-4000-8000-000000000000";
  const cluster = change.cluster ?? "test";
  return {
    key: `${cluster}/${uid}`,
    cluster,
    uid,
    namespace: "ci",
    pod: `runner-abc-project-1-concurrent-0-${uid.slice(0, 8)}`,
    node: "ci-1",
    gitlabId: "4711",
    gitlabUrl: "https://gitlab.example/payments/api/-/jobs/4711",
    name: "unit-test",
    project: "payments/api",
    ref: "main",
    runner: "abc",
    image: "node:24",
    failureReason: null,
    verdict: "oom-killed",
    certainty: "confirmed",
    container: "build",
    findings: ["cpu-throttling"],
    createdAt: "2026-03-01T12:00:00.000Z",
    endedAt: "2026-03-01T12:03:20.000Z",
    endedAfter: null,
    ...change,
  };
}

export function buildKept(change: Partial<HistoryKept> = {}): HistoryKept {
  return {
    jobs: 48_212,
    oldestAt: "2026-02-01T08:00:00.000Z",
    bytes: 96 * 2 ** 20,
    maxAgeMs: 30 * 86_400_000,
    maxBytes: 2 ** 30,
    gaps: [],
    ...change,
  };
}
