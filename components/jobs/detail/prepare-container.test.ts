import { describe, expect, it } from "vitest";
import { known, unknown } from "@/lib/base/known.ts";
import type { ContainerView, Evidence, Job } from "@/lib/fleet/schema.ts";
import { orderContainers, prepareContainer, shortenDigest } from "./prepare-container.ts";
import { prepareEvidence } from "./prepare-evidence.ts";
import { seenByOf } from "./prepare-seen-by.ts";

const at = "2026-03-01T12:00:00Z";
const none = { cpuMillicores: null, memoryBytes: null, ephemeralStorageBytes: null };
const verdict: Job["verdict"] = {
  kind: "oom-killed",
  certainty: "confirmed",
  container: "docker",
  at,
  sentence: { key: "x", values: {} },
  evidence: [],
  remedy: null,
};

function container(change: Partial<ContainerView>): ContainerView {
  return {
    name: "build",
    role: "build",
    aliases: [],
    image: "node:24",
    imageDigest: null,
    privileged: false,
    mounts: [],
    ports: [],
    docker: null,
    requests: none,
    limits: none,
    since: unknown("not-seen"),
    state: unknown("not-reached"),
    afterDeletion: false,
    lastState: null,
    ready: false,
    restarts: 0,
    usage: unknown("not-sampled"),
    ...change,
  };
}
const terminated = (exitCode: number, reason: string | null) =>
  known({ kind: "terminated" as const, exitCode, reason, signal: null, message: null, startedAt: at, finishedAt: at }, at, "test");

describe("prepareContainer", () => {
  it.each([
    [{ state: unknown("not-reached") }, "not-reached"],
    [{ state: unknown("stale") }, "unknown"],
    [{ state: terminated(0, "Completed") }, "ended"],
    [{ state: terminated(3, "Error") }, "failed"],
    [{ state: terminated(137, "Error"), afterDeletion: true }, "ended-after-deletion"],
    [{ state: terminated(137, "OOMKilled"), afterDeletion: true }, "oom-killed"],
    [{ state: terminated(137, "Error") }, "failed"],
  ] as const)("%# says %s", (change, say) => expect(prepareContainer(container(change), verdict).say).toBe(say));

  it("blames only the container of the verdict, and only verdicts that blame", () => {
    const docker = container({ name: "docker", state: terminated(137, "OOMKilled") });
    expect(prepareContainer(docker, verdict).culprit).toBe(true);
    expect(prepareContainer(container({}), verdict).culprit).toBe(false);
    expect(prepareContainer(docker, { ...verdict, kind: "running" }).culprit).toBe(false);
  });
});

it("puts the script first and the init container last of the runner's own", () => {
  const roles = orderContainers([
    container({ role: "init" }),
    container({ role: "service" }),
    container({ role: "build" }),
    container({ role: "helper" }),
  ]).map((c) => c.role);
  expect(roles).toEqual(["build", "helper", "service", "init"]);
});

it("keeps both ends of a digest", () => {
  expect(shortenDigest(`sha256:af96${"0".repeat(56)}07d2`)).toBe("sha256:af96…07d2");
  expect(shortenDigest("sha256:short")).toBe("sha256:short");
});

it("orders evidence by time, facts without one last", () => {
  const fact = (field: string, time: string | null): Evidence => ({ source: "s", field, value: "v", at: time });
  expect(prepareEvidence([fact("none", null), fact("late", "2026-03-01T12:00:09Z"), fact("early", at)]).map((row) => row.field)).toEqual([
    "early",
    "late",
    "none",
  ]);
});

it.each([
  ["pod.status.conditions[PodScheduled]", "conditions"],
  ["pod.status.containerStatuses[build].state.running.startedAt", "containers"],
  ["pod.metadata.deletionTimestamp", "deletion"],
  ["watch: DELETED", "watch"],
  ["something.new", "other"],
])("%s is told by %s", (source, kind) => expect(seenByOf(source)).toBe(kind));
