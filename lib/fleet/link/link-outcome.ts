import type { Timestamp } from "../../base/known.ts";
import type { JobRecord } from "../../gitlab/schema.ts";
import type { ManagedTrack } from "../../manager/schema.ts";
import type { Evidence } from "../evidence.ts";
import type { Fits } from "./find-fits.ts";
import { shownEnd, shownEvidence } from "./shown-end.ts";

/** How a job ended, as GitLab or its manager tells it. */
export interface Outcome {
  /** `open`: it ended, and how cannot be told apart. */
  readonly result: "not-failed" | "failed" | "open";
  /** In the runner's or GitLab's words; null: it did not fail, it is open, or it failed and nobody says by what. */
  readonly reason: string | null;
  readonly exitCode: number | null;
  readonly from: "gitlab" | "manager";
  /** Of a manager's word: the state of the job on its list, or what its counters leave possible. */
  readonly by: "state" | "counters";
  /** Why it is open, or the reason is: others left in the same moment, the manager began anew, or counters and pod contradict each other. */
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
    by: "state",
    why: null,
    jobs: 1,
    failures: status === "success" ? 0 : 1,
    at: finishedAt ?? readAt,
    evidence,
  };
}

/** Which jobs left together: the same manager between the same two looks. One that is over and still listed is alone. */
export function windowOf({ manager, left, end, jobId }: ManagedTrack): string | null {
  if (left !== null) return `${manager} ${left.to}`;
  return end === null ? null : `${manager} job ${jobId}`;
}

/** A job that is over by its manager's list and still stands on it, or stood on it when the manager was seen last. */
export function outcomeOfState(track: ManagedTrack, managerPod: string): Outcome | null {
  const shown = shownEnd(track, new Map());
  if (shown === null) return null;
  const evidence = shownEvidence(track, managerPod);
  return { ...shown, exitCode: null, from: "manager", by: "state", why: null, jobs: 1, failures: 0, at: track.end?.at ?? null, evidence };
}

/**
 * Outcomes of the jobs that left one manager's list between the same two looks, from the states in which the list showed them and the failures that
 * the manager counted meanwhile. What GitLab told, what the list showed, and a reason that fits exactly the jobs whose own evidence asks for it, is
 * given out first; what is left is told only when it is the same for all: none failed, or all failed by one reason. Never a guess between two.
 */
export function linkOutcomes(leavers: readonly Leaver[], managerPod: string): Map<string, Outcome> {
  const outcomes = new Map<string, Outcome>();
  const left = leavers[0]?.track.left;
  if (left === undefined || left === null) return outcomes;
  const settle: Settle = (leaver, change) =>
    outcomes.set(leaver.track.jobId, makeOutcome(leaver.track, leavers, managerPod, { by: "counters", ...change }));
  const open = new Set(leavers);
  const counts = new Map((left.failures ?? []).map(({ reason, count }) => [reason, count]));
  if (left.failures !== null) takeTold(open, counts, settle);
  takeShown(open, counts, settle);
  if (left.failures === null) {
    for (const leaver of open) settle(leaver, { result: hasFailed(leaver) ? "failed" : "open", reason: null, why: "restarted" });
    return outcomes;
  }
  while (giveOut(open, counts, settle));
  const others = Math.max(open.size, left.jobs - (leavers.length - open.size));
  for (const [leaver, change] of restOf(open, counts, others)) settle(leaver, change);
  return outcomes;
}

const hasFailed = ({ track }: Leaver) => track.end?.state === "failed";

/** What the counters still say of jobs that nothing told apart. `others`: of how many they may be about. */
function restOf(open: ReadonlySet<Leaver>, counts: ReadonlyMap<string, number>, others: number): [Leaver, Change][] {
  const failures = sumOf(counts);
  const failed = [...open].filter(hasFailed).length;
  const single = failures < failed ? null : only(counts);
  return [...open].map((leaver): [Leaver, Change] => {
    if (single !== null && (hasFailed(leaver) || failures >= others)) return [leaver, { result: "failed", reason: single, why: null }];
    if (hasFailed(leaver)) return [leaver, { result: "failed", reason: null, why: failures < failed ? "contradiction" : "shared" }];
    // The list showed who failed, and they are as many as were counted.
    if (failures > failed) return [leaver, { result: "open", reason: null, why: "shared" }];
    const contradicted = (leaver.fits?.failed ?? []).length > 0;
    return [leaver, { result: contradicted ? "open" : "not-failed", reason: null, why: contradicted ? "contradiction" : null }];
  });
}

type Change = Pick<Outcome, "result" | "reason" | "why"> & Partial<Pick<Outcome, "by">>;
type Settle = (leaver: Leaver, change: Change) => void;

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

/** A state that says how the job ended says it of this one job; each of these failures is counted once. */
function takeShown(open: Set<Leaver>, counts: Map<string, number>, settle: Settle): void {
  for (const leaver of open) {
    const shown = shownEnd(leaver.track, counts);
    if (shown === null || hasFailed(leaver)) continue;
    if (shown.reason !== null) takeOne(counts, shown.reason);
    open.delete(leaver);
    settle(leaver, { ...shown, why: null, by: "state" });
  }
}

function only(counts: ReadonlyMap<string, number>): string | null {
  const [reason] = counts.size === 1 ? counts.keys() : [];
  return reason ?? null;
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
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
    // Each job that the list showed as failed needs one of the failures too.
    const needed = [...open].filter((leaver) => hasFailed(leaver) && !fitting.includes(leaver)).length;
    if (sumOf(counts) - count < needed) continue;
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
  change: Pick<Outcome, "result" | "reason" | "why" | "by">,
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
    at: track.end?.at ?? left?.to ?? null,
    evidence: [...shownEvidence(track, managerPod), ...evidenceOf(track, leavers, managerPod)],
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
