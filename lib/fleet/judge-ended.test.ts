import { describe, expect, it } from "vitest";
import { at, buildContainer, buildEvent, condition, running, terminated, waiting } from "../testing/build-pod-record.ts";
import { deleting, init, judgePod, killed137, summaryOf, type TruthRow } from "../testing/judge-pod.ts";

const oom = (seconds: number, exitCode = 137) => terminated("OOMKilled", exitCode, seconds);

// prettier-ignore
const rows: TruthRow[] = [
  // Killed for memory.
  ["loses its build container to the OOM killer", { pod: { containers: [init, buildContainer("build", oom(20)), buildContainer("helper", running())] } }, { kind: "oom-killed", certainty: "confirmed", container: "build", sentence: "oom-killed.died", findings: [] }],
  ["loses its helper to the OOM killer", { pod: { containers: [init, buildContainer("build", running()), buildContainer("helper", oom(20))] } }, { kind: "oom-killed", certainty: "confirmed", container: "helper" }],
  ["loses an init container to the OOM killer", { pod: { phase: "Failed", containers: [buildContainer("init-permissions", oom(3)), buildContainer("build", waiting("PodInitializing"))] } }, { kind: "oom-killed", certainty: "confirmed", container: "init-permissions", sentence: "oom-killed.init" }],
  ["OOMKilled needs no 137", { pod: { containers: [init, buildContainer("build", oom(20, 0)), buildContainer("helper", running())] } }, { kind: "oom-killed", certainty: "confirmed", container: "build" }],
  ["a child was killed: seen only after deletion", { pod: { ...deleting, containers: [init, buildContainer("build", oom(70)), buildContainer("helper", killed137)] }, ended: 72 }, { kind: "oom-killed", certainty: "possible", container: "build", sentence: "oom-killed.process", findings: ["oom-kill"] }],
  ["a child of the helper was killed", { pod: { ...deleting, containers: [init, buildContainer("build", killed137), buildContainer("helper", oom(70))] }, ended: 72 }, { kind: "oom-killed", certainty: "possible", container: "helper" }],
  ["loses a service and goes on", { pod: { containers: [init, buildContainer("build", running()), buildContainer("db", oom(20)), buildContainer("helper", running())] } }, { kind: "running", findings: ["oom-kill"] }],
  ["lost a service, and ended", { pod: { ...deleting, containers: [init, buildContainer("build", killed137), buildContainer("db", oom(20)), buildContainer("helper", killed137)] }, ended: 72 }, { kind: "oom-killed", certainty: "possible", container: "db", sentence: "oom-killed.service", findings: ["oom-kill"] }],
  ["a dead build weighs more than a dead service", { pod: { containers: [init, buildContainer("build", oom(25)), buildContainer("db", oom(20)), buildContainer("helper", running())] } }, { kind: "oom-killed", certainty: "confirmed", container: "build", findings: ["oom-kill"] }],
  ["137 after deletion is no kill for memory", { pod: { ...deleting, phase: "Failed", containers: [init, buildContainer("build", killed137), buildContainer("helper", killed137)] }, ended: 72 }, { kind: "unknown", sentence: "unknown.ended", findings: [] }],
  ["137 before deletion is no kill for memory either", { pod: { containers: [init, buildContainer("build", terminated("Error", 137, 20)), buildContainer("helper", running())] } }, { kind: "runner-system-failure", certainty: "likely", container: "build", findings: [] }],
  ["137 in the second of the deletion counts as after it", { pod: { deletionRequestedAt: at(40.4), deletionGraceSeconds: 30, containers: [init, buildContainer("build", terminated("Error", 137, 40)), buildContainer("helper", terminated("Error", 137, 40))] } }, { kind: "unknown", findings: [] }],
  ["a container that was killed and started again", { pod: { containers: [init, buildContainer("build", running()), buildContainer("db", running(), { lastState: oom(20), restartCount: 1 }), buildContainer("helper", running())] } }, { kind: "running", findings: ["oom-kill"] }],
  // Other ends.
  ["a service exits at once", { pod: { containers: [init, buildContainer("build", running()), buildContainer("db", terminated("Error", 2, 6)), buildContainer("helper", running())] } }, { kind: "running", findings: ["container-exited"] }],
  ["ran low on memory with its node", { pod: { phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. ", conditions: [condition("PodScheduled", "True", 1), condition("DisruptionTarget", "True", 20, "TerminationByKubelet")] } }, { kind: "evicted", certainty: "confirmed", sentence: "evicted.pressure" }],
  ["used too much disk", { pod: { phase: "Failed", reason: "Evicted", message: "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. " } }, { kind: "evicted", sentence: "evicted.storage" }],
  ["was preempted", { pod: { ...deleting, conditions: [condition("DisruptionTarget", "True", 20, "PreemptionByScheduler")] } }, { kind: "evicted", sentence: "evicted.preempted" }],
  ["was drained", { pod: { conditions: [condition("DisruptionTarget", "True", 20, "EvictionByEvictionAPI")] } }, { kind: "evicted", sentence: "evicted.api" }],
  ["eviction comes before the exit codes it caused", { pod: { ...deleting, reason: "Evicted", message: "The node was low on resource: memory.", containers: [init, buildContainer("build", oom(20)), buildContainer("helper", killed137)] }, ended: 72 }, { kind: "evicted", findings: ["oom-kill"] }],
  ["its node shut down", { pod: { phase: "Failed", reason: "Terminated", message: "Pod was terminated in response to imminent node shutdown." } }, { kind: "evicted", sentence: "evicted.shutdown" }],
  ["was refused by the kubelet", { pod: { phase: "Failed", reason: "OutOfcpu", containers: [buildContainer("build", null)] } }, { kind: "evicted", sentence: "evicted.refused" }],
  ["its node was taken for dead", { pod: { ...deleting, conditions: [condition("DisruptionTarget", "True", 20, "DeletionByTaintManager")] } }, { kind: "node-lost", certainty: "confirmed" }],
  ["its node is silent", { node: { status: "Unknown", since: at(20) } }, { kind: "node-lost", certainty: "likely", sentence: "node-lost.silent" }],
  ["its node says not ready, which does not end it", { node: { status: "False", since: at(20) } }, { kind: "running" }],
  ["ran into its deadline", { pod: { ...deleting, phase: "Failed", reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline" } }, { kind: "timed-out", certainty: "confirmed" }],
  ["ran into its deadline and nobody came", { pod: { phase: "Failed", reason: "DeadlineExceeded", containers: [init, buildContainer("build", killed137), buildContainer("helper", killed137)] }, now: 131 }, { kind: "orphaned", certainty: "likely", sentence: "orphaned.deadline" }],
  ["ran into its deadline a moment ago", { pod: { phase: "Failed", reason: "DeadlineExceeded", containers: [init, buildContainer("build", killed137), buildContainer("helper", killed137)] }, now: 129 }, { kind: "timed-out" }],
  ["outlives its time limit", { now: 3_600 + 601 }, { kind: "orphaned", certainty: "likely", sentence: "orphaned.overdue" }],
  ["is within its time limit and a margin", { now: 3_600 + 599 }, { kind: "running" }],
  ["is being deleted", { pod: deleting, now: 45 }, { kind: "unknown", sentence: "unknown.ending" }],
  ["went while nobody watched", { ended: "missed" }, { kind: "unknown", sentence: "unknown.missed" }],
  ["sets no memory limit", { pod: { containers: [init, buildContainer("build", running(), { limits: { cpuMillicores: null, memoryBytes: null, ephemeralStorageBytes: null } }), buildContainer("helper", running())] } }, { kind: "running", findings: ["no-limit"] }],
  ["waited for room", { events: [buildEvent("FailedScheduling", "0/1 nodes are available: 1 Insufficient cpu.", { at: at(0) })] }, { kind: "running", findings: ["unschedulable"] }],
];

describe("a job that ends, or meets trouble", () => {
  it.each(rows)("%s", (_what, given, expected) => {
    expect(summaryOf(judgePod(given))).toMatchObject(expected);
  });

  it("never is said to have succeeded, failed in its script or been cancelled: Kubernetes does not know", () => {
    const kinds = new Set(rows.map(([, given]) => judgePod(given).verdict.kind));
    for (const kind of ["succeeded", "script-failed", "cancelled", "deleted-externally"] as const) expect(kinds).not.toContain(kind);
  });

  it("has evidence with source, field and value for everything but an ordinary run", () => {
    for (const [what, given] of rows) {
      const { verdict, findings } = judgePod(given);
      const statements = [...(verdict.kind === "running" ? [] : [verdict]), ...findings];
      const empty = statements.filter(
        ({ evidence }) => evidence.length === 0 || evidence.some((one) => [one.source, one.field, one.value].includes("")),
      );
      expect({ what, empty }).toEqual({ what, empty: [] });
    }
  });
});
