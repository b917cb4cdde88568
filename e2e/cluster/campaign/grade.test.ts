import { describe, expect, test } from "vitest";
import type { JobRecord } from "../coordinator/job.ts";
import { gradeKills, gradeVerdict, trueVerdicts } from "./grade-verdict.ts";
import { gradePeaks, gradeThrottling } from "./grade-usage.ts";
import { CLASS_NAMES, drawJobs, type ClassName } from "./job-classes.ts";
import { readKill } from "./kernel-kills.ts";
import { seededRandom } from "./random.ts";
import type { ContainerKill, ContainerTruth, Truth } from "./truth.ts";
import type { ApiJob } from "./watch-product.ts";

function truth(record: Partial<JobRecord>, kills: ContainerKill[] = [], more: Partial<Truth> = {}): Truth {
  const draw = { index: 0, name: "normal" as ClassName, request: { script: ["true"] } };
  const pod = { uid: "u", name: "p", deletedAtMs: 1 };
  return { draw, record: record as JobRecord, pod, kills, containers: [], act: null, deadServices: [], ...more };
}
type Claim = { kind: string; certainty: string; container: string | null };
function job(verdict: Claim, findings: Claim[] = [], usage: object | null = null): ApiJob {
  const containers = usage === null ? [] : [{ name: "build", usage: { state: "known", value: usage } }];
  return { verdict, findings, containers } as unknown as ApiJob;
}
const unknown = { kind: "unknown", certainty: "possible", container: null };
const build: ContainerKill = { container: "build", nested: false, vanished: false };
const scriptFailed = { state: "failed", failure_reason: "script_failure" } as const;

describe("the verdict that is true", () => {
  test("a vital container's kill is the cause of a failure, a service's may be, a nested one is not", () => {
    expect(trueVerdicts(truth(scriptFailed, [build]))).toEqual(["oom-killed"]);
    expect(trueVerdicts(truth(scriptFailed, [{ ...build, container: "db" }]))).toEqual(["script-failed"]);
    expect(trueVerdicts(truth(scriptFailed, [], { deadServices: ["db"] }))).toEqual(["script-failed", "service-failed"]);
    expect(trueVerdicts(truth(scriptFailed, [{ ...build, nested: true }]))).toEqual(["script-failed"]);
    expect(trueVerdicts(truth({ state: "success" }, [build]))).toEqual(["succeeded"]);
    expect(trueVerdicts(truth({ state: "running" }))).toContain("orphaned");
  });

  test("what is only possible, or unknown, is undecided; a likely other word is wrong", () => {
    expect(gradeVerdict(truth({ state: "success" }), job(unknown))).toBe("undecided");
    const killed = { kind: "oom-killed", container: "build" };
    expect(gradeVerdict(truth({ state: "success" }, [build]), job({ ...killed, certainty: "possible" }))).toBe("undecided");
    expect(gradeVerdict(truth({ state: "success" }, [build]), job({ ...killed, certainty: "likely" }))).toBe("wrong");
    expect(gradeVerdict(truth(scriptFailed, [build]), job({ ...killed, certainty: "confirmed" }))).toBe("right");
  });

  test("no job is right only where there never was a pod", () => {
    expect(gradeVerdict(truth(scriptFailed), null)).toBe("absent");
    expect(gradeVerdict(truth(scriptFailed, [], { pod: null }), null)).toBe("right");
  });
});

test("a kill must be told at its container, and no other", () => {
  const finding = { kind: "oom-kill", certainty: "confirmed", container: "helper" };
  expect(gradeKills(truth(scriptFailed, [build]), job(unknown, [finding]))).toEqual({
    found: [],
    missed: [build],
    vanished: [],
    invented: ["helper"],
  });
  const gone = { ...build, nested: true, vanished: true };
  expect(gradeKills(truth(scriptFailed, [gone]), job(unknown))).toMatchObject({ missed: [], vanished: [gone] });
  expect(gradeKills(truth({ state: "success" }), job({ kind: "oom-killed", certainty: "possible", container: "build" })).invented).toEqual(
    [],
  );
  expect(gradeKills(truth(scriptFailed, [build]), job({ kind: "oom-killed", certainty: "confirmed", container: "build" })).found).toEqual([
    build,
  ]);
});

describe("figures", () => {
  const container: ContainerTruth = {
    name: "build",
    livedMs: 40_000,
    readings: [
      { atMs: 0, periods: 0, throttledPeriods: 0, peakBytes: 100 },
      { atMs: 20_000, periods: 100, throttledPeriods: 90, peakBytes: 100 },
      { atMs: 40_000, periods: 200, throttledPeriods: 100, peakBytes: 200 },
    ],
  };
  const subject = truth({ state: "success" }, [], { containers: [container] });
  const at = (ms: number) => new Date(ms).toISOString();
  const usage = (share: number, bytes: number, ms: number) => ({
    at: at(ms),
    cfs: { periods: 100, throttledPeriods: 100 * share },
    peak: { bytes, from: "kernel" },
  });
  test.each([
    [0.55, 195, 40_000, "exact", "exact"],
    [0.9, 100, 20_000, "older", "older"],
    [0.9, 100, 40_000, "wrong", "wrong"],
    [0.2, 300, 20_000, "wrong", "wrong"],
  ])("share %d and peak %d at %d ms: %s, %s", (share, bytes, ms, throttling, peak) => {
    expect(gradeThrottling(subject, job(unknown, [], usage(share, bytes, ms))).map((one) => one.grade)).toEqual([throttling]);
    expect(gradePeaks(subject, job(unknown, [], usage(share, bytes, ms))).map((one) => one.grade)).toEqual([peak]);
  });
  test("a figure that the product does not have is unseen; a short life is not measured", () => {
    expect(gradePeaks(subject, job(unknown)).map((one) => one.grade)).toEqual(["unseen"]);
    expect(gradePeaks(truth({ state: "success" }, [], { containers: [{ ...container, livedMs: 29_000 }] }), job(unknown))).toEqual([]);
  });
});

test("the kernel's line names pod, container and whether it was nested", () => {
  const pod = "f60a544e-82ee-41f6-9807-c3a6b1121e73";
  const id = "3".repeat(64);
  const line = (group: string) =>
    `oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=${group},task_memcg=${group},task=tail,pid=25032,uid=0`;
  const group = `/bed/kubepods/besteffort/pod${pod}/${id}`;
  expect(readKill(line(group), 5)).toEqual({ atMs: 5, podUid: pod, containerId: id, nested: false, group, lasted: null, task: "tail" });
  expect(readKill(line(`${group}/docker/${"6".repeat(64)}`), 5)?.nested).toBe(true);
  expect(readKill(line("/system.slice/other"), 5)).toBeNull();
  expect(readKill("tail invoked oom-killer: gfp_mask=0xcc0", 5)).toBeNull();
});

describe("drawing", () => {
  test("the same seed draws the same jobs, another seed others", () => {
    const draw = (seed: number) => JSON.stringify(drawJobs(60, seededRandom(seed)));
    expect(draw(7)).toBe(draw(7));
    expect(draw(7)).not.toBe(draw(8));
  });
  test("as many jobs as classes: each once; names tell nothing", () => {
    const names = [...CLASS_NAMES];
    const draws = drawJobs(names.length, seededRandom(3));
    expect(draws.map((one) => one.name).toSorted()).toEqual(names.toSorted());
    expect(draws.map((one) => one.request.name)).toEqual(names.map((_, index) => `job-${index}`));
    expect(drawJobs(5, seededRandom(3))).toHaveLength(5);
  });
});
