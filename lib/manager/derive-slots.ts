import { known, unknown, type Known, type UnknownReason } from "../base/known.ts";
import type { ManagerReading, ManagerRunner, ManagerSlots, SlotSum } from "./schema.ts";

/** Six missed pages of 5 s: a slot map older than this says nothing about now. */
const STALE_MS = 30_000;

/**
 * Slots of one manager at `nowMs`. `concurrent` is the cap of the process and shared by its runners; a runner's `limit` (0 = none) caps that
 * runner (runner docs: "concurrent", "limit"). Used slots are builds from pick-up until after cleanup.
 */
export function deriveSlots(reading: ManagerReading, nowMs: number): ManagerSlots {
  const missing = whyUnknown(reading, nowMs);
  const { metrics, metricsAt } = reading;
  if (missing !== null || metrics === null || metricsAt === null) return nothing(reading.key, missing ?? "not-seen");
  const limits = metrics.runners.map(({ limit }) => limit);
  const sumOfLimits =
    limits.length > 0 && limits.every((limit) => limit !== null && limit > 0)
      ? limits.reduce<number>((sum, limit) => sum + (limit ?? 0), 0)
      : null;
  const { concurrent } = metrics;
  const total: Known<number> =
    concurrent === null
      ? unknown("not-set")
      : known(Math.min(concurrent, sumOfLimits ?? concurrent), metricsAt, "manager /metrics gitlab_runner_concurrent, gitlab_runner_limit");
  const used = usedOf(reading, metricsAt);
  return {
    key: reading.key,
    total,
    used,
    free: difference(total, used),
    boundBy: concurrent === null ? null : sumOfLimits !== null && sumOfLimits < concurrent ? "limits" : "concurrent",
    runners: metrics.runners.map((runner) => runnerSlots(runner, metricsAt, difference(total, used))),
  };
}

/** Sums over managers; one of which total or used is not known counts as unknown and adds nothing. */
export function sumSlots(managers: readonly ManagerSlots[]): SlotSum {
  const sum: SlotSum = { managers: managers.length, unknownManagers: 0, total: 0, used: 0, free: 0 };
  for (const { total, used, free } of managers) {
    if (total.state === "unknown" || used.state === "unknown" || free.state === "unknown") {
      sum.unknownManagers += 1;
      continue;
    }
    sum.total += total.value;
    sum.used += used.value;
    sum.free += free.value;
  }
  return sum;
}

function whyUnknown({ state, metricsAt }: ManagerReading, nowMs: number): UnknownReason | null {
  if (metricsAt === null) {
    if (state.state === "connecting") return "not-reached";
    return state.state === "forbidden" ? "forbidden" : state.state === "off" ? "not-connected" : "not-seen";
  }
  return nowMs - Date.parse(metricsAt) > STALE_MS ? "stale" : null;
}

/** From the gauge; where no runner has polled yet, from the list of jobs, which is there from the start. */
function usedOf({ metrics, jobs, jobsAt }: ManagerReading, metricsAt: string): Known<number> {
  const runners = metrics?.runners ?? [];
  if (runners.length > 0 && runners.every((runner) => runner.jobs !== null)) {
    return known(
      runners.reduce((sum, runner) => sum + countOf(runner), 0),
      metricsAt,
      "manager /metrics gitlab_runner_jobs",
    );
  }
  return jobs !== null && jobsAt !== null ? known(jobs.length, jobsAt, "manager /debug/jobs/list") : unknown("not-reached");
}

function runnerSlots(runner: ManagerRunner, at: string, freeOfProcess: Known<number>): ManagerSlots["runners"][number] {
  const limit = runner.limit === null || runner.limit <= 0 ? null : runner.limit;
  const used: Known<number> =
    runner.jobs === null ? unknown("not-reached") : known(countOf(runner), at, "manager /metrics gitlab_runner_jobs");
  const own: Known<number> =
    runner.limit === null
      ? unknown("not-set")
      : limit === null
        ? freeOfProcess
        : difference(known(limit, at, "manager /metrics gitlab_runner_limit"), used);
  const free =
    own.state === "known" && freeOfProcess.state === "known"
      ? { ...own, value: Math.min(own.value, freeOfProcess.value) }
      : own.state === "unknown"
        ? own
        : freeOfProcess;
  return { shortToken: runner.shortToken, name: runner.name, limit, used, free };
}

function countOf(runner: ManagerRunner): number {
  return (runner.jobs ?? []).reduce((sum, { count }) => sum + count, 0);
}

/** `concurrent` may have been lowered while more jobs run: then nothing is free. */
function difference(total: Known<number>, used: Known<number>): Known<number> {
  if (total.state === "unknown") return total;
  if (used.state === "unknown") return used;
  return known(Math.max(0, total.value - used.value), total.at < used.at ? total.at : used.at, `${total.source}; ${used.source}`);
}

function nothing(key: string, reason: UnknownReason): ManagerSlots {
  return { key, total: unknown(reason), used: unknown(reason), free: unknown(reason), boundBy: null, runners: [] };
}
