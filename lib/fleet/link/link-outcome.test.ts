import { describe, expect, it } from "vitest";
import { buildJobRecord } from "../../testing/build-job-record.ts";
import { buildTrack } from "../../testing/build-reading.ts";
import { died, judgeLeavers as judge, limit, plain, pull, shown, told, type Counted, type Left } from "../../testing/judge-leavers.ts";
import { at } from "../../testing/build-pod-record.ts";
import { linkOutcomes, outcomeOfRecord } from "./link-outcome.ts";

describe("jobs that left a manager's list between two looks", () => {
  it.each<[what: string, evidence: Parameters<typeof judge>[0], failures: Counted, jobs: number | undefined, expected: object]>([
    ["one, none failed", { a: plain }, {}, undefined, { a: "not-failed" }],
    ["one, one failed", { a: plain }, { script_failure: 1 }, undefined, { a: "script_failure" }],
    ["one of which no pod was seen", { a: null }, { script_failure: 1 }, undefined, { a: "script_failure" }],
    ["cancelled: counted too", { a: plain }, { job_canceled: 1 }, undefined, { a: "job_canceled" }],
    ["three, none failed", { a: plain, b: plain, c: plain }, {}, undefined, { a: "not-failed", b: "not-failed", c: "not-failed" }],
    ["two, both by one reason", { a: plain, b: plain }, { script_failure: 2 }, undefined, { a: "script_failure", b: "script_failure" }],
    ["two, one failed: nobody can tell which", { a: plain, b: plain }, { script_failure: 1 }, undefined, { a: "shared", b: "shared" }],
    [
      "two, each by another reason: nobody can tell which",
      { a: plain, b: plain },
      { script_failure: 1, job_canceled: 1 },
      undefined,
      { a: "shared", b: "shared" },
    ],
    ["one seen, one that came and went: nobody can tell which", { a: plain }, { script_failure: 1 }, 2, { a: "shared" }],
    ["one seen, one that came and went, none failed", { a: plain }, {}, 2, { a: "not-failed" }],
    ["one seen, one that came and went, both failed", { a: plain }, { script_failure: 2 }, 2, { a: "script_failure" }],
    [
      "the refused image takes the dependency failure, the other did not fail",
      { a: pull, b: plain },
      { runner_external_dependency_failure: 1 },
      undefined,
      { a: "runner_external_dependency_failure", b: "not-failed" },
    ],
    [
      "the refused image and a script that failed",
      { a: pull, b: plain },
      { image_pull_failure: 1, script_failure: 1 },
      undefined,
      { a: "image_pull_failure", b: "script_failure" },
    ],
    [
      "two refused images, one other: both take theirs",
      { a: pull, b: pull, c: plain },
      { image_pull_failure: 2 },
      undefined,
      { a: "image_pull_failure", b: "image_pull_failure", c: "not-failed" },
    ],
    [
      "two refused images and one counted: a third thing is wrong, so nobody is given anything",
      { a: pull, b: pull },
      { image_pull_failure: 1 },
      undefined,
      { a: "shared", b: "shared" },
    ],
    [
      "two kinds of refusal for one image: either",
      { a: pull, b: plain },
      { image_pull_failure: 1, runner_configuration_error: 1 },
      undefined,
      { a: "shared", b: "shared" },
    ],
    [
      "the one that lived as long as its limit ran into it",
      { a: limit, b: plain },
      { job_execution_timeout: 1 },
      undefined,
      { a: "job_execution_timeout", b: "not-failed" },
    ],
    [
      "one at its limit, but the script failed: not the same thing",
      { a: limit, b: plain },
      { script_failure: 1 },
      undefined,
      { a: "shared", b: "shared" },
    ],
    [
      "a dead container takes the system failure",
      { a: died, b: plain },
      { runner_system_failure: 1 },
      undefined,
      { a: "runner_system_failure", b: "not-failed" },
    ],
    ["a dead container and nothing counted", { a: died }, {}, undefined, { a: "contradiction" }],
    [
      "what GitLab told of one leaves the other",
      { a: told("failed", "script_failure"), b: plain },
      { script_failure: 1 },
      undefined,
      { a: "script_failure", b: "not-failed" },
    ],
    [
      "GitLab told that one succeeded, so the other failed",
      { a: told("success"), b: plain },
      { script_failure: 1 },
      undefined,
      { a: "not-failed", b: "script_failure" },
    ],
    [
      "an older GitLab writes an older reason",
      { a: told("failed", "runner_system_failure"), b: plain },
      { image_pull_failure: 1 },
      undefined,
      { a: "runner_system_failure", b: "not-failed" },
    ],
    ["the manager began anew", { a: plain, b: pull }, null, undefined, { a: "restarted", b: "restarted" }],
  ])("%s", (_what, evidence, failures, jobs, expected) => {
    expect(judge(evidence, failures, jobs)).toEqual(expected);
  });

  it("never give out more failures than were counted, and none to a job that GitLab calls good", () => {
    const kinds = [plain, pull, limit, died, null, told("success"), told("failed", "script_failure"), shown("failed"), shown("success")];
    const reasons = ["script_failure", "image_pull_failure", "job_execution_timeout", "runner_system_failure"];
    let given = 0;
    for (let seed = 0; seed < 2_000; seed++) {
      const pick = (index: number) => kinds[(seed * 7 + index * 13 + ((seed * index) % 5)) % kinds.length] ?? null;
      const size = 1 + (seed % 4);
      const evidence = Object.fromEntries(Array.from({ length: size }, (_, index) => [`j${index}`, pick(index)]));
      const failures = Object.fromEntries(
        reasons.flatMap((reason, index) => ((seed >> index) % 3 === 0 ? [] : [[reason, (seed >> index) % 3]])),
      );
      const outcome = judge(evidence, failures);
      for (const reason of reasons) {
        const own = Object.entries(outcome).filter(
          ([name, said]) => said === reason && !(evidence[name] !== null && "record" in evidence[name]!),
        );
        expect(own.length).toBeLessThanOrEqual(failures[reason] ?? 0);
        given += own.length;
      }
      const good = Object.keys(outcome).filter((name) => evidence[name] === kinds[5]);
      expect(good.map((name) => outcome[name])).toEqual(good.map(() => "not-failed"));
    }
    expect(given).toBeGreaterThan(100);
  });

  it("name manager, window, the others and the counters", () => {
    const left: Left = { from: at(60), to: at(65), jobs: 3, failures: [{ reason: "script_failure", count: 1 }] };
    const leavers = ["1", "2"].map((id) => ({ track: buildTrack(id, { left }), fits: plain, record: null }));
    expect(linkOutcomes(leavers, "gitlab-runner-1").get("1")).toMatchObject({
      evidence: [
        {
          source: "manager gitlab-runner-1",
          field: "/debug/jobs/list",
          value: `job 1 left between ${at(60)} and ${at(65)}, together with 2, 1 more that these counters may be about`,
        },
        { field: "gitlab_runner_failed_jobs_total", value: "script_failure +1" },
      ],
    });
  });

  it("are told by GitLab only once it is over there", () => {
    for (const status of ["running", "pending", "canceling", "created"]) expect(outcomeOfRecord(buildJobRecord({ status }))).toBeNull();
    expect(outcomeOfRecord(null)).toBeNull();
    expect(outcomeOfRecord(buildJobRecord({ status: "failed", exitCode: 3 }))).toMatchObject({
      result: "failed",
      reason: "unknown_failure",
      exitCode: 3,
    });
  });
});
