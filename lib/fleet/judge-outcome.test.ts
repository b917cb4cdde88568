import { describe, expect, it } from "vitest";
import { buildTrack } from "../testing/build-reading.ts";
import { at, buildContainer, condition, running, terminated, waiting } from "../testing/build-pod-record.ts";
import { deleting, init, judgePod, killed137, summaryOf, type TruthRow } from "../testing/judge-pod.ts";
import { gone, left, manager, told } from "../testing/left-job.ts";

const oom = terminated("OOMKilled", 137, 70);
const pulling = {
  ...deleting,
  phase: "Pending" as const,
  containers: [init, buildContainer("build", waiting("ErrImagePull", "no such host")), buildContainer("helper", running())],
};
const evicted = { conditions: [condition("PodScheduled", "True", 1), condition("DisruptionTarget", "True", 39, "EvictionByEvictionAPI")] };

const BY_MANAGER: TruthRow[] = [
  ["none failed", gone(left({})), { kind: "succeeded", certainty: "likely", sentence: "succeeded.manager", findings: [] }],
  ["script failed", gone(left({ script_failure: 1 })), { kind: "script-failed", certainty: "likely", sentence: "script-failed.plain" }],
  ["timed out", gone(left({ job_execution_timeout: 1 })), { kind: "timed-out", certainty: "likely", sentence: "timed-out.runner" }],
  ["cancelled", gone(left({ job_canceled: 1 })), { kind: "cancelled", certainty: "likely" }],
  ["manager stopped", gone(left({ runner_interrupted: 1 })), { kind: "runner-interrupted", certainty: "likely" }],
  ["system failure", gone(left({ runner_system_failure: 1 })), { kind: "runner-system-failure", certainty: "likely" }],
  [
    "pod deleted while the script ran",
    gone(left({ runner_system_failure: 1 }, { stages: ["get_sources", "step_script"], to: 47 })),
    { kind: "deleted-externally", certainty: "likely" },
  ],
  [
    "pod deleted by the manager after a system failure in the script",
    gone(left({ runner_system_failure: 1 }, { stages: ["step_script"], to: 43 })),
    { kind: "runner-system-failure", certainty: "likely" },
  ],
  [
    "container died first",
    gone(left({ runner_system_failure: 1 }), terminated("Error", 1, 30)),
    { kind: "runner-system-failure", certainty: "likely", container: "build", sentence: "runner-system-failure.exited" },
  ],
  [
    "no room until the runner gave up",
    {
      pod: {
        ...deleting,
        node: null,
        phase: "Pending",
        containers: [buildContainer("build", null)],
        conditions: [condition("PodScheduled", "False", 1, "Unschedulable", "0/1 nodes are available: 1 Insufficient cpu.")],
      },
      ended: 41,
      links: left({ runner_system_failure: 1 }, { stages: ["prepare_script"] }),
    },
    { kind: "runner-system-failure", sentence: "runner-system-failure.unplaced" },
  ],
  [
    "image refused",
    { pod: pulling, ended: 41, links: left({ runner_external_dependency_failure: 1 }) },
    { kind: "image-pull-failed", certainty: "confirmed", container: "build" },
  ],
  [
    "image refused, nobody saw it",
    gone(left({ image_pull_failure: 1 })),
    { kind: "image-pull-failed", certainty: "likely", container: null },
  ],
  [
    "configuration",
    gone(left({ runner_configuration_error: 1 })),
    { kind: "runner-system-failure", sentence: "runner-system-failure.reason" },
  ],
  ["evicted", gone(left({ runner_system_failure: 1 }), killed137, killed137, evicted), { kind: "evicted", certainty: "confirmed" }],
  [
    "a killed child, and it failed",
    gone(left({ script_failure: 1 }), oom),
    { kind: "oom-killed", certainty: "likely", container: "build", sentence: "oom-killed.failed", findings: ["oom-kill"] },
  ],
  [
    "a killed child of the helper, and it failed",
    gone(left({ script_failure: 1 }), killed137, oom),
    { kind: "oom-killed", certainty: "likely", container: "helper" },
  ],
  ["a killed child, and it went on", gone(left({}), oom), { kind: "succeeded", certainty: "likely", findings: ["oom-kill"] }],
  [
    "a killed child, and it ran into its limit",
    gone(left({ job_execution_timeout: 1 }), oom),
    { kind: "timed-out", findings: ["oom-kill"] },
  ],
  ["a killed child, and it was cancelled", gone(left({ job_canceled: 1 }), oom), { kind: "cancelled", findings: ["oom-kill"] }],
  [
    "a killed service, and the script failed",
    gone(left({ script_failure: 1 }), killed137, killed137, {
      containers: [
        init,
        buildContainer("build", killed137),
        buildContainer("helper", killed137),
        buildContainer("svc-0", terminated("OOMKilled", 137, 30)),
      ],
    }),
    { kind: "service-failed", certainty: "likely", container: "svc-0", sentence: "service-failed.killed", findings: ["oom-kill"] },
  ],
  [
    "two left, one failed",
    gone(left({ script_failure: 1 }, { jobs: 2 })),
    { kind: "unknown", certainty: "possible", sentence: "unknown.shared" },
  ],
  [
    "two left, one failed, and a child was killed",
    gone(left({ script_failure: 1 }, { jobs: 2 }), oom),
    { kind: "oom-killed", certainty: "possible", sentence: "oom-killed.process" },
  ],
  ["the manager restarted meanwhile", gone(left(null)), { kind: "unknown", certainty: "possible", sentence: "unknown.restarted" }],
  ["a reason without a name", gone(left({ unknown_failure: 1 })), { kind: "unknown", sentence: "unknown.failed" }],
  [
    "still on the list",
    { pod: deleting, now: 42, links: { asked: true, track: buildTrack("4711"), manager } },
    { kind: "unknown", sentence: "unknown.ending" },
  ],
  ["none failed, but its script never ran", { pod: pulling, ended: 41, links: left({}) }, { kind: "image-pull-failed" }],
];

const BY_GITLAB: TruthRow[] = [
  ["success", gone(told("success")), { kind: "succeeded", certainty: "confirmed", sentence: "succeeded.gitlab" }],
  [
    "exit code",
    gone(told("failed", "script_failure", 3)),
    { kind: "script-failed", certainty: "confirmed", sentence: "script-failed.exit" },
  ],
  [
    "no exit code",
    gone(told("failed", "script_failure")),
    { kind: "script-failed", certainty: "confirmed", sentence: "script-failed.plain" },
  ],
  ["canceled", gone(told("canceled")), { kind: "cancelled", certainty: "confirmed" }],
  ["timeout", gone(told("failed", "job_execution_timeout")), { kind: "timed-out", certainty: "confirmed" }],
  ["stuck", gone(told("failed", "no_updates_running")), { kind: "runner-system-failure", sentence: "runner-system-failure.lost" }],
  [
    "wins over the manager",
    gone({ ...left({}), ...told("failed", "script_failure", 1) }),
    { kind: "script-failed", certainty: "confirmed" },
  ],
  [
    "wins where it cannot be told apart",
    gone({ ...left({ script_failure: 1 }, { jobs: 2 }), ...told("success") }),
    { kind: "succeeded", certainty: "confirmed" },
  ],
  [
    "137 and a killed child",
    gone(told("failed", "script_failure", 137), oom),
    { kind: "oom-killed", certainty: "confirmed", findings: [] },
  ],
  ["another exit code and a killed child", gone(told("failed", "script_failure", 2), oom), { kind: "oom-killed", certainty: "likely" }],
  ["137 and no kill", gone(told("failed", "script_failure", 137)), { kind: "script-failed", certainty: "confirmed" }],
  [
    "success although a child was killed",
    gone(told("success"), oom),
    { kind: "succeeded", certainty: "confirmed", findings: ["oom-kill"] },
  ],
  ["still running there", gone(told("running")), { kind: "unknown", sentence: "unknown.ended" }],
  [
    "contradicted by annotations",
    gone({ ...told("success"), contradictions: ["name: the pod says x, GitLab says y"] }),
    { kind: "succeeded", certainty: "likely" },
  ],
  [
    "a reason of tomorrow",
    gone(told("failed", "moon_phase_failure")),
    { kind: "runner-system-failure", sentence: "runner-system-failure.reason" },
  ],
];

describe.each([
  ["its manager's counters", BY_MANAGER],
  ["GitLab", BY_GITLAB],
])("the end of a job by %s", (_by, rows) => {
  it.each(rows)("%s", (_what, given, expected) => {
    expect(summaryOf(judgePod(given))).toMatchObject(expected);
  });

  it.each(rows)("%s: with evidence for everything but a pod that is simply not told of", (_what, given) => {
    const { verdict } = judgePod(given);
    expect(verdict.evidence.length).toBeGreaterThan(0);
    for (const { source, field, value } of verdict.evidence) expect([source, field, value].every((text) => text.length > 0)).toBe(true);
  });
});

describe("a live job that nobody holds", () => {
  const unheld = (once: boolean) => ({ since: at(20), managers: ["gitlab-runner-1", "gitlab-runner-2"], once });

  it("is orphaned, with what it costs", () => {
    const { verdict } = judgePod({ links: { asked: true, unheld: unheld(true), track: buildTrack("4711"), manager } });
    expect(verdict).toMatchObject({
      kind: "orphaned",
      certainty: "likely",
      at: at(20),
      sentence: { key: "orphaned.unheld", values: { cpu: "1", memory: "512\u202fMiB" } },
      remedy: { key: "remedy.orphan" },
    });
    expect(verdict.evidence.map(({ value }) => value)).toEqual([
      "not listed by gitlab-runner-1, gitlab-runner-2",
      `listed it from ${at(1)}`,
    ]);
  });

  it("may be another manager's that is not seen, when no list ever showed it", () => {
    expect(judgePod({ links: { asked: true, unheld: unheld(false) } }).verdict).toMatchObject({ kind: "orphaned", certainty: "possible" });
  });
});
