import type { Known, UnknownReason } from "@/lib/base/known.ts";
import type { Finding, Job, LifecyclePhase, PhaseName } from "@/lib/fleet/schema.ts";

/** A stretch of the lane, as shares (0 to 1) of the axis. */
export interface Stretch {
  left: number;
  width: number;
}

export interface WaterfallRow {
  phase: PhaseName;
  /** 1 to 8, the phase's place in a job's life. */
  number: number;
  status: LifecyclePhase["status"];
  /** Solid: both borders are facts. Hatched: it lies somewhere in the stretch, nobody saw where. Null: nothing to draw. */
  bar: (Stretch & { hatched: boolean }) | null;
  /** Milliseconds from the start until the end or until now; null where a border is not known. */
  tookMs: number | null;
  startMs: number | null;
  /** Why a border is not known; null when both are, or when it is simply not over yet. */
  reason: UnknownReason | null;
  /** Where the borders come from (object and field), without repeats. */
  seenBy: string[];
}

export interface Waterfall {
  /** T+0 in milliseconds since the epoch, and what happened then. */
  zeroMs: number;
  zero: "job-created" | "pod-created";
  /** Length of the axis in milliseconds, at least 1. */
  spanMs: number;
  rows: WaterfallRow[];
  ticks: { share: number; ms: number }[];
  /** Kills for memory, as lines through all lanes. */
  kills: { share: number; ms: number; container: string | null }[];
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];
const MOST_TICKS = 8;

/** Places the eight phases on one axis that begins at T+0. `nowMs` ends the axis of a job that still lives. */
export function prepareWaterfall(
  job: Pick<Job, "lifecycle" | "createdAt" | "deletedAt" | "verdict" | "findings">,
  nowMs: number,
): Waterfall {
  const queued = job.lifecycle.find((phase) => phase.phase === "queued");
  const queuedAt = queued === undefined ? null : millis(queued.start);
  const zeroMs = queuedAt ?? Date.parse(job.createdAt);
  const endMs = Math.max(zeroMs + 1000, job.deletedAt === null ? nowMs : Date.parse(job.deletedAt), ...borders(job.lifecycle));
  const spanMs = endMs - zeroMs;
  const share = (ms: number) => Math.min(1, Math.max(0, (ms - zeroMs) / spanMs));
  const stretch = (from: number, to: number): Stretch => ({ left: share(from), width: Math.max(0, share(to) - share(from)) });
  const rows = job.lifecycle.map((phase, index) => placePhase(job.lifecycle, phase, index, { zeroMs, endMs, nowMs, stretch }));
  return {
    zeroMs,
    zero: queuedAt === null ? "pod-created" : "job-created",
    spanMs,
    rows,
    ticks: ticksOf(spanMs),
    kills: killsOf(job, zeroMs, spanMs),
  };
}

interface Axis {
  zeroMs: number;
  endMs: number;
  nowMs: number;
  stretch: (from: number, to: number) => Stretch;
}

function placePhase(all: readonly LifecyclePhase[], phase: LifecyclePhase, index: number, axis: Axis): WaterfallRow {
  const start = millis(phase.start);
  const end = phase.status === "current" ? Math.max(axis.nowMs, start ?? axis.nowMs) : millis(phase.end);
  const row = {
    phase: phase.phase,
    number: index + 1,
    status: phase.status,
    startMs: start,
    seenBy: seenBy(phase),
    reason: reasonOf(phase),
  };
  if (phase.status === "pending") return { ...row, bar: null, tookMs: null };
  if (start !== null && end !== null)
    return { ...row, bar: { ...axis.stretch(start, end), hatched: false }, tookMs: Math.max(0, end - start) };
  const from = start ?? lastBorderBefore(all, index);
  const to = end ?? firstBorderAfter(all, index) ?? axis.endMs;
  const drawable = from !== null && to > axis.zeroMs;
  return { ...row, bar: drawable ? { ...axis.stretch(from, Math.max(from, to)), hatched: true } : null, tookMs: null };
}

function reasonOf(phase: LifecyclePhase): UnknownReason | null {
  if (phase.status === "pending") return null;
  if (phase.start.state === "unknown") return phase.start.reason;
  return phase.end.state === "unknown" && phase.status !== "current" ? phase.end.reason : null;
}

function seenBy(phase: LifecyclePhase): string[] {
  const facts = [phase.start, phase.end].filter((fact) => fact.state === "known");
  return [...new Set(facts.map((fact) => fact.source))];
}

function lastBorderBefore(all: readonly LifecyclePhase[], index: number): number | null {
  for (let at = index - 1; at >= 0; at--) {
    const earlier = all[at];
    const border = earlier === undefined ? null : (millis(earlier.end) ?? millis(earlier.start));
    if (border !== null) return border;
  }
  return null;
}

function firstBorderAfter(all: readonly LifecyclePhase[], index: number): number | null {
  for (const later of all.slice(index + 1)) {
    const border = millis(later.start) ?? millis(later.end);
    if (border !== null) return border;
  }
  return null;
}

function borders(all: readonly LifecyclePhase[]): number[] {
  return all.flatMap((phase) => [millis(phase.start), millis(phase.end)]).filter((ms) => ms !== null);
}

function millis(fact: Known<string>): number | null {
  return fact.state === "known" ? Date.parse(fact.value) : null;
}

/** Round steps, eight at most; the first is T+0. */
export function ticksOf(spanMs: number): { share: number; ms: number }[] {
  const step =
    1000 * (STEPS_S.find((seconds) => spanMs / (seconds * 1000) <= MOST_TICKS) ?? Math.ceil(spanMs / 86_400_000 / MOST_TICKS) * 86_400);
  const ticks = [];
  for (let ms = 0; ms <= spanMs; ms += step) ticks.push({ ms, share: ms / spanMs });
  return ticks;
}

function killsOf({ verdict, findings }: Pick<Job, "verdict" | "findings">, zeroMs: number, spanMs: number): Waterfall["kills"] {
  const statements: Pick<Finding, "at" | "container">[] = findings.filter((finding) => finding.kind === "oom-kill");
  if (verdict.kind === "oom-killed") statements.push(verdict);
  const kills = new Map<string, Waterfall["kills"][number]>();
  for (const { at, container } of statements) {
    const ms = at === null ? Number.NaN : Date.parse(at) - zeroMs;
    if (ms >= 0 && ms <= spanMs) kills.set(`${container} ${ms}`, { ms, share: ms / spanMs, container });
  }
  return [...kills.values()];
}
