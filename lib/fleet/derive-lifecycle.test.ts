import { describe, expect, it } from "vitest";
import { valueOf } from "../base/known.ts";
import type { PodRecord } from "../kubernetes/schema.ts";
import { at, buildContainer, buildPod, condition, running, T0, terminated, waiting } from "../testing/build-pod-record.ts";
import { deriveGitlab } from "./derive-gitlab.ts";
import { deriveLifecycle } from "./derive-lifecycle.ts";
import { NO_LINKS } from "./link/job-links.ts";
import { gatherFacts } from "./pod-facts.ts";

describe("what a pod says of its GitLab job", () => {
  const gitlab = (annotations: Record<string, string>, change: Partial<PodRecord> = {}) =>
    deriveGitlab(buildPod({ annotations, ...change }));
  const bare = { containers: [buildContainer("build", null, { mounts: [] })] };

  it("is the number in the volumes' path before the one in an annotation that a job author may forge", () => {
    expect(gitlab({ "job.runner.gitlab.com/id": "666" }).id).toMatchObject({
      value: "4711",
      source: "pod.spec.containers[build].volumeMounts[scripts]",
    });
    expect(valueOf(gitlab({ "job.runner.gitlab.com/id": "666" }, bare).id)).toBe("666");
    expect(gitlab({ "job.runner.gitlab.com/id": "6'6" }, bare).id).toEqual({ state: "unknown", reason: "unreadable" });
    expect(gitlab({}, bare).id).toEqual({ state: "unknown", reason: "not-set" });
  });

  it("is a project by its path, else by its label", () => {
    expect(valueOf(gitlab({ "job.runner.gitlab.com/url": "https://gitlab.example/a/b%20c/d/-/jobs/1" }).project)).toBe("a/b c/d");
    expect(valueOf(gitlab({}, { labels: { "project.runner.gitlab.com/name": "api" } }).project)).toBe("api");
  });

  it.each(["javascript:alert(1)", "data:text/html,x", "not a url", "//host/x"])("is never a link like %s", (url) => {
    expect(gitlab({ "job.runner.gitlab.com/url": url }).url).toEqual({ state: "unknown", reason: "unreadable" });
  });

  it("is a time limit as Go writes it", () => {
    const limit = (text: string) => valueOf(gitlab({ "job.runner.gitlab.com/timeout": text }).timeoutMs);
    expect([limit("1h0m0s"), limit("90s"), limit("1m30.5s"), limit("250ms"), limit("soon")]).toEqual([
      3_600_000,
      90_000,
      90_500,
      250,
      null,
    ]);
  });

  it("is neither status nor outcome", () => {
    expect(gitlab({})).toMatchObject({
      status: { state: "unknown" },
      failureReason: { state: "unknown" },
      exitCode: { state: "unknown" },
      stage: { state: "unknown" },
    });
  });
});

describe("the life of a job", () => {
  const lifeOf = (change: Partial<PodRecord>, deletedSeconds?: number, ending: "watched" | "missed" = "watched") => {
    const pod = buildPod(change);
    return deriveLifecycle(
      gatherFacts({
        pod,
        events: [],
        node: null,
        refusal: null,
        usage: null,
        kubelet: "not-connected",
        nodeKills: [],
        links: NO_LINKS,
        atMs: 0,
        ended: deletedSeconds === undefined ? null : { record: pod, deletedAt: at(deletedSeconds), ending },
      }),
    );
  };
  const statuses = (life: ReturnType<typeof lifeOf>) => life.lifecycle.map((phase) => phase.status);

  it("runs, with borders from Kubernetes and none between helper and script", () => {
    const life = lifeOf({});
    expect(life).toMatchObject({
      phase: "executing",
      phaseSince: { value: at(5) },
      bar: [
        { phase: "scheduling", start: T0 },
        { phase: "starting", start: at(1) },
        { phase: "executing", start: at(5) },
      ],
    });
    expect(statuses(life)).toEqual(["unseen", "unseen", "done", "done", "unseen", "unseen", "unseen", "pending"]);
    for (const phase of life.lifecycle.slice(4, 7))
      expect([phase.start, phase.end]).toEqual([
        { state: "unknown", reason: "not-connected" },
        { state: "unknown", reason: "not-connected" },
      ]);
  });

  it("waits for a node", () => {
    expect(
      statuses(
        lifeOf({
          node: null,
          phase: "Pending",
          containers: [buildContainer("build", null)],
          conditions: [condition("PodScheduled", "False", 1, "Unschedulable")],
        }),
      ),
    ).toEqual(["unseen", "unseen", "current", "pending", "pending", "pending", "pending", "pending"]);
  });

  it("waits for the last of its containers", () => {
    expect(
      lifeOf({ phase: "Pending", containers: [buildContainer("build", running()), buildContainer("helper", waiting("ContainerCreating"))] })
        .phase,
    ).toBe("starting");
  });

  it("ends before it was scheduled: what did not come has no time", () => {
    const life = lifeOf(
      {
        node: null,
        phase: "Pending",
        containers: [buildContainer("build", null)],
        conditions: [condition("PodScheduled", "False", 1, "Unschedulable")],
      },
      50,
    );
    expect(life.phase).toBe("ended");
    expect(life.lifecycle[2]).toMatchObject({ status: "unseen", end: { state: "unknown", reason: "not-reached" } });
    expect(statuses(life).slice(3)).toEqual(["pending", "pending", "pending", "pending", "unseen"]);
  });

  it("has no end that nobody saw", () => {
    expect(lifeOf({}, 50, "missed").lifecycle[7]).toMatchObject({
      status: "unseen",
      start: { state: "unknown", reason: "not-seen" },
      end: { state: "unknown", reason: "not-seen" },
    });
  });

  it("ends in its bar where it was seen last, when nobody saw when it went", () => {
    const barEnd = (...given: Parameters<typeof lifeOf>) => lifeOf(...given).bar.at(-1);
    expect(barEnd({}, 50, "watched")).toEqual({ phase: "ended", start: at(50) });
    expect(barEnd({}, 50, "missed")).toEqual({ phase: "ended", start: at(6) });
  });

  it("is over when all containers ended, deleted or not", () => {
    expect(
      lifeOf({
        phase: "Failed",
        containers: [buildContainer("build", terminated("Error", 1, 60)), buildContainer("helper", terminated("Error", 1, 61))],
      }),
    ).toMatchObject({ phase: "cleanup", phaseSince: { value: at(61) } });
  });
});
