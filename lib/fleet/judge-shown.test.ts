import { describe, expect, it } from "vitest";
import type { EndState } from "../manager/schema.ts";
import { judgePod, summaryOf, type TruthRow } from "../testing/judge-pod.ts";
import { gone, left, manager } from "../testing/left-job.ts";
import { terminated } from "../testing/build-pod-record.ts";

const oom = terminated("OOMKilled", 137, 70);
const shared = (end: EndState, failures: Record<string, number> = { script_failure: 1 }) => left(failures, { jobs: 2, end });

const BY_STATE: TruthRow[] = [
  ["success", gone(left({}, { end: "success" })), { kind: "succeeded", certainty: "confirmed", sentence: "succeeded.state" }],
  ["success, and another failed", gone(shared("success")), { kind: "succeeded", certainty: "confirmed" }],
  ["success, and the manager restarted", gone(left(null, { end: "success" })), { kind: "succeeded", certainty: "confirmed" }],
  ["success although a child was killed", gone(shared("success"), oom), { kind: "succeeded", findings: ["oom-kill"] }],
  ["cancelled", gone(shared("canceled")), { kind: "cancelled", certainty: "confirmed" }],
  ["timed out", gone(shared("timedout")), { kind: "timed-out", certainty: "confirmed", sentence: "timed-out.runner" }],
  ["manager stopped", gone(left(null, { end: "terminated" })), { kind: "runner-interrupted", certainty: "confirmed" }],
  ["a panic", gone(left({ runner_system_failure: 1 }, { end: "terminated" })), { kind: "runner-system-failure" }],
  ["failed, one reason counted", gone(shared("failed")), { kind: "script-failed", certainty: "likely" }],
  [
    "failed, two reasons counted",
    gone(shared("failed", { script_failure: 1, runner_system_failure: 1 })),
    { kind: "unknown", sentence: "unknown.failed-shown" },
  ],
  ["failed, and the manager restarted", gone(left(null, { end: "failed" })), { kind: "unknown", sentence: "unknown.failed-shown" }],
  [
    "failed by nobody knows what, and a child was killed",
    gone(left(null, { end: "failed" }), oom),
    { kind: "oom-killed", certainty: "likely", sentence: "oom-killed.failed" },
  ],
  [
    "of a job id that two managers list",
    gone({ ...left({}, { end: "success" }), manager: { ...manager, doubt: "two-managers" } }),
    { kind: "succeeded", certainty: "likely" },
  ],
];

describe("the end of a job by the state on its manager's list", () => {
  it.each(BY_STATE)("%s", (_what, given, expected) => {
    const job = judgePod(given);
    expect(summaryOf(job)).toMatchObject(expected);
    expect(job.verdict.evidence.map(({ value }) => value).join()).toContain("is over, state=");
  });
});
