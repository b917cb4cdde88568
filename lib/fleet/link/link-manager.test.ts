import { describe, expect, it } from "vitest";
import type { ManagedTrack } from "../../manager/schema.ts";
import { buildJobRecord } from "../../testing/build-job-record.ts";
import { buildMetrics, buildRunner, buildTrack } from "../../testing/build-reading.ts";
import { at, buildContainer, buildPod, waiting } from "../../testing/build-pod-record.ts";
import { foldWorld, gone, look, only, verdicts } from "../../testing/linked-world.ts";

describe("a job and its manager", () => {
  it("are linked by the list of one of two replicas with the same token", () => {
    const fleet = foldWorld(null, 20, {
      pods: [buildPod()],
      readings: [look("m1", 20), look("m2", 20, ["4711"])],
      tracks: [buildTrack("4711", { manager: "m2" })],
    });
    expect(only(fleet).manager).toMatchObject({ value: { pod: "gitlab-runner-m2", via: "debug-list", doubt: null } });
    expect(only(fleet)).toMatchObject({ phase: "script", phaseSince: { value: at(11), source: expect.stringContaining("to 5 s") } });
  });

  it("are not linked when the manager does not run the pod's runner: ids repeat between two GitLabs", () => {
    const other = look("m1", 20, ["4711"], { metrics: buildMetrics({ runners: [buildRunner({ shortToken: "xyz" })] }) });
    expect(only(foldWorld(null, 20, { pods: [buildPod()], readings: [other], tracks: [buildTrack("4711")] })).manager).toEqual({
      state: "unknown",
      reason: "not-seen",
    });
  });

  it("are doubted when the annotations name another project, or two managers list the job", () => {
    const forged = buildPod({
      annotations: { ...buildPod().annotations, "job.runner.gitlab.com/url": "https://gitlab.example/other/thing/-/jobs/4711" },
    });
    const track = buildTrack("4711");
    expect(only(foldWorld(null, 20, { pods: [forged], readings: [look("m1", 20, ["4711"])], tracks: [track] })).manager).toMatchObject({
      value: { doubt: "other-project" },
    });
    const cloned = buildTrack("4711", { url: "http://10.0.0.1:8080/payments/api/-/jobs/4711" });
    expect(only(foldWorld(null, 20, { pods: [buildPod()], readings: [look("m1", 20, ["4711"])], tracks: [cloned] })).manager).toMatchObject(
      {
        value: { doubt: null },
      },
    );
    const twice = [look("m1", 20, ["4711"]), look("m2", 20, ["4711"])];
    expect(only(foldWorld(null, 20, { pods: [buildPod()], readings: twice, tracks: [track] })).manager).toMatchObject({
      value: { doubt: "two-managers" },
    });
  });

  it("take the address from the manager's list: a job may have written the pod's own", () => {
    const annotated = (url: string) => buildPod({ annotations: { ...buildPod().annotations, "job.runner.gitlab.com/url": url } });
    const tracks = [buildTrack("4711", { url: "https://gitlab.example/payments/api/-/jobs/4711" })];
    const gitlabOf = (url: string, listed = true) =>
      only(foldWorld(null, 20, { pods: [annotated(url)], ...(listed ? { readings: [look("m1", 20, ["4711"])], tracks } : {}) })).gitlab;
    const forged = gitlabOf("https://evil.example/sign/in/-/jobs/4711");
    expect(forged.url).toMatchObject({ value: "https://gitlab.example/payments/api/-/jobs/4711", source: "manager, /debug/jobs/list" });
    expect(forged.project).toMatchObject({ value: "payments/api" });
    // Nobody else knows it, so it stays what the pod says, with the pod as its source.
    expect(gitlabOf("https://evil.example/sign/in/-/jobs/4711", false).url).toMatchObject({
      source: expect.stringMatching(/^pod\.metadata/),
    });
    for (const url of ["javascript:alert(1)", "data:text/html,x", "//evil.example/x"])
      expect(gitlabOf(url, false).url).toEqual({ state: "unknown", reason: "unreadable" });
  });

  it("take the job id from the volume's path, which a job cannot forge", () => {
    const forged = buildPod({ annotations: { ...buildPod().annotations, "job.runner.gitlab.com/id": "1" } });
    const fleet = foldWorld(null, 20, {
      pods: [forged],
      readings: [look("m1", 20, ["4711", "1"])],
      tracks: [buildTrack("4711"), buildTrack("1", { manager: "m2" })],
    });
    expect(only(fleet).manager).toMatchObject({ value: { pod: "gitlab-runner-m1" } });
  });

  it("are linked by GitLab's system id where no list shows the job", () => {
    const gitlab = { jobs: new Map([["4711", buildJobRecord({ managerSystemId: "r_0123456789ab" })]]) };
    const fleet = foldWorld(null, 20, { pods: [buildPod()], readings: [look("m1", 20)], gitlab });
    expect(only(fleet).manager).toMatchObject({ value: { pod: "gitlab-runner-m1", via: "gitlab" } });
  });

  it("stay linked after the lists forgot", () => {
    const pod = buildPod();
    const first = foldWorld(null, 20, { pods: [pod], readings: [look("m1", 20, ["4711"])], tracks: [buildTrack("4711")] });
    expect(only(foldWorld(first, 900, { ended: [pod] })).manager).toEqual(only(first).manager);
  });

  it("leave everything unknown where no manager is asked", () => {
    expect(only(foldWorld(null, 20, { pods: [buildPod()] }))).toMatchObject({ phase: "executing", manager: { reason: "not-connected" } });
  });
});

const leave = (failures: NonNullable<ManagedTrack["left"]>["failures"], count: number, ...ids: string[]) =>
  ids.map((id) => buildTrack(id, { left: { from: at(40), to: at(45), jobs: count, failures } }));

describe("jobs that left together", () => {
  it("are told apart as soon as GitLab tells of one", () => {
    const ended = [gone("a", "1"), gone("b", "2")];
    const tracks = leave([{ reason: "script_failure", count: 1 }], 2, "1", "2");
    const readings = [look("m1", 45)];
    const first = foldWorld(null, 72, { ended, tracks, readings });
    expect(verdicts(first)).toEqual({ a: "unknown", b: "unknown" });
    const record = buildJobRecord({ id: "1", status: "success" });
    const second = foldWorld(first, 73, { ended, tracks, readings, gitlab: { jobs: new Map([["1", record]]) } });
    expect(verdicts(second)).toEqual({ a: "succeeded", b: "script-failed" });
    // What GitLab told once is not taken back, and what the list showed neither.
    expect(verdicts(foldWorld(second, 1_000, { ended, readings }))).toEqual({ a: "succeeded", b: "script-failed" });
  });

  it("are told apart by the image that one of them could not get", () => {
    const refused = gone("a", "1", {
      phase: "Pending",
      containers: [buildContainer("build", waiting("ErrImagePull", "no such host"), { mounts: [] })],
    });
    const tracks = leave([{ reason: "runner_external_dependency_failure", count: 1 }], 2, "1", "2");
    expect(verdicts(foldWorld(null, 72, { ended: [refused, gone("b", "2")], tracks, readings: [look("m1", 45)] }))).toEqual({
      a: "image-pull-failed",
      b: "succeeded",
    });
  });

  it("give their outcome to the last pod of the job: a pull with another policy makes a second one", () => {
    const first = gone("a", "1", {
      phase: "Pending",
      deletionRequestedAt: at(20),
      containers: [buildContainer("build", waiting("ErrImagePull", "no such host"), { mounts: [] })],
    });
    const second = gone("b", "1", { createdAt: at(21) });
    expect(verdicts(foldWorld(null, 72, { ended: [second, first], tracks: leave([], 1, "1"), readings: [look("m1", 45)] }))).toEqual({
      a: "image-pull-failed",
      b: "succeeded",
    });
  });

  it("keep the job's object while nothing about it changes", () => {
    const ended = [gone("a", "1"), gone("b", "2")];
    const tracks = leave([], 2, "1", "2");
    const first = foldWorld(null, 72, { ended, tracks, readings: [look("m1", 45)] });
    const second = foldWorld(first, 77, { ended, tracks, readings: [look("m1", 77)] });
    for (const [key, job] of first.jobs) expect(second.jobs.get(key)).toBe(job);
  });
});
