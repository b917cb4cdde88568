import { describe, expect, it } from "vitest";
import type { JobRecord } from "../../gitlab/schema.ts";
import type { PodRecord } from "../../kubernetes/schema.ts";
import { buildJobRecord } from "../../testing/build-job-record.ts";
import { at, buildPod, T0 } from "../../testing/build-pod-record.ts";
import { foldWorld, gone, only } from "../../testing/linked-world.ts";
import type { GitlabFacts } from "../fold-fleet.ts";
import type { Job } from "../schema.ts";

describe("a job and GitLab's record", () => {
  const labelled = (projectId: string) => buildPod({ labels: { ...buildPod().labels, "project.runner.gitlab.com/id": projectId } });
  const withUrl = (url: string, pod = buildPod()) => ({ ...pod, annotations: { ...pod.annotations, "job.runner.gitlab.com/url": url } });
  const told = (
    pod: PodRecord,
    change: Partial<JobRecord> = {},
    baseUrl = "https://gitlab.example",
    blindSpots: GitlabFacts["blindSpots"] = [],
  ) => only(foldWorld(null, 30, { pods: [pod], gitlab: { baseUrl, blindSpots, jobs: new Map([["4711", buildJobRecord(change)]]) } }));

  it("give name, stage, pipeline, status, and the times before the pod", () => {
    const job = told(buildPod());
    expect(job.gitlab).toMatchObject({
      stage: { value: "test", source: "GitLab, job.stage" },
      pipeline: { value: "99" },
      status: { value: "running" },
      failureReason: { state: "unknown", reason: "not-reached" },
    });
    expect(job.lifecycle.slice(0, 2)).toMatchObject([
      { phase: "queued", status: "done", start: { value: at(-10) }, end: { value: at(-1) } },
      { phase: "picked-up", status: "done", start: { value: at(-1) }, end: { value: T0 } },
    ]);
  });

  it.each<[what: string, job: () => Job, status: string | null, reason?: string]>([
    ["the URL leads to this GitLab", () => told(buildPod()), "running"],
    ["below a path prefix", () => told(withUrl("https://x.example/git/payments/api/-/jobs/4711"), {}, "https://x.example/git/"), "running"],
    [
      "another prefix",
      () => told(withUrl("https://x.example/other/payments/api/-/jobs/4711"), {}, "https://x.example/git"),
      null,
      "not-reached",
    ],
    ["another GitLab", () => told(withUrl("https://other.example/payments/api/-/jobs/4711")), null, "not-reached"],
    [
      "another host, the same project by a label that cannot be forged",
      () => told(withUrl("http://10.0.0.1/payments/api/-/jobs/4711", labelled("7"))),
      "running",
    ],
    ["the right host, another project by that label", () => told(labelled("8")), null, "not-reached"],
  ])("%s", (_what, job, status, reason) => {
    expect(job().gitlab.status).toMatchObject(status === null ? { state: "unknown", reason } : { value: status });
  });

  it("say why there is no record", () => {
    const none = (gitlab: Partial<GitlabFacts> | null) => only(foldWorld(null, 30, { pods: [labelled("7")], gitlab })).gitlab.status;
    expect(none(null)).toEqual({ state: "unknown", reason: "not-connected" });
    expect(none({})).toEqual({ state: "unknown", reason: "not-reached" });
    const blind = (project: string | null) => ({
      blindSpots: [{ subject: "jobs" as const, project, reason: "forbidden" as const, since: T0 }],
    });
    expect(none(blind("7"))).toEqual({ state: "unknown", reason: "forbidden" });
    expect(none(blind("8"))).toEqual({ state: "unknown", reason: "not-reached" });
  });

  it("name what the annotations contradict, and are then only likely", () => {
    const pod = gone("a", "4711", { annotations: { ...buildPod().annotations, "job.runner.gitlab.com/name": "deploy" } });
    const gitlab = { jobs: new Map([["4711", buildJobRecord({ status: "success" })]]) };
    const { verdict, gitlab: shown } = only(foldWorld(null, 72, { ended: [pod], gitlab }));
    expect(verdict).toMatchObject({ kind: "succeeded", certainty: "likely" });
    expect(verdict.evidence.map(({ value }) => value)).toContain("name: the pod says deploy, GitLab says unit-test");
    expect(shown.name).toMatchObject({ value: "unit-test" });
  });

  it.each([
    ["08c0aa97", "confirmed"],
    ["18c0aa97", "likely"],
  ])("take the short commit %s for what it is: %s", (sha, certainty) => {
    const commit = "08c0aa97eef2d07c8d55d122e54360fd95448813";
    const pod = gone("a", "4711", { annotations: { ...buildPod().annotations, "job.runner.gitlab.com/sha": commit } });
    const gitlab = { jobs: new Map([["4711", buildJobRecord({ status: "success", sha })]]) };
    const { verdict, gitlab: shown } = only(foldWorld(null, 72, { ended: [pod], gitlab }));
    expect(verdict).toMatchObject({ kind: "succeeded", certainty });
    expect(shown.sha).toMatchObject({ value: commit });
  });
});
