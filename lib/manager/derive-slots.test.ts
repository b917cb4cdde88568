import { describe, expect, it } from "vitest";
import { accumulatePolls, pollRecords, type PollTracks } from "./accumulate-polls.ts";
import { deriveSlots, sumSlots } from "./derive-slots.ts";
import { readJobsList } from "./read-jobs-list.ts";
import { readMetrics } from "./read-metrics.ts";
import { buildMetrics, buildRunner } from "../testing/build-reading.ts";
import { managerSlotsSchema, type ManagerReading } from "./schema.ts";

const AT = "2026-11-25T01:00:00.000Z";
const NOW = Date.parse(AT) + 2_000;

function reading(page: string, jobs: string | null = null, over: Partial<ManagerReading> = {}): ManagerReading {
  return {
    key: "m1",
    state: { state: "live", since: AT },
    metrics: readMetrics(page),
    metricsAt: AT,
    jobs: jobs === null ? null : readJobsList(jobs).jobs,
    jobsAt: jobs === null ? null : AT,
    polls: [],
    ...over,
  };
}

const page = (concurrent: number, ...runners: { limit: number | null; jobs: number | null }[]) =>
  `gitlab_runner_concurrent ${concurrent}\n${runners
    .map(({ limit, jobs }, i) => {
      const label = `runner="tok${i}"`;
      const polled =
        jobs === null
          ? `gitlab_runner_worker_feeds_total{${label}} 0\n`
          : `gitlab_runner_jobs{${label},state="idle",stage="idle",executor_stage="idle"} 0\ngitlab_runner_jobs{${label},state="running",stage="step_script",executor_stage="prepare"} ${jobs}\n`;
      return polled + (limit === null ? "" : `gitlab_runner_limit{${label}} ${limit}\n`);
    })
    .join("")}`;

const figures = (slots: ReturnType<typeof deriveSlots>) =>
  [slots.total, slots.used, slots.free].map((fact) => (fact.state === "known" ? fact.value : fact.reason));

describe("slots of a manager", () => {
  it.each([
    ["concurrent alone", page(10, { limit: 0, jobs: 3 }), [10, 3, 7], "concurrent"],
    ["a limit below concurrent", page(10, { limit: 4, jobs: 4 }), [4, 4, 0], "limits"],
    ["a limit above concurrent", page(10, { limit: 40, jobs: 4 }), [10, 4, 6], "concurrent"],
    ["two limits together below concurrent", page(10, { limit: 4, jobs: 1 }, { limit: 3, jobs: 2 }), [7, 3, 4], "limits"],
    ["one of two unlimited", page(10, { limit: 4, jobs: 1 }, { limit: 0, jobs: 2 }), [10, 3, 7], "concurrent"],
    ["concurrent lowered under running jobs", page(2, { limit: 0, jobs: 5 }), [2, 5, 0], "concurrent"],
    ["no concurrent row", "gitlab_runner_worker_slots_number 4\n", ["not-set", "not-reached", "not-set"], null],
  ])("%s", (_, text, expected, boundBy) => {
    const slots = deriveSlots(reading(text), NOW);
    expect(figures(slots)).toEqual(expected);
    expect(slots.boundBy).toBe(boundBy);
    expect(managerSlotsSchema.parse(structuredClone(slots))).toEqual(slots);
  });

  it("a runner that has not polled: the job list tells, else it is unknown, never 0", () => {
    expect(figures(deriveSlots(reading(page(10, { limit: 0, jobs: null })), NOW))).toEqual([10, "not-reached", "not-reached"]);
    expect(figures(deriveSlots(reading(page(10, { limit: 0, jobs: null }), ""), NOW))).toEqual([10, 0, 10]);
    expect(figures(deriveSlots(reading(page(10, { limit: 0, jobs: null }), "url=u/-/jobs/1 state=running\n"), NOW))).toEqual([10, 1, 9]);
  });

  it("free per runner is bounded by its limit and by the process", () => {
    const { runners } = deriveSlots(reading(page(10, { limit: 4, jobs: 3 }, { limit: 0, jobs: 6 }, { limit: null, jobs: 0 })), NOW);
    expect(runners.map(({ limit, free }) => [limit, free.state === "known" ? free.value : free.reason])).toEqual([
      [4, 1],
      [null, 1],
      [null, "not-set"],
    ]);
  });

  it("a page that is 30 s old says nothing about now; nor does a manager that was never read", () => {
    const old = deriveSlots(reading(page(10, { limit: 0, jobs: 3 })), Date.parse(AT) + 31_000);
    expect(figures(old)).toEqual(["stale", "stale", "stale"]);
    const error = { code: "unreachable", detail: "" } as const;
    const never = (state: ManagerReading["state"]) => deriveSlots(reading("", null, { metrics: null, metricsAt: null, state }), NOW);
    expect(figures(never({ state: "failed", since: AT, error, retryAt: AT }))[0]).toBe("not-seen");
    expect(figures(never({ state: "connecting", since: AT }))[0]).toBe("not-reached");
  });

  it("the sum names how many managers it knows nothing of", () => {
    const one = deriveSlots(reading(page(10, { limit: 0, jobs: 3 })), NOW);
    const blind = deriveSlots(reading(page(10, { limit: 0, jobs: null })), NOW);
    expect(sumSlots([one, one, blind])).toEqual({ managers: 3, unknownManagers: 1, total: 20, used: 6, free: 14 });
  });
});

describe("polls", () => {
  const T0 = Date.parse(AT);
  const polls = (statuses: Record<string, number>, started = 1_700_000_000) =>
    readMetrics(
      `process_start_time_seconds ${started}\n${Object.entries(statuses)
        .map(
          ([status, count]) =>
            `gitlab_runner_api_request_statuses_total{runner="t",endpoint="request_job",method="post",status="${status}"} ${count}\n`,
        )
        .join("")}gitlab_runner_api_request_statuses_total{runner="t",endpoint="patch_trace",status="202"} 999\n`,
    );
  const run = (...steps: [second: number, statuses: Record<string, number>, started?: number][]) => {
    let tracks: PollTracks = new Map();
    for (const [second, statuses, started] of steps) tracks = accumulatePolls(tracks, polls(statuses, started), T0 + second * 1_000);
    return pollRecords(tracks)[0];
  };
  const at = (second: number) => new Date(T0 + second * 1_000).toISOString();

  it("the first page says nothing of when; later ones count the difference", () => {
    expect(run([0, { 204: 100, 201: 5 }])).toMatchObject({ statuses: [], lastAnswerAt: null });
    expect(run([0, { 204: 100, 201: 5 }], [5, { 204: 102, 201: 5 }], [10, { 204: 102, 201: 6 }])).toEqual({
      shortToken: "t",
      since: at(0),
      at: at(10),
      statuses: [
        { status: "204", count: 2 },
        { status: "201", count: 1 },
      ],
      refused: [],
      lastAnswerAt: at(10),
      lastSuccessAt: at(10),
      lastJobAt: at(10),
      openSince: null,
    });
  });

  it("429 is an answer and no success; no connection is neither", () => {
    const record = run([0, { 204: 1 }], [5, { 204: 2 }], [10, { 204: 2, 429: 4 }], [15, { 204: 2, 429: 4, "-1": 3 }]);
    expect(record).toMatchObject({ lastSuccessAt: at(5), lastAnswerAt: at(10), lastJobAt: null });
    expect(record?.statuses).toContainEqual({ status: "-1", count: 3 });
  });

  it("what was refused counts from the last page with a success, in the order of pages, not of the window", () => {
    const steps: Parameters<typeof run> = [
      [0, { 204: 1, 403: 50 }],
      [5, { 204: 2, 403: 59 }],
      [10, { 204: 2, 403: 59, 429: 1 }],
      [15, { 204: 2, 403: 59, 429: 2, 500: 1, "-1": 7 }],
    ];
    expect(run(...steps)?.refused).toEqual([
      { status: "429", count: 2 },
      { status: "500", count: 1 },
    ]);
    expect(run(...steps, [20, { 204: 2, 403: 59, 429: 2, 500: 1, "-1": 9 }])?.refused).toHaveLength(2);
    expect(run(...steps, [20, { 204: 3, 403: 59, 429: 4, 500: 1 }])?.refused).toEqual([]);
  });

  it("a slot is open since the first of the pages that all showed one; a full process has none for any runner", () => {
    const page = (concurrent: number | null, ...runners: [token: string, limit: number, used: number | null][]) =>
      buildMetrics({
        concurrent,
        runners: runners.map(([shortToken, limit, used]) =>
          buildRunner({
            shortToken,
            limit,
            jobs: used === null ? null : [{ state: "running", stage: "", executorStage: "", count: used }],
          }),
        ),
      });
    const openSince = (...pages: ReturnType<typeof page>[]) => {
      let tracks: PollTracks = new Map();
      for (const [index, metrics] of pages.entries()) tracks = accumulatePolls(tracks, metrics, T0 + index * 5_000);
      return pollRecords(tracks).map((record) => record.openSince);
    };
    expect(openSince(page(10, ["t", 0, 9]), page(10, ["t", 0, 8]), page(10, ["t", 0, 9]))).toEqual([at(0)]);
    expect(openSince(page(10, ["t", 0, 9]), page(10, ["t", 0, 10]), page(10, ["t", 0, 9]))).toEqual([at(10)]);
    expect(openSince(page(10, ["t", 2, 2], ["u", 0, 3]))).toEqual([null, at(0)]);
    expect(openSince(page(5, ["t", 2, 2], ["u", 0, 3]))).toEqual([null, null]);
    expect(openSince(page(null, ["t", 0, 1]))).toEqual([null]);
    expect(openSince(page(10, ["t", 0, null]))).toEqual([null]);
  });

  it("a manager that polls no more keeps its last times while the window moves on", () => {
    const record = run([0, { 204: 1 }], [5, { 204: 2 }], [200, { 204: 2 }], [400, { 204: 2 }]);
    expect(record).toMatchObject({ statuses: [], since: at(200), lastSuccessAt: at(5) });
  });

  it("a process that began anew counts from 0, also when it is already further than before", () => {
    expect(run([0, { 204: 10 }], [5, { 204: 12 }, 1_700_000_003])?.statuses).toEqual([{ status: "204", count: 12 }]);
    expect(run([0, { 204: 10 }], [5, { 204: 3 }])?.statuses).toEqual([{ status: "204", count: 3 }]);
  });
});
