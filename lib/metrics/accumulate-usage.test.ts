import { describe, expect, it } from "vitest";
import { addNested, addSample, keepPoints, usageOf, type UsageState } from "./accumulate-usage.ts";
import { BARE_LACKS } from "./bare-sample.ts";
import { PodUsages } from "./pod-usages.ts";
import type { ContainerSample } from "./schema.ts";

const sample = (atMs: number, over: Partial<ContainerSample> = {}): ContainerSample => ({
  namespace: "ci",
  pod: "p",
  container: "build",
  containerId: "a",
  podUid: null,
  atMs,
  cpuUsageSeconds: null,
  cfsPeriods: null,
  cfsThrottledPeriods: null,
  cfsThrottledSeconds: null,
  quotaMillicores: null,
  workingSetBytes: null,
  rssBytes: null,
  maxUsageBytes: null,
  failures: null,
  oomEvents: null,
  cpuWaitingSeconds: null,
  memoryWaitingSeconds: null,
  ...over,
});
const play = (...samples: ContainerSample[]) => samples.reduce<UsageState | null>(addSample, null)!;

describe("usage over a container's life", () => {
  it("takes rates between samples by their own times, totals from the last", () => {
    const usage = usageOf(
      play(
        sample(10_000, { cpuUsageSeconds: 1, cfsPeriods: 100, cfsThrottledPeriods: 90, cfsThrottledSeconds: 5, quotaMillicores: 200 }),
        sample(20_000, { cpuUsageSeconds: 3, cfsPeriods: 200, cfsThrottledPeriods: 140, cfsThrottledSeconds: 9, quotaMillicores: 200 }),
      ),
    );
    expect(usage).toMatchObject({
      samples: 2,
      cpuMillicores: 200,
      cfs: { quotaMillicores: 200, stepShare: 0.5, periods: 200, throttledPeriods: 140, throttledSeconds: 9 },
      oom: null,
      peak: null,
    });
  });

  it("says nothing of CPU after one sample, and nothing of throttling without a quota", () => {
    const usage = usageOf(play(sample(1_000, { cpuUsageSeconds: 7, workingSetBytes: 5 })));
    expect(usage).toMatchObject({ cpuMillicores: null, cfs: null, memoryBytes: 5, peak: { bytes: 5, from: "samples" } });
  });

  it("a repeated or older sample is the same state; a counter that went down gives no rate", () => {
    const state = play(sample(20_000, { cpuUsageSeconds: 5 }));
    expect(addSample(state, sample(20_000, { cpuUsageSeconds: 6 }))).toBe(state);
    expect(addSample(state, sample(10_000))).toBe(state);
    expect(usageOf(addSample(state, sample(30_000, { cpuUsageSeconds: 1 }))).cpuMillicores).toBeNull();
  });

  it("a poorer way keeps what a richer one counted, with its time; what no way told is not measured", () => {
    const rich = sample(10_000, {
      cpuUsageSeconds: 1,
      cfsPeriods: 100,
      cfsThrottledPeriods: 40,
      quotaMillicores: 200,
      oomEvents: 1,
      failures: 2,
    });
    const bare = (atMs: number, over: Partial<ContainerSample> = {}) =>
      sample(atMs, { way: "resource", lacks: [...BARE_LACKS], cpuUsageSeconds: atMs / 10_000, ...over });
    const both = play(rich, bare(20_000), bare(30_000));
    expect(usageOf(both)).toMatchObject({
      at: new Date(30_000).toISOString(),
      countedAt: new Date(10_000).toISOString(),
      cpuMillicores: 100,
      cfs: { periods: 100, throttledPeriods: 40, stepShare: null },
      oom: { events: 1 },
      limitHits: 2,
      way: "resource",
      unmeasured: ["kernel-peak", "pressure", "storage"],
    });
    const again = usageOf(addSample(both, sample(40_000, { cfsPeriods: 200, cfsThrottledPeriods: 90, oomEvents: 1 })));
    expect(again).toMatchObject({ countedAt: null, way: "cadvisor", cfs: { periods: 200, stepShare: 0.5 } });
    const never = usageOf(play(bare(1_000, { workingSetBytes: 7 })));
    expect(never).toMatchObject({ cfs: null, oom: null, countedAt: null, memoryBytes: 7, unmeasured: BARE_LACKS });
  });

  it("no quota, once told, stays so; a ready-made rate has its own window and no counter", () => {
    const bare = { way: "metrics-server", lacks: [...BARE_LACKS], rate: { cpuMillicores: 300, windowMs: 15_000 } } as const;
    const usage = usageOf(play(sample(10_000, { cpuUsageSeconds: 1, oomEvents: 0 }), sample(60_000, { ...bare, lacks: [...BARE_LACKS] })));
    expect(usage).toMatchObject({ cfs: null, cpuMillicores: 300, windowMs: 15_000, cpuSecondsTotal: null });
    expect(usage.unmeasured).not.toContain("throttling");
    const [, point] = play(sample(10_000), sample(60_000, { ...bare, lacks: [...BARE_LACKS] })).points;
    expect(point).toMatchObject({ fromMs: 45_000, toMs: 60_000, cpuMillicores: 300, throttledShare: null });
  });

  it("keeps pressure and disk use as they are told", () => {
    const usage = usageOf(play(sample(1, { cpuWaitingSeconds: 3, memoryWaitingSeconds: 0, ioWaitingSeconds: null, storageBytes: 0 })));
    expect(usage).toMatchObject({ pressure: { cpuSeconds: 3, memorySeconds: 0, ioSeconds: null }, storageBytes: 0 });
    expect(usage.unmeasured).toEqual(["oom-counter", "kernel-peak", "limit-hits"]);
  });

  it("the kernel's peak goes before sampled ones and is never lost", () => {
    const usage = usageOf(play(sample(1, { workingSetBytes: 9, maxUsageBytes: 50 }), sample(2, { workingSetBytes: 3 })));
    expect(usage.peak).toEqual({ bytes: 50, from: "kernel" });
  });

  it("remembers when an OOM was first seen, the container's own and a nested one apart", () => {
    let state = play(sample(1_000, { oomEvents: 0 }), sample(2_000, { oomEvents: 198 }), sample(3_000, { oomEvents: 198 }));
    state = addNested(state, { containerId: "a", id: "x", atMs: 2_500, workingSetBytes: null, oomEvents: 1 });
    expect(usageOf(state)).toMatchObject({
      oom: { events: 198, firstSeenAt: "1970-01-01T00:00:02.000Z" },
      nestedOom: { events: 1, firstSeenAt: "1970-01-01T00:00:02.500Z" },
    });
  });

  it("can be kept with fewer points: the newest stay as they are, nothing is left out", () => {
    const state = play(...Array.from({ length: 100 }, (_, i) => sample(i * 15_000, { workingSetBytes: i === 3 ? 9_000 : 100 })));
    const kept = keepPoints(state, 16);
    expect(keepPoints(kept, 16)).toBe(kept);
    expect(kept.points.length).toBeLessThanOrEqual(16);
    expect(kept.points.at(-1)).toBe(state.points.at(-1));
    expect([kept.points[0]?.fromMs, kept.points.at(-1)?.toMs]).toEqual([0, 99 * 15_000]);
    expect(kept.points.every((point, i) => i === 0 || point.fromMs === kept.points[i - 1]?.toMs)).toBe(true);
    expect(Math.max(...kept.points.map((point) => point.memoryBytes ?? 0))).toBe(9_000);
  });

  it("keeps at most 240 points of any length of job, without a gap and without losing the highest memory", () => {
    let state: UsageState | null = null;
    for (let i = 0; i <= 5_000; i++)
      state = addSample(state, sample(i * 15_000, { cpuUsageSeconds: i * 3, workingSetBytes: i === 77 ? 1_000 : 10 }));
    const { points } = state!;
    expect(points.length).toBeLessThanOrEqual(240);
    expect(points[0]?.fromMs).toBe(0);
    expect(points.every((point, i) => i === 0 || point.fromMs === points[i - 1]?.toMs)).toBe(true);
    expect(Math.max(...points.map((point) => point.memoryBytes ?? 0))).toBe(1_000);
    expect(points.every((point) => point.cpuMillicores === null || Math.abs(point.cpuMillicores - 200) < 1e-6)).toBe(true);
  });
});

describe("usages by pod", () => {
  const page = (...containers: ContainerSample[]) => ({
    containers,
    nested: [],
    machine: null,
    incomplete: false,
    lines: 0,
    bytes: 0,
    unreadable: 0,
    dropped: 0,
  });
  const wanted = new Map([
    ["a", { podUid: "u1", name: "build" }],
    ["b", { podUid: "u2", name: "build" }],
  ]);

  it("joins by container id only, keeps the identity of what did not change, forgets what nobody shows", () => {
    const usages = new PodUsages();
    usages.add(page(sample(1), sample(1, { containerId: "b" }), sample(1, { containerId: "z" }), sample(1, { containerId: null })), wanted);
    const first = usages.snapshot();
    expect([...first.keys()]).toEqual(["u1", "u2"]);
    usages.add(page(sample(1), sample(2, { containerId: "b" })), wanted);
    expect(usages.snapshot().get("u1")).toBe(first.get("u1"));
    expect(usages.snapshot().get("u2")).not.toBe(first.get("u2"));
    const revision = usages.revision;
    usages.add(page(sample(1)), wanted);
    expect(usages.revision).toBe(revision);
    usages.keepOnly(new Set(["u2"]));
    expect([...usages.snapshot().keys()]).toEqual(["u2"]);
  });
});
