import { describe, expect, it } from "vitest";
import type { Fleet } from "./fold-fleet.ts";
import type { PodRecord } from "../kubernetes/schema.ts";
import type { ManagedTrack, ManagerReading } from "../manager/schema.ts";
import { at, buildContainer, running, terminated } from "../testing/build-pod-record.ts";
import { buildManagerPod, buildMetrics, buildTrack } from "../testing/build-reading.ts";
import { expectSentences } from "../testing/judge-pod.ts";
import { foldWorld, gone, look, type LinkedWorld } from "../testing/linked-world.ts";

interface Story {
  /** The manager's pod as it is seen from T+41 on; null: it is not there any more. */
  manager: PodRecord | null;
  /** When the pods of its jobs are asked to go, seconds after T0. */
  asked: number[];
  /** When the manager took them. */
  tookAt?: number;
  /** What the manager answers at T+41. */
  answers?: Partial<ManagerReading>;
  left?: ManagedTrack["left"];
  end?: ManagedTrack["end"];
  /** When all is over. */
  until?: number;
}

const told = (seconds: number) => buildManagerPod("m1", { deletionRequestedAt: at(seconds), deletionGraceSeconds: 60 });
const ended = (reason: string, exitCode: number, seconds: number, restartCount = 1) =>
  buildManagerPod("m1", {
    containers: [
      buildContainer("gitlab-runner", running(seconds + 2), {
        image: "gitlab/gitlab-runner:alpine-v18.3.0",
        lastState: terminated(reason, exitCode, seconds, -3_600),
        restartCount,
      }),
    ],
  });
const beganAnew = { from: at(39), to: at(44), jobs: 1, failures: null };
const shutdown = (processState: string): Partial<ManagerReading> => ({ metrics: buildMetrics({ processState }) });

/** Plays it: held at T+20 and T+39, the manager changes at T+41, the pods are gone at the end. The first job's verdict. */
function play({ manager, asked, tookAt = 1, answers, left = null, end = null, until = 110 }: Story) {
  const ids = asked.map((_, index) => String(index + 1));
  const tracks = ids.map((id) => buildTrack(id, { since: at(tookAt) }));
  const pods = (deleted: boolean) =>
    ids.map((id, index) =>
      gone(`job-${id}`, id, {
        phase: "Running",
        containers: [buildContainer("build", running(), { mounts: [] }), buildContainer("helper", running(), { mounts: [] })],
        ...(deleted ? { deletionRequestedAt: at(asked[index] ?? 0) } : { deletionRequestedAt: null, deletionGraceSeconds: null }),
      }),
    );
  const other = look("m2", 39);
  const fleets: Fleet[] = [];
  const fold = (...[seconds, world]: [number, LinkedWorld]) => void fleets.push(foldWorld(fleets.at(-1) ?? null, seconds, world));
  fold(20, { managers: ["m1", "m2"], pods: pods(false), readings: [look("m1", 20, ids), look("m2", 20)], tracks });
  fold(39, { managers: ["m1", "m2"], pods: pods(false), readings: [look("m1", 39, ids), other], tracks });
  const around = manager === null ? [] : [manager];
  const after = tracks.map((track) => ({ ...track, left, end }));
  const readings = [...(answers === undefined ? [] : [look("m1", 41, ids, answers)]), look("m2", 41)];
  fold(41, { managers: ["m2"], pods: [...around, ...pods(Math.max(...asked) <= 41)], readings, tracks: after });
  fold(46, {
    managers: ["m2"],
    pods: [...around, ...pods(Math.max(...asked) <= 46)],
    readings: [look("m2", 46)],
    tracks: after,
  });
  fold(until - 5, {
    managers: ["m2"],
    pods: [...around, ...pods(true)],
    readings: [look("m2", until - 5)],
    tracks: after,
  });
  // The manager is forgotten, and with it its list.
  fold(until, {
    managers: ["m2"],
    ended: pods(true).map((pod) => ({ ...pod, phase: "Failed" as const })),
    readings: [look("m2", until)],
  });
  const job = [...(fleets.at(-1)?.jobs.values() ?? [])].find(({ uid }) => uid === "job-1");
  if (job === undefined) throw new Error("no job");
  expectSentences([job.verdict.sentence, job.verdict.remedy]);
  return { verdict: job.verdict, fleets };
}

describe("a job whose manager ended under it", () => {
  it.each<[what: string, story: Story, kind: string, certainty: string, sentence: string]>([
    [
      "a rollout: told to stop, the pod asked to go a second later",
      { manager: told(40), asked: [41] },
      "runner-interrupted",
      "likely",
      "runner-interrupted.manager",
    ],
    [
      "told to stop, and much later the pod of one job",
      { manager: told(40), asked: [60] },
      "runner-interrupted",
      "possible",
      "runner-interrupted.perhaps",
    ],
    [
      "told to stop, and much later the pods of two at once",
      { manager: told(40), asked: [60, 61] },
      "runner-interrupted",
      "likely",
      "runner-interrupted.manager",
    ],
    [
      "told to stop, and it said that it ends its jobs",
      { manager: told(40), asked: [60], answers: shutdown("forceful-shutdown") },
      "runner-interrupted",
      "likely",
      "runner-interrupted.manager",
    ],
    [
      "told to stop, and it said that it lets them finish",
      { manager: told(40), asked: [60, 60], answers: shutdown("graceful-shutdown") },
      "unknown",
      "possible",
      "unknown.ended",
    ],
    ["asked to go long before the manager was told", { manager: told(40), asked: [36] }, "unknown", "possible", "unknown.ended"],
    [
      "stopped in order within its pod, the pod asked to go before",
      { manager: ended("Completed", 0, 42), asked: [40], left: beganAnew },
      "runner-interrupted",
      "likely",
      "runner-interrupted.manager",
    ],
    [
      "killed within its pod, two pods asked to go just before",
      { manager: ended("Error", 137, 42), asked: [40, 40], left: beganAnew },
      "runner-interrupted",
      "likely",
      "runner-interrupted.manager",
    ],
    [
      "killed within its pod, one pod asked to go just before: it may have been done",
      { manager: ended("Error", 137, 42), asked: [40], left: beganAnew },
      "runner-interrupted",
      "possible",
      "runner-interrupted.perhaps",
    ],
    [
      "killed, and the pod deleted by somebody half a minute later",
      { manager: ended("Error", 137, 40), asked: [75], left: beganAnew },
      "orphaned",
      "likely",
      "orphaned.lost",
    ],
    [
      "OOM-killed, and the pod deleted by somebody later",
      { manager: ended("OOMKilled", 137, 40), asked: [75], left: beganAnew },
      "orphaned",
      "likely",
      "orphaned.lost",
    ],
    [
      "its pod gone without a word, and the job's pod deleted much later",
      { manager: null, asked: [90] },
      "orphaned",
      "likely",
      "orphaned.lost",
    ],
    [
      "an earlier end of the manager, before it took the job",
      { manager: ended("Error", 137, 0), asked: [75], tookAt: 10 },
      "orphaned",
      "likely",
      "orphaned.removed",
    ],
    [
      "seen as finished before the manager ended",
      { manager: told(40), asked: [41], end: { state: "success", at: at(41) } },
      "succeeded",
      "confirmed",
      "succeeded.state",
    ],
    [
      "left in order before the manager ended",
      { manager: told(41), asked: [39], left: { from: at(39), to: at(40), jobs: 1, failures: [] } },
      "succeeded",
      "likely",
      "succeeded.manager",
    ],
  ])("%s", (_what, story, kind, certainty, sentence) => {
    const { verdict } = play(story);
    expect({ kind: verdict.kind, certainty: verdict.certainty, sentence: verdict.sentence.key }).toEqual({ kind, certainty, sentence });
  });

  it("names the manager's end, what the list showed last, and the deletion", () => {
    expect(play({ manager: ended("OOMKilled", 137, 40, 3), asked: [75], left: beganAnew }).verdict.evidence).toMatchObject([
      {
        source: "manager pod gitlab-runner-m1",
        field: "containerStatuses.state.terminated",
        value: "OOMKilled, exit 137, restarts 3",
        at: at(40),
      },
      {
        source: "manager gitlab-runner-m1",
        field: "/debug/jobs/list",
        value: `listed job 1 from ${at(1)}, in stage step_script from ${at(11)}`,
      },
      { source: "pod status", field: "metadata.deletionTimestamp", at: at(75) },
      {},
      {},
    ]);
  });

  it("is a problem while its orphan lives, and none once the pod is gone", () => {
    const { fleets } = play({ manager: ended("Error", 137, 40), asked: [75], left: beganAnew });
    const orphans = fleets.map(({ overview }) => overview.problems.filter(({ kind }) => kind === "orphaned").length);
    expect(orphans).toContain(1);
    expect(orphans.at(-1)).toBe(0);
  });
});
