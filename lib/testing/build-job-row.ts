import { known, unknown } from "../base/known.ts";
import type { JobRow, Sentence, VerdictKind } from "../fleet/schema.ts";

const BORN = Date.parse("2026-03-01T12:00:00Z");
const KINDS: readonly VerdictKind[] = [
  "running",
  "running",
  "running",
  "running",
  "waiting-image",
  "waiting-cluster",
  "oom-killed",
  "succeeded",
];
/** Sentences as the fleet says them (`lib/fleet/sentence-keys.ts`). */
const SENTENCES: Partial<Record<VerdictKind, Sentence>> = {
  running: { key: "running.executing", values: { node: "ci-1" } },
  "waiting-image": { key: "waiting-image.pulling", values: { container: "build", image: "node:24" } },
  "waiting-cluster": { key: "waiting-cluster.unanswered", values: {} },
  "oom-killed": { key: "oom-killed.died", values: { container: "build", limit: "2 GiB" } },
};
const ENDED: Sentence = { key: "unknown.ended", values: {} };

/** A live job row with everything known; `change` replaces what a test is about. */
export function buildJobRow(change: Partial<JobRow> = {}): JobRow {
  const uid = change.uid ?? "11111111-0000-4000-8000-000000000000";
  const at = change.createdAt ?? new Date(BORN).toISOString();
  const none = { cpuMillicores: null, memoryBytes: null, ephemeralStorageBytes: null };
  return {
    key: `test/${uid}`,
    cluster: "test",
    uid,
    namespace: "ci",
    pod: `runner-abc-project-1-concurrent-0-${uid.slice(0, 4)}`,
    node: "ci-1",
    gitlab: {
      id: known("4711", at, "test"),
      url: known("https://gitlab.example/payments/api/-/jobs/4711", at, "test"),
      name: known("unit-test", at, "test"),
      project: known("payments/api", at, "test"),
      ref: known("main", at, "test"),
    },
    manager: unknown("not-connected"),
    runner: { shortToken: known("abc", at, "test"), name: unknown("not-set") },
    shape: "attach",
    phase: "executing",
    phaseSince: known(at, at, "test"),
    containers: [
      {
        name: "build",
        role: "build",
        state: known({ kind: "running", startedAt: at }, at, "test"),
        afterDeletion: false,
        restarts: 0,
        image: "node:24",
      },
      {
        name: "helper",
        role: "helper",
        state: known({ kind: "running", startedAt: at }, at, "test"),
        afterDeletion: false,
        restarts: 0,
        image: "gitlab-runner-helper:v18.3.0",
      },
    ],
    requests: { ...none, cpuMillicores: 500, memoryBytes: 512 * 2 ** 20 },
    limits: { ...none, cpuMillicores: 2000, memoryBytes: 2 * 2 ** 30 },
    verdict: { kind: "running", certainty: "confirmed", container: null, at: null, sentence: SENTENCES.running ?? ENDED },
    findings: [],
    bar: [
      { phase: "scheduling", start: at },
      { phase: "executing", start: at },
    ],
    use: builtUse(at),
    createdAt: at,
    deletionRequestedAt: null,
    deletedAt: null,
    deletedAfter: null,
    ending: "live",
    firstSeen: at,
    ...change,
  };
}

function builtUse(at: string): JobRow["use"] {
  const container = "build";
  return {
    cpu: known({ container, used: 1_200, limit: 2_000, at, throttledShare: 0.08, unthrottled: null }, at, "test"),
    memory: known({ container, used: 900 * 2 ** 20, limit: 2 * 2 ** 30, at, peak: 2 ** 30 }, at, "test"),
  };
}

/** `count` rows that differ as those of a busy fleet do: 60 projects, 50 nodes, one verdict in eight is bad. Always the same ones. */
export function buildJobRows(count: number): Map<string, JobRow> {
  const rows = new Map<string, JobRow>();
  for (let index = 0; index < count; index++) {
    const uid = `${String(index).padStart(8, "0")}-0000-4000-8000-000000000000`;
    const createdAt = new Date(BORN + ((index * 7919) % 3_600_000)).toISOString();
    const kind = KINDS[index % KINDS.length] ?? "running";
    const row = buildJobRow({
      uid,
      createdAt,
      node: `ci-${index % 50}`,
      verdict: { kind, certainty: "confirmed", container: null, at: null, sentence: SENTENCES[kind] ?? ENDED },
    });
    const gitlab = {
      ...row.gitlab,
      id: known(String(90_000 + index), createdAt, "test"),
      project: known(`group-${index % 6}/project-${index % 60}`, createdAt, "test"),
      name: known(`job-${index % 17}`, createdAt, "test"),
    };
    const gone = kind === "succeeded";
    rows.set(row.key, {
      ...row,
      gitlab,
      ending: gone ? "watched" : "live",
      deletedAt: gone ? new Date(BORN + 4_000_000).toISOString() : null,
      phase: gone ? "ended" : kind.startsWith("waiting") ? "starting" : "executing",
    });
  }
  return rows;
}
