import type { Timestamp } from "../../base/known.ts";
import type { JobRecord } from "../../gitlab/schema.ts";
import type { ManagedTrack } from "../../manager/schema.ts";
import type { Evidence } from "../evidence.ts";
import type { Fits } from "./find-fits.ts";

/** How a job ended, as GitLab or its manager tells it. */
export interface Outcome {
  /** `open`: it ended, and how cannot be told apart. */
  readonly result: "not-failed" | "failed" | "open";
  /** In the runner's or GitLab's words; null: it did not fail, or it is open. */
  readonly reason: string | null;
  readonly exitCode: number | null;
  readonly from: "gitlab" | "manager";
  /** Why it is open: others left in the same moment, the manager began anew, or counters and pod contradict each other. */
  readonly why: "shared" | "restarted" | "contradiction" | null;
  /** Of `shared`: how many jobs left together, and how many of them failed. */
  readonly jobs: number;
  readonly failures: number;
  readonly at: Timestamp | null;
  readonly evidence: readonly Evidence[];
}

/** One job that left a manager's list. */
export interface Leaver {
  readonly track: ManagedTrack;
  /** Of its last pod; null: no pod of it was seen. */
  readonly fits: Fits | null;
  readonly record: JobRecord | null;
}

const OVER: ReadonlySet<string> = new Set(["success", "failed", "canceled"]);

/** GitLab's own word; null while the job is not over for GitLab, or its record is not there. */
export function outcomeOfRecord(record: JobRecord | null): Outcome | null {
  if (record === null || !OVER.has(record.status)) return null;
  const { status, failureReason, exitCode, readAt, finishedAt } = record;
  const evidence: Evidence[] = [{ source: "GitLab", field: "status", value: status, at: readAt }];
  if (failureReason !== null) evidence.push({ source: "GitLab", field: "failure_reason", value: failureReason, at: readAt });
  if (exitCode !== null) evidence.push({ source: "GitLab", field: "exit_code", value: String(exitCode), at: readAt });
  return {
    result: status === "success" ? "not-failed" : "failed",
    reason: status === "success" ? null : status === "canceled" ? "job_canceled" : (failureReason ?? "unknown_failure"),
    exitCode,
    from: "gitlab",
    why: null,
    jobs: 1,
    failures: status === "success" ? 0 : 1,
    at: finishedAt ?? readAt,
    evidence,
  };
}

/** Which jobs left together: the same manager between the same two looks. */
export function windowOf({ manager, left }: ManagedTrack): string | null {
  return left === null ? null : `${manager} ${left.to}`;
}

/**
 * Outcomes of the jobs that left one manager's list between the same two looks, from the failures that the manager counted meanwhile.
 * What GitLab told, and a reason that fits exactly the jobs whose own evidence asks for it, is given out first; what is left is told only
 * when it is the same for all: none failed, or all failed by one reason. Never a guess between two.
 */
export function linkOutcomes(leavers: readonly Leaver[], managerPod: string): Map<string, Outcome> {
  const outcomes = new Map<string, Outcome>();
  const left = leavers[0]?.track.left;
  if (left === undefined || left === null) return outcomes;
  const settle = (leaver: Leaver, change: Pick<Outcome, "result" | "reason" | "why">) =>
    outcomes.set(leaver.track.jobId, makeOutcome(leaver.track, leavers, managerPod, change));
  const open = new Set(leavers);
  if (left.failures === null) {
    for (const leaver of open) settle(leaver, { result: "open", reason: null, why: "restarted" });
    return outcomes;
  }
  const counts = new Map(left.failures.map(({ reason, count }) => [reason, count]));
  takeTold(open, counts, settle);
  while (giveOut(open, counts, settle));
  const failures = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const others = Math.max(open.size, left.jobs - (leavers.length - open.size));
  const [only] = counts.size === 1 ? counts.keys() : [];
  for (const leaver of open) {
    const failed = (leaver.fits?.failed ?? []).length > 0;
    if (failures === 0)
      settle(leaver, failed ? { result: "open", reason: null, why: "contradiction" } : { result: "not-failed", reason: null, why: null });
    else if (only !== undefined && failures >= others) settle(leaver, { result: "failed", reason: only, why: null });
    else settle(leaver, { result: "open", reason: null, why: "shared" });
  }
  return outcomes;
}

type Settle = (leaver: Leaver, change: Pick<Outcome, "result" | "reason" | "why">) => void;

/** What GitLab told of one job is known, so its failure is not another's. GitLab may write an older reason than the runner counts. */
function takeTold(open: Set<Leaver>, counts: Map<string, number>, settle: Settle): void {
  for (const leaver of open) {
    const told = outcomeOfRecord(leaver.record);
    if (told === null) continue;
    const reason = told.reason === null ? null : counts.has(told.reason) ? told.reason : (only(counts) ?? told.reason);
    if (reason !== null) takeOne(counts, reason);
    open.delete(leaver);
    settle(leaver, { result: told.result, reason: told.reason, why: null });
  }
}

function only(counts: ReadonlyMap<string, number>): string | null {
  const [reason] = counts.size === 1 ? counts.keys() : [];
  return reason ?? null;
}

function takeOne(counts: Map<string, number>, reason: string): void {
  const count = (counts.get(reason) ?? 0) - 1;
  if (count > 0) counts.set(reason, count);
  else counts.delete(reason);
}

/** Gives one reason to the jobs that ask for it, if they are as many as the manager counted; whether it did. */
function giveOut(open: Set<Leaver>, counts: Map<string, number>, settle: Settle): boolean {
  for (const [reason, count] of counts) {
    const fitting = [...open].filter(({ fits }) => fits !== null && asksFor(fits, reason, counts));
    if (fitting.length === 0 || fitting.length !== count) continue;
    for (const leaver of fitting) {
      open.delete(leaver);
      settle(leaver, { result: "failed", reason, why: null });
    }
    counts.delete(reason);
    return true;
  }
  return false;
}

/** One that must have failed asks for a reason only when no other that was counted would do. */
function asksFor({ failed, explains }: Fits, reason: string, counts: ReadonlyMap<string, number>): boolean {
  if (failed.length > 0) return failed.includes(reason) && failed.every((other) => other === reason || !counts.has(other));
  return explains.includes(reason);
}

function makeOutcome(
  track: ManagedTrack,
  leavers: readonly Leaver[],
  managerPod: string,
  change: Pick<Outcome, "result" | "reason" | "why">,
): Outcome {
  const { left } = track;
  const failures = left?.failures ?? null;
  const total = (failures ?? []).reduce((sum, { count }) => sum + count, 0);
  return {
    ...change,
    exitCode: null,
    from: "manager",
    jobs: left?.jobs ?? 1,
    failures: total,
    at: left?.to ?? null,
    evidence: evidenceOf(track, leavers, managerPod),
  };
}

/** Names manager, window and counters, and the other jobs of the window. */
function evidenceOf({ left, jobId }: ManagedTrack, leavers: readonly Leaver[], managerPod: string): Evidence[] {
  if (left === null) return [];
  const source = `manager ${managerPod}`;
  const named = leavers.map(({ track }) => track.jobId).filter((id) => id !== jobId);
  const unseen = left.jobs - leavers.length;
  const others = [...named, ...(unseen > 0 ? [`${unseen} more that these counters may be about`] : [])];
  const together = others.length === 0 ? "alone" : `together with ${others.join(", ")}`;
  const counted =
    left.failures === null
      ? "not known: the manager's process began anew, or was not read before"
      : left.failures.length === 0
        ? "no change"
        : left.failures.map(({ reason, count }) => `${reason} +${count}`).join(", ");
  return [
    { source, field: "/debug/jobs/list", value: `job ${jobId} left between ${left.from} and ${left.to}, ${together}`, at: left.to },
    { source, field: "gitlab_runner_failed_jobs_total", value: counted, at: left.to },
  ];
}
