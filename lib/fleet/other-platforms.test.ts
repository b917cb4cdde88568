import { describe, expect, it } from "vitest";
import type { ContainerState, PodContainer } from "../kubernetes/schema.ts";
import { at, buildContainer, running, terminated } from "../testing/build-pod-record.ts";
import { buildUsage, killedAt, peakOf } from "../testing/build-pod-usage.ts";
import { deleting, init, judgePod, killed137, summaryOf, type Given, type TruthRow } from "../testing/judge-pod.ts";
import { left, told } from "../testing/left-job.ts";

/**
 * Written from the reference (kubernetes-signals 2.1, 2.2, 2.5, 2.9; gitlab-runner 4.3), not recorded: what a machine with cgroup v1 and containerd
 * 1.6 cannot show. `memory.oom.group` (cgroup v2, kubelet 1.28 and newer) kills a container whole; kubelets before 1.24 have no row
 * `container_oom_events_total`; CRI-O and sandboxed runtimes give other reasons and codes.
 */
const live = (build: ContainerState, helper: ContainerState, ...services: PodContainer[]) => ({
  containers: [init, buildContainer("build", build), ...services, buildContainer("helper", helper)],
});
const gone = (build: ContainerState, helper: ContainerState, links: Given["links"] = {}): Given => ({
  pod: { ...deleting, ...live(build, helper) },
  ended: 72,
  links,
});
const oom = (seconds: number, exitCode = 137) => terminated("OOMKilled", exitCode, seconds);
const initKilled = (exitCode: number) => ({
  phase: "Pending" as const,
  containers: [
    buildContainer("init-permissions", terminated("OOMKilled", exitCode, 3, 2)),
    buildContainer("build", null),
    buildContainer("helper", null),
  ],
});
/** A kubelet's page without the row of kills. */
const uncounted = { ...peakOf(512), oom: null };
const quiet = { build: {}, helper: {} };

// prettier-ignore
const GROUP: TruthRow[] = [
  ["a child takes build with it, while the job runs", { pod: live(oom(27), running()), usage: buildUsage(quiet) }, { kind: "oom-killed", certainty: "confirmed", container: "build", sentence: "oom-killed.died" }],
  ["the same, and the runner gave it up as a system failure", gone(oom(27), killed137, told("failed", "runner_system_failure")), { kind: "oom-killed", certainty: "confirmed", container: "build" }],
  ["helper goes whole while it uploads", gone(killed137, oom(35), told("failed", "runner_system_failure")), { kind: "oom-killed", certainty: "confirmed", container: "helper" }],
  ["a service goes whole, the job goes on", { pod: live(running(), running(), buildContainer("db", oom(20))), usage: buildUsage(quiet) }, { kind: "running", findings: ["oom-kill"] }],
  ["an init container with exit 0: the kubelet takes it for failed", { pod: initKilled(0), now: 10 }, { kind: "oom-killed", certainty: "confirmed", container: "init-permissions", sentence: "oom-killed.init" }],
  ["singleProcessOOMKill: a child alone, and the script goes on", { ...gone(oom(70, 0), killed137, told("success")), usage: buildUsage({ ...quiet, build: killedAt(20) }) }, { kind: "succeeded", certainty: "confirmed", findings: ["oom-kill"] }],
];

// prettier-ignore
const OLD: TruthRow[] = [
  ["the status alone tells of a killed child", { ...gone(oom(70), killed137), usage: buildUsage({ ...quiet, build: uncounted }) }, { kind: "oom-killed", certainty: "possible", container: "build", sentence: "oom-killed.process", findings: ["oom-kill"] }],
  ["with GitLab's 137 it is proven", { ...gone(oom(70), killed137, told("failed", "script_failure", 137)), usage: buildUsage({ ...quiet, build: uncounted }) }, { kind: "oom-killed", certainty: "confirmed" }],
  ["137 and a peak at the limit are no kill", { ...gone(killed137, killed137, told("failed", "script_failure", 137)), usage: buildUsage({ ...quiet, build: uncounted }) }, { kind: "script-failed", certainty: "confirmed" }],
  ["while the child is dead and the container lives, nothing tells of it", { pod: live(running(), running()), usage: buildUsage({ ...quiet, build: uncounted }) }, { kind: "running" }],
];

// prettier-ignore
const RUNTIMES: TruthRow[] = [
  ["CRI-O: the main process was killed", { pod: live(oom(27), running()) }, { kind: "oom-killed", certainty: "confirmed", container: "build" }],
  ["CRI-O: a killed child leaves no reason, only the counter", { ...gone(killed137, killed137, left({ script_failure: 1 })), usage: buildUsage({ ...quiet, build: killedAt(20) }) }, { kind: "oom-killed", certainty: "likely", container: "build" }],
  ["gVisor says 128 without a reason: no kill is claimed", { pod: live(terminated("Error", 128, 27), running()), usage: buildUsage(quiet) }, { kind: "runner-system-failure", certainty: "likely", findings: [] }],
  ["a runtime without reasons at all", { pod: live({ ...(terminated("x", 137, 27) as ContainerState & { kind: "terminated" }), reason: null }, running()), usage: buildUsage(quiet) }, { kind: "runner-system-failure", findings: [] }],
  ["the status is lost (ContainerStatusUnknown 137)", gone(terminated("ContainerStatusUnknown", 137, null, null), terminated("ContainerStatusUnknown", 137, null, null)), { kind: "unknown", findings: [] }],
];

describe.each([
  ["cgroup v2 with memory.oom.group", GROUP],
  ["a kubelet that counts no kills", OLD],
  ["other runtimes", RUNTIMES],
])("written for %s", (_platform, rows) => {
  it.each(rows)("%s", (_what, given, expected) => {
    expect(summaryOf(judgePod(given))).toMatchObject(expected);
  });
});

it("names the counter that is not there, where it would have told when the kill was", () => {
  const { findings } = judgePod({ ...gone(oom(70), killed137), usage: buildUsage({ ...quiet, build: uncounted }) });
  const kill = findings.find(({ kind }) => kind === "oom-kill");
  expect(kill).toMatchObject({ certainty: "confirmed", at: at(70) });
  expect(kill?.evidence.map(({ field, value }) => `${field} ${value}`).join()).toMatch(/oom_events|OOM|counter/i);
});
