import { describe, expect, it } from "vitest";
import { managerPath } from "../base/manager-path.ts";
import { buildManagedJob, buildManagerPod, buildMetrics, buildTrack } from "../testing/build-reading.ts";
import { at, buildContainer, buildPod, running } from "../testing/build-pod-record.ts";
import {
  group,
  jobPods,
  manager,
  NOW,
  overviewOf,
  poll,
  runner,
  throttled,
  unplaced,
  waiting,
  type Capacities,
} from "../testing/capacity-world.ts";
import { expectSentences } from "../testing/judge-pod.ts";
import type { Problem } from "./schema.ts";

function problemsOf(given: Capacities): Problem[] {
  const { problems } = overviewOf(given);
  expectSentences(problems.flatMap(({ title, detail, remedy }) => [title, detail, remedy]));
  return problems;
}
const brief = (problems: Problem[]) => problems.map(({ group: urgency, kind, jobs, title }) => [urgency, kind, jobs, title.key]);
const refused = (status: string) =>
  poll({ statuses: [{ status, count: 9 }], refused: [{ status, count: 5 }], lastSuccessAt: at(NOW - 20) });
const silentSince = (seconds: number) => poll({ lastAnswerAt: at(NOW - seconds), lastSuccessAt: at(NOW - seconds) });

describe("problems of managers", () => {
  it.each<[what: string, given: Capacities, expected: unknown[]]>([
    ["all is well", { readings: [manager("m1", 1)], pods: jobPods(1), gitlab: waiting([group({ oldestQueuedAt: at(NOW - 5) })]) }, []],
    [
      "full while jobs wait",
      { readings: [manager("m1", 10)], pods: jobPods(1), gitlab: waiting([group()]) },
      [["needs-you", "manager-full", 5, "problem.waiting"]],
    ],
    [
      "full, and nobody says whether jobs wait",
      { readings: [manager("m1", 10)], pods: jobPods(1) },
      [["to-watch", "manager-full", 0, "problem.slots-full"]],
    ],
    ["full, and no job waits", { readings: [manager("m1", 10)], pods: jobPods(1), gitlab: waiting([]) }, []],
    [
      "no runner for the tags, at once",
      { readings: [manager("m1", 1)], pods: jobPods(1), gitlab: waiting([group({ tags: ["gpu"], oldestQueuedAt: at(NOW - 1) })]) },
      [["needs-you", "waiting-jobs", 5, "problem.waiting"]],
    ],
    [
      "429 and jobs wait",
      { readings: [manager("m1", 1, { polls: [throttled] })], pods: jobPods(1), gitlab: waiting([group()]) },
      [
        ["needs-you", "manager-throttled", 5, "problem.throttled"],
        ["needs-you", "manager-throttled", 5, "problem.waiting"],
      ],
    ],
    [
      "429 at one of two: the other takes the jobs",
      { readings: [manager("m1", 1, { polls: [throttled] }), manager("m2", 1)], pods: jobPods(1) },
      [["to-watch", "manager-throttled", 0, "problem.throttled"]],
    ],
    [
      "refused token",
      { readings: [manager("m1", 1, { polls: [refused("403")] })], pods: jobPods(1) },
      [["needs-you", "polls-failing", 0, "problem.polls-failing"]],
    ],
    [
      "GitLab is down",
      { readings: [manager("m1", 1, { polls: [refused("502")] }), manager("m2", 1, { polls: [refused("502")] })], pods: jobPods(1) },
      [["needs-you", "polls-failing", 0, "problem.polls-failing"]],
    ],
    [
      "stopped polling",
      { readings: [manager("m1", 1, { polls: [silentSince(100)] })], pods: jobPods(1) },
      [["needs-you", "manager-not-polling", 0, "problem.not-polling"]],
    ],
    ["a long poll is no silence", { readings: [manager("m1", 1, { polls: [silentSince(60)] })], pods: jobPods(1) }, []],
    [
      "a full manager does not poll",
      { readings: [manager("m1", 10, { polls: [silentSince(600)] })], pods: jobPods(1), gitlab: waiting([]) },
      [],
    ],
  ])("%s", (_what, given, expected) => {
    expect(brief(problemsOf(given))).toEqual(expected);
  });

  it("lead to the manager that is in trouble, not to the first of the page", () => {
    const troubled = manager("m2", 1, { polls: [throttled] });
    const [problem] = problemsOf({ readings: [manager("m1", 1), troubled], pods: jobPods(1) });
    const { name } = buildManagerPod("m2");
    expect(problem).toMatchObject({ kind: "manager-throttled", target: managerPath({ cluster: "test", pod: name }) });
  });

  it("rank by jobs and minutes: three that wait for ten minutes before five that wait for one", () => {
    const groups = [group({ tags: ["a"], count: 5 }), group({ tags: ["b"], count: 3, oldestQueuedAt: at(NOW - 600) })];
    expect(
      problemsOf({ readings: [manager("m1", 10)], pods: jobPods(1), gitlab: waiting(groups, [runner({ tags: ["a", "b"] })]) }).map(
        ({ jobs }) => jobs,
      ),
    ).toEqual([3, 5]);
  });

  it("name an old version, by what it cannot tell and beside GitLab's own", () => {
    const old = (version: string, gitlabVersion: string | null) => {
      const reading = manager("m1", 1);
      const metrics = { ...(reading.metrics ?? buildMetrics()), version: { version, revision: null, builtAt: null } };
      return problemsOf({ readings: [{ ...reading, metrics }], pods: jobPods(1), gitlab: { ...waiting([]), version: gitlabVersion } }).map(
        ({ title }) => title.key,
      );
    };
    expect(old("17.8.1", null)).toEqual(["problem.manager-old"]);
    expect(old("16.11.0", null)).toEqual(["problem.manager-old"]);
    expect(old("17.9.0", null)).toEqual([]);
    expect(old("18.3.0", "19.1.0-ee")).toEqual(["problem.manager-old"]);
    expect(old("18.3.0", "18.11.0")).toEqual([]);
    expect(old("19.4.0~pre.1", "18.11.0")).toEqual([]);
  });

  it("name a manager that is short of CPU or memory", () => {
    const containerId = "containerd://abc";
    const pod = (limit: number) =>
      buildManagerPod("m9", {
        containers: [
          buildContainer("gitlab-runner", running(), {
            containerId,
            limits: { cpuMillicores: 1_000, memoryBytes: limit, ephemeralStorageBytes: null },
          }),
        ],
      });
    const usage = (memoryBytes: number, share: number) => ({
      at: at(NOW),
      firstAt: at(0),
      samples: 8,
      cpuMillicores: 400,
      cpuSecondsTotal: 40,
      cfs: { quotaMillicores: 1_000, stepShare: 0, periods: 1_000, throttledPeriods: share * 1_000, throttledSeconds: 10 },
      memoryBytes,
      peak: null,
      limitHits: 0,
      oom: { events: 0, firstSeenAt: null },
      nestedOom: null,
    });
    const of = (memoryBytes: number, share: number) => {
      const held = { name: "gitlab-runner", usage: usage(memoryBytes, share), points: [] };
      const usages = new Map([["m9", { containers: new Map([["abc", held]]) }]]) as unknown as NonNullable<Capacities["change"]>["usages"];
      return problemsOf({ pods: [pod(1_000), ...jobPods(1)], change: usages === undefined ? {} : { usages } }).map(
        ({ title }) => title.key,
      );
    };
    expect(of(100, 0.3)).toEqual(["problem.manager-throttled"]);
    expect(of(950, 0)).toEqual(["problem.manager-memory"]);
    expect(of(100, 0.1)).toEqual([]);
  });

  it("name orphans with what they cost", () => {
    const left = { from: at(20), to: at(25), jobs: 1, failures: null };
    const overview = problemsOf({
      readings: [],
      pods: [
        buildPod({
          phase: "Failed",
          containers: [
            buildContainer("build", {
              kind: "terminated",
              reason: "Error",
              exitCode: 137,
              signal: null,
              message: null,
              startedAt: at(5),
              finishedAt: at(20),
            }),
          ],
        }),
      ],
      change: { managed: new Map([["4711", buildTrack("4711", { left })]]) },
    });
    expect(overview.find(({ kind }) => kind === "orphaned")).toMatchObject({
      jobs: 1,
      detail: { key: "problem.orphaned-cost", values: { cpu: "0.50", memory: "256\u202fMiB" } },
      remedy: { key: "remedy.orphan" },
    });
  });

  it("stand beside those of the cluster, which are ranked with them", () => {
    const kinds = problemsOf({
      readings: [{ ...manager("m1", 10), jobs: [buildManagedJob("1")] }],
      pods: [...jobPods(2), ...unplaced(3)],
      gitlab: waiting([group({ count: 2 })]),
    }).map(({ kind }) => kind);
    expect(kinds).toEqual(["unschedulable", "manager-full"]);
  });
});
