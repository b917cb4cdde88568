import { describe, expect, it } from "vitest";
import { known, unknown } from "../../base/known.ts";
import { buildJob } from "../../testing/build-job.ts";
import type { Job } from "../schema.ts";
import { listRuns, usualPhases } from "./compare-runs.ts";
import { findNeighbours } from "./find-neighbours.ts";

const at = (seconds: number) => new Date(Date.parse("2026-03-01T12:00:00.000Z") + seconds * 1_000).toISOString();
const fact = (seconds: number) => known(at(seconds), at(seconds), "test");

/** A run that began at `from` and whose script took so many seconds. */
function run(uid: string, from: number, script: number | null, change: Partial<Job> = {}): Job {
  const verdict = { ...buildJob().verdict, kind: "succeeded" as const };
  return buildJob({
    uid,
    createdAt: at(from),
    deletedAt: at(from + 100),
    verdict,
    lifecycle: [
      {
        phase: "script",
        status: "done",
        start: fact(from),
        end: script === null ? unknown("not-seen") : fact(from + script),
      },
    ],
    ...change,
  });
}

describe("usualPhases", () => {
  const job = run("now", 10_000, 60);

  it("is the median of the last 20 earlier runs that did not fail", () => {
    const others = Array.from({ length: 30 }, (_, index) => run(`r${index}`, 100 * index, index < 10 ? 1_000 : index));
    const failed = run("failed", 9_000, 5_000, { verdict: { ...job.verdict, kind: "oom-killed" } });
    const later = run("later", 20_000, 5_000);
    expect(usualPhases(job, [...others, failed, later, job])).toEqual([{ phase: "script", ms: 19_500, runs: 20 }]);
  });

  it("says nothing of fewer than three runs, and takes no run whose border nobody saw", () => {
    expect(usualPhases(job, [run("a", 0, 10), run("b", 100, 10), run("c", 200, null)])).toEqual([]);
  });
});

describe("listRuns", () => {
  it("gives no length to a run whose end nobody saw", () => {
    const runs = listRuns(run("now", 10_000, 60), [
      run("seen", 0, 10),
      run("unseen", 100, 10, { ending: "missed", deletedAfter: at(120) }),
    ]);
    expect(runs.map(({ tookMs }) => tookMs)).toEqual([null, 100_000]);
  });

  it("lists the others, newest first, and names retries: the same pipeline, or the same commit where that is not known", () => {
    const job = run("now", 1_000, 60);
    job.gitlab.sha = known("0ff3ae19", at(0), "test");
    const retry = run("retry", 900, 60);
    retry.gitlab.sha = job.gitlab.sha;
    const other = run("other", 1_100, 60);
    const piped = run("piped", 1_200, 60);
    job.gitlab.pipeline = known("7", at(0), "test");
    piped.gitlab.pipeline = known("8", at(0), "test");
    piped.gitlab.sha = job.gitlab.sha;
    for (const one of [other, piped, retry]) one.gitlab.id = known(`id of ${one.uid}`, at(0), "test");
    expect(listRuns(job, [job, other, retry, piped]).map(({ key, retry: isRetry }) => [key, isRetry])).toEqual([
      ["test/piped", false],
      ["test/other", false],
      ["test/retry", true],
    ]);
  });
});

describe("findNeighbours", () => {
  it("finds who was on the node at the same time, longest first", () => {
    const job = run("now", 1_000, 60);
    const found = findNeighbours(
      job,
      [
        job,
        run("short", 1_090, 1),
        run("long", 1_010, 1),
        run("before", 800, 1),
        run("elsewhere", 1_000, 1, { node: "ci-2" }),
        run("other-cluster", 1_000, 1, { cluster: "other" }),
        run("alive", 1_050, 1, { deletedAt: null }),
      ],
      Date.parse(at(1_060)),
    );
    expect(found.map(({ key, overlapMs }) => [key, overlapMs])).toEqual([
      ["test/long", 90_000],
      ["test/alive", 10_000],
      ["test/short", 10_000],
    ]);
    expect(found[0]).toMatchObject({ cpuMillicores: null, peakBytes: null });
  });
});
