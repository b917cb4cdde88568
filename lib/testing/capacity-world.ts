import { expect } from "vitest";
import type { PendingGroup, RunnerRecord } from "../gitlab/schema.ts";
import type { PodRecord } from "../kubernetes/schema.ts";
import { deriveSlots } from "../manager/derive-slots.ts";
import type { ManagerReading, PollRecord } from "../manager/schema.ts";
import { foldFleet, type ClusterInput, type GitlabFacts } from "../fleet/fold-fleet.ts";
import { overviewSchema, type Overview } from "../fleet/schema.ts";
import { buildManagerPod, buildMetrics, buildReading, buildRunner } from "./build-reading.ts";
import { at, buildCluster, buildContainer, buildNode, buildPod, condition } from "./build-pod-record.ts";
import { expectSentences } from "./judge-pod.ts";

export const NOW = 120;

/** What the sources of one cluster hold at T+`NOW`. */
export interface Capacities {
  readings?: ManagerReading[];
  pods?: PodRecord[];
  nodes?: number;
  gitlab?: Partial<GitlabFacts> | null;
  change?: Partial<ClusterInput>;
}

export function overviewOf({ readings = [], pods = [], nodes = 1, gitlab = null, change = {} }: Capacities): Overview {
  const cluster = buildCluster([...pods, ...readings.map(({ key }) => buildManagerPod(key, { node: "elsewhere" }))], {
    nodes: new Map(Array.from({ length: nodes }, (_, index) => [`n${index}`, buildNode({ uid: `n${index}`, name: `ci-${index + 1}` })])),
    readings: new Map(readings.map((reading) => [reading.key, reading])),
    slots: new Map(readings.map((reading) => [reading.key, deriveSlots(reading, Date.parse(at(NOW)))])),
    ...change,
  });
  const facts =
    gitlab === null
      ? null
      : {
          baseUrl: "https://gitlab.example",
          version: null,
          jobs: new Map(),
          pending: null,
          runners: [],
          blindSpots: [],
          state: null,
          ...gitlab,
        };
  const { overview } = foldFleet(null, { clusters: [cluster], gitlab: facts, at: at(NOW), keep: { maxJobs: 10, maxAgeMs: 60_000 } });
  expect(overviewSchema.safeParse(overview).error).toBeUndefined();
  const { capacity, waitingTags } = overview;
  expectSentences([
    capacity.sentence,
    ...capacity.whyNot,
    ...(waitingTags.state === "known" ? waitingTags.value.map(({ heldBy }) => heldBy) : []),
  ]);
  for (const evidence of capacity.evidence) expect(evidence.value).not.toBe("");
  return overview;
}

export const poll = (change: Partial<PollRecord> = {}): PollRecord => ({
  shortToken: "abc",
  since: at(0),
  at: at(NOW),
  statuses: [{ status: "204", count: 40 }],
  refused: [],
  lastAnswerAt: at(NOW),
  lastSuccessAt: at(NOW),
  lastJobAt: null,
  openSince: at(0),
  ...change,
});
export const throttled = poll({
  statuses: [
    { status: "429", count: 9 },
    { status: "204", count: 30 },
  ],
  refused: [{ status: "429", count: 4 }],
  lastSuccessAt: at(NOW - 15),
});

/** A manager with `concurrent` 10 that runs this many jobs. */
export function manager(
  key: string,
  used: number,
  { limit = 0, polls = [poll()], token = "abc" }: { limit?: number; polls?: PollRecord[]; token?: string } = {},
): ManagerReading {
  const jobs = [{ state: "running", stage: "step_script", executorStage: "prepare", count: used }];
  const metrics = buildMetrics({ runners: [buildRunner({ jobs, limit, shortToken: token, name: token })] });
  return buildReading(key, { metrics, metricsAt: at(NOW), jobsAt: at(NOW), polls });
}

const uid = (index: number) => `${String(index).padStart(8, "0")}-0000-4000-8000-000000000000`;
export const jobPods = (count: number) => Array.from({ length: count }, (_, index) => buildPod({ uid: uid(index) }));
export const unplaced = (count: number, says: (index: number) => string = () => "0/1 nodes are available: 1 Insufficient cpu.") =>
  Array.from({ length: count }, (_, index) =>
    buildPod({
      uid: uid(500 + index),
      node: null,
      phase: "Pending",
      containers: [buildContainer("build", null)],
      conditions: [condition("PodScheduled", "False", 1, "Unschedulable", says(index))],
    }),
  );

export const runner = (change: Partial<RunnerRecord> = {}): RunnerRecord => ({
  id: "8",
  description: "k8s",
  type: "instance_type",
  paused: false,
  status: "online",
  jobExecutionStatus: null,
  shortToken: "abc",
  tags: ["k8s"],
  runUntagged: false,
  contactedAt: null,
  version: null,
  managers: null,
  readAt: at(NOW),
  ...change,
});
export const group = (change: Partial<PendingGroup> = {}): PendingGroup => ({
  tags: ["k8s"],
  count: 5,
  oldestQueuedAt: at(NOW - 60),
  jobs: [],
  ...change,
});
export const waiting = (groups: PendingGroup[], runners = [runner()]): Partial<GitlabFacts> => ({
  runners,
  pending: { scope: "instance", projects: [], at: at(NOW), groups },
});
