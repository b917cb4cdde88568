import { describe, expect, it } from "vitest";
import type { EndState } from "../../manager/schema.ts";
import { at } from "../../testing/build-pod-record.ts";
import { buildTrack } from "../../testing/build-reading.ts";
import { judgeLeavers as judge, limit, plain, shown, type Counted } from "../../testing/judge-leavers.ts";
import { outcomeOfState } from "./link-outcome.ts";

describe("jobs that their manager's list showed as over", () => {
  it.each<[what: string, evidence: Parameters<typeof judge>[0], failures: Counted, jobs: number | undefined, expected: object]>([
    [
      "one shown as success, so the other failed",
      { a: shown("success"), b: plain },
      { script_failure: 1 },
      undefined,
      { a: "not-failed", b: "script_failure" },
    ],
    [
      "one shown as failed, so the other did not",
      { a: shown("failed"), b: plain },
      { script_failure: 1 },
      undefined,
      { a: "script_failure", b: "not-failed" },
    ],
    [
      "one shown as failed, the other may have failed too",
      { a: shown("failed"), b: plain, c: plain },
      { script_failure: 2 },
      undefined,
      { a: "script_failure", b: "shared", c: "shared" },
    ],
    [
      "cancelled and timed out, told apart by their states",
      { a: shown("canceled"), b: shown("timedout"), c: plain },
      { job_canceled: 1, job_execution_timeout: 1 },
      undefined,
      { a: "job_canceled", b: "job_execution_timeout", c: "not-failed" },
    ],
    [
      "two shown as failed, by two reasons: failed, and which by which nobody can tell",
      { a: shown("failed"), b: shown("failed"), c: plain },
      { script_failure: 1, runner_system_failure: 1 },
      undefined,
      { a: "shared", b: "shared", c: "not-failed" },
    ],
    ["shown as failed, and nothing counted", { a: shown("failed") }, {}, undefined, { a: "contradiction" }],
    [
      "at its limit, but the only failure is the other's, which was shown",
      { a: limit, b: shown("failed") },
      { job_execution_timeout: 1 },
      undefined,
      { a: "not-failed", b: "job_execution_timeout" },
    ],
    [
      "terminated by a signal",
      { a: shown("terminated"), b: plain },
      { runner_interrupted: 1 },
      undefined,
      { a: "runner_interrupted", b: "not-failed" },
    ],
    [
      "the manager began anew after it showed the ends",
      { a: shown("success"), b: shown("canceled"), c: plain },
      null,
      undefined,
      { a: "not-failed", b: "job_canceled", c: "restarted" },
    ],
  ])("%s", (_what, evidence, failures, jobs, expected) => {
    expect(judge(evidence, failures, jobs)).toEqual(expected);
  });

  it("are told while they are still listed, once the list shows that they are over", () => {
    const ending = (state: EndState | null) => buildTrack("1", { end: state === null ? null : { state, at: at(50) } });
    expect(outcomeOfState(ending(null), "gitlab-runner-1")).toBeNull();
    expect(outcomeOfState(ending("success"), "gitlab-runner-1")).toMatchObject({ result: "not-failed", by: "state", at: at(50) });
    expect(outcomeOfState(ending("failed"), "gitlab-runner-1")).toMatchObject({ result: "failed", reason: null });
    expect(outcomeOfState(ending("terminated"), "gitlab-runner-1")).toMatchObject({
      reason: "runner_interrupted",
      evidence: [{ source: "manager gitlab-runner-1", field: "/debug/jobs/list", value: "job 1 is over, state=terminated", at: at(50) }],
    });
  });
});
