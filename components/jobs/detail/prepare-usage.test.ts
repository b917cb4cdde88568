import { describe, expect, it } from "vitest";
import { known, unknown } from "@/lib/base/known.ts";
import type { ContainerView, Evidence, Job } from "@/lib/fleet/schema.ts";
import { buildJob } from "@/lib/testing/build-job.ts";
import { buildContainerUse, buildPoints } from "@/lib/testing/build-usage.ts";
import { prepareUsage, prepareUsageAxis } from "./prepare-usage.ts";

const ZERO = Date.parse("2026-03-01T12:00:00Z");
const at = (seconds: number) => new Date(ZERO + seconds * 1_000).toISOString();
const container = (change: Partial<ContainerView> = {}): ContainerView => buildContainerUse({ startedAt: at(5), ...change });
const ended = (seconds: number): ContainerView["state"] =>
  known(
    { kind: "terminated", exitCode: 0, reason: "Completed", signal: null, message: null, startedAt: at(5), finishedAt: at(seconds) },
    at(seconds),
    "test",
  );
const live = (containers: ContainerView[], change: Partial<Job> = {}) =>
  buildJob({ containers, deletedAt: null, deletionRequestedAt: null, ending: "live", phase: "executing", ...change });
const points = buildPoints({ from: ZERO + 12_000, count: 8 });

function viewOf(one: ContainerView, job: Job, now: number, list = points) {
  const axis = prepareUsageAxis(job, new Map([[one.name, list]]), ZERO, now)!;
  return { axis, view: prepareUsage(one, list, job, axis, now) };
}

describe("prepareUsageAxis", () => {
  it("runs from the first start to now in steps, or to the end of the pod", () => {
    const one = container();
    const axis = prepareUsageAxis(live([one]), new Map(), ZERO, ZERO + 61_000);
    expect([axis?.fromMs, axis?.toMs]).toEqual([ZERO + 5_000, ZERO + 65_000]);
    expect(prepareUsageAxis(live([one], { deletedAt: at(90) }), new Map(), ZERO, ZERO + 900_000)?.toMs).toBe(ZERO + 90_000);
  });

  it("is none before anything started, and is not stretched by an init container", () => {
    expect(prepareUsageAxis(live([container({ state: unknown("not-reached") })]), new Map(), ZERO, ZERO)).toBeNull();
    const init = container({ name: "init", role: "init", state: known({ kind: "running", startedAt: at(1) }, at(1), "test") });
    expect(prepareUsageAxis(live([init, container()]), new Map(), ZERO, ZERO + 20_000)?.fromMs).toBe(ZERO + 5_000);
  });
});

describe("gaps", () => {
  it("says that no sample came yet, and nothing more while samples are fresh", () => {
    const { view } = viewOf(container(), live([container()]), ZERO + 130_000);
    expect(view.gaps.map((gap) => gap.why)).toEqual(["before-first"]);
  });

  it("says since when a kubelet is silent", () => {
    const { view, axis } = viewOf(container(), live([container()]), ZERO + 300_000);
    expect(view.gaps.at(-1)).toEqual({ why: "silent", fromMs: points.at(-1)!.toMs, toMs: axis.toMs });
  });

  it("tells the unseen end of a process from there being none", () => {
    const one = container({ state: ended(125) });
    const { view } = viewOf(one, live([one], { deletedAt: at(200) }), ZERO + 900_000);
    expect(view.gaps.slice(1)).toEqual([
      { why: "unsampled-end", fromMs: points.at(-1)!.toMs, toMs: ZERO + 125_000 },
      { why: "no-process", fromMs: ZERO + 125_000, toMs: ZERO + 200_000 },
    ]);
  });

  it("shows samples that miss in between", () => {
    const torn = [...points.slice(0, 3), ...points.slice(6).map((point, i) => (i === 0 ? { ...point, fromMs: points[2]!.toMs } : point))];
    const { view } = viewOf(container(), live([container()]), ZERO + 130_000, torn);
    expect(view.gaps[0]).toMatchObject({ why: "missing", fromMs: points[2]!.toMs, toMs: points[6]!.toMs });
  });
});

describe("kills", () => {
  const statement = {
    certainty: "confirmed" as const,
    container: "build",
    at: at(60),
    sentence: { key: "x", values: {} as Record<string, string> },
    evidence: [] as Evidence[],
    remedy: null,
  };
  const usage = (change: object) => {
    const base = container().usage;
    return base.state === "known" ? known({ ...base.value, ...change }, base.at, base.source) : base;
  };

  it("marks the kill that the verdict tells, once, though the counter tells it too", () => {
    const one = container({ usage: usage({ oom: { events: 1, firstSeenAt: at(70) } }) });
    const job = live([one], { verdict: { ...statement, kind: "oom-killed" }, findings: [{ ...statement, kind: "oom-kill" }] });
    expect(viewOf(one, job, ZERO + 130_000).view.marks).toEqual([{ ms: ZERO + 60_000, nested: false }]);
  });

  it("marks what only the counter tells, and what was killed inside", () => {
    const one = container({ usage: usage({ oom: { events: 2, firstSeenAt: at(30) }, nestedOom: { events: 1, firstSeenAt: at(110) } }) });
    expect(viewOf(one, live([one]), ZERO + 130_000).view.marks).toEqual([
      { ms: ZERO + 30_000, nested: false },
      { ms: ZERO + 110_000, nested: true },
    ]);
  });

  it("marks nothing of another container", () => {
    const job = live([container()], { verdict: { ...statement, container: "docker", kind: "oom-killed" } });
    expect(viewOf(container(), job, ZERO + 130_000).view.marks).toEqual([]);
  });
});

it("has no CPU peak until there are two samples", () => {
  const one = viewOf(container(), live([container()]), ZERO + 20_000, points.slice(0, 1));
  expect(one.view.cpuPeak).toBeNull();
  expect(one.view.stops).toHaveLength(1);
  expect(viewOf(container(), live([container()]), ZERO + 130_000).view.cpuPeak).toBeGreaterThan(0);
});
