import { describe, expect, it } from "vitest";
import { known, unknown } from "@/lib/base/known.ts";
import type { Job, LifecyclePhase, PhaseName } from "@/lib/fleet/schema.ts";
import { prepareWaterfall, ticksOf } from "./prepare-waterfall.ts";

const T0 = Date.parse("2026-03-01T12:00:00Z");
const iso = (seconds: number) => new Date(T0 + seconds * 1000).toISOString();
const at = (seconds: number | null, source = "test") =>
  seconds === null ? unknown("not-collected") : known(iso(seconds), iso(seconds), source);

function phase(
  name: PhaseName,
  status: LifecyclePhase["status"],
  start: number | null,
  end: number | null,
  source?: string,
): LifecyclePhase {
  return { phase: name, status, start: at(start, source), end: status === "current" ? unknown("not-reached") : at(end, source) };
}

type Input = Parameters<typeof prepareWaterfall>[0];
const quiet: Job["verdict"] = {
  kind: "running",
  certainty: "confirmed",
  container: null,
  at: null,
  sentence: { key: "running", values: {} },
  evidence: [],
  remedy: null,
};
const job = (lifecycle: LifecyclePhase[], change: Partial<Input> = {}): Input => ({
  lifecycle,
  createdAt: iso(0),
  deletedAt: iso(100),
  verdict: quiet,
  findings: [],
  ...change,
});

const ended = [
  phase("queued", "unseen", null, null),
  phase("picked-up", "unseen", null, null),
  phase("scheduling", "done", 0, 5, "pod.status.conditions[PodScheduled]"),
  phase("starting", "done", 5, 20),
  phase("sources", "unseen", 20, null),
  phase("script", "unseen", null, null),
  phase("artifacts", "unseen", null, 80),
  phase("cleanup", "done", 80, 100),
];

describe("prepareWaterfall", () => {
  it("places what was seen as shares of the axis", () => {
    const { rows, spanMs, zero, zeroMs } = prepareWaterfall(job(ended), T0 + 500_000);
    expect({ spanMs, zero, zeroMs }).toEqual({ spanMs: 100_000, zero: "pod-created", zeroMs: T0 });
    expect(rows[3]).toMatchObject({ number: 4, bar: { left: 0.05, hatched: false }, tookMs: 15_000, reason: null });
    expect(rows[3]?.bar?.width).toBeCloseTo(0.15);
    expect(rows[2]?.seenBy).toEqual(["pod.status.conditions[PodScheduled]"]);
  });

  it("hatches the whole stretch in which an unseen phase lies, and gives it no length", () => {
    const { rows } = prepareWaterfall(job(ended), T0);
    for (const row of [rows[4], rows[5], rows[6]]) {
      expect(row?.bar?.hatched).toBe(true);
      expect(row?.bar?.left).toBeCloseTo(0.2);
      expect(row?.bar?.width).toBeCloseTo(0.6);
      expect(row?.tookMs).toBeNull();
      expect(row?.reason).toBe("not-collected");
    }
  });

  it("draws nothing for what lies before the axis", () => {
    const { rows } = prepareWaterfall(job(ended), T0);
    expect(rows[0]).toMatchObject({ bar: null, tookMs: null, reason: "not-collected" });
  });

  it("lets the current phase grow until now, and pending ones have nothing", () => {
    const living = [phase("scheduling", "done", 0, 5), phase("starting", "current", 5, null), phase("sources", "pending", null, null)];
    const { rows, spanMs } = prepareWaterfall(job(living, { deletedAt: null }), T0 + 25_000);
    expect(spanMs).toBe(25_000);
    expect(rows[1]).toMatchObject({ tookMs: 20_000, bar: { left: 0.2, width: 0.8, hatched: false }, reason: null });
    expect(rows[2]).toMatchObject({ bar: null, reason: null });
  });

  it("never gives a negative length when the clocks of cluster and server differ", () => {
    const { rows } = prepareWaterfall(job([phase("starting", "current", 30, null)], { deletedAt: null }), T0 + 10_000);
    expect(rows[0]?.tookMs).toBe(0);
    expect(rows[0]?.bar?.width).toBe(0);
  });

  it("begins at the job's creation where GitLab tells it", () => {
    const told = [phase("queued", "done", -40, -1), ...ended.slice(1)];
    const { zero, spanMs, rows } = prepareWaterfall(job(told), T0);
    expect({ zero, spanMs }).toEqual({ zero: "job-created", spanMs: 140_000 });
    expect(rows[0]?.tookMs).toBe(39_000);
  });

  it("marks each kill once, whoever tells of it", () => {
    const kill = {
      certainty: "confirmed" as const,
      container: "docker",
      at: iso(50),
      sentence: { key: "x", values: {} },
      evidence: [],
      remedy: null,
    };
    const { kills } = prepareWaterfall(
      job(ended, {
        verdict: { ...kill, kind: "oom-killed" },
        findings: [
          { ...kill, kind: "oom-kill" },
          { ...kill, kind: "oom-kill", at: iso(900) },
        ],
      }),
      T0,
    );
    expect(kills).toEqual([{ ms: 50_000, share: 0.5, container: "docker" }]);
  });
});

describe("ticksOf", () => {
  it.each([1_000, 9_000, 213_000, 4_000_000, 400_000_000])("gives at most nine round ticks inside %i ms", (span) => {
    const ticks = ticksOf(span);
    expect(ticks[0]).toEqual({ ms: 0, share: 0 });
    expect(ticks.length).toBeGreaterThan(1);
    expect(ticks.length).toBeLessThanOrEqual(9);
    expect(ticks.every((tick) => tick.share <= 1 && tick.ms % 1000 === 0)).toBe(true);
  });
});
