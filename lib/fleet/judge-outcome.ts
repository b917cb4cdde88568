import { valueOf } from "../base/known.ts";
import { formatBytes, formatDurationMs } from "../base/units.ts";
import { deriveGitlab } from "./derive-gitlab.ts";
import { findKills, isVital } from "./find-kills.ts";
import { verdictOfKill } from "./judge-kill.ts";
import { judgeLost } from "./judge-lost.ts";
import { judgeServices, judgeUnhealthy } from "./judge-services.ts";
import { findFits } from "./link/find-fits.ts";
import { outcomeOfRecord, type Outcome } from "./link/link-outcome.ts";
import { phaseOfStage } from "./link/stage-phase.ts";
import { nameOr, podEvidence, type PodFacts } from "./pod-facts.ts";
import { say } from "./sentence-keys.ts";
import type { Certainty, Evidence, Sentence, Verdict } from "./schema.ts";

/** What Kubernetes says of an end is its cause, whatever reason the runner gave it: it knows the pod only from outside. */
const CAUSES: ReadonlySet<Verdict["kind"]> = new Set(["evicted", "node-lost", "timed-out", "image-pull-failed"]);
/** Reasons that a kill for memory shows as: the script's exit code, or a container that is gone. */
const KILL_REASONS: ReadonlySet<string> = new Set(["script_failure", "runner_system_failure", "unknown_failure"]);
/** GitLab gave a job up because its runner fell silent (`stuck_or_timeout_failure` until 19.1). */
const LOST = /^(stuck_|no_updates_)/;
/** A deletion has whole seconds. */
const SECOND_MS = 1_000;

/**
 * How the job ended, as GitLab or its manager tells it, put together with what Kubernetes proves. `end`: what Kubernetes alone says.
 * GitLab's own word is confirmed and wins; a manager's counters are likely. null: nobody tells, or it says nothing new.
 */
export function judgeOutcome(facts: PodFacts, end: Verdict | null): Verdict | null {
  const outcome = outcomeOfRecord(facts.links.record) ?? facts.links.outcome;
  if (outcome === null) return null;
  if (outcome.result === "open") return judgeOpen(facts, outcome, end);
  if (outcome.result === "failed") return judgeFailed(facts, outcome, outcome.reason ?? "unknown_failure", end);
  if (outcome.from === "manager" && findFits(facts).neverRan) return end === null ? null : withEvidence(end, outcome.evidence);
  return statement(facts, outcome, "succeeded", successOf(outcome, managerOf(facts)));
}

function successOf({ from, by }: Outcome, manager: string): Sentence {
  if (from === "gitlab") return say("succeeded.gitlab", {});
  return say(by === "state" ? "succeeded.state" : "succeeded.manager", { manager });
}

/** It ended, and nobody can tell how: what Kubernetes says stands, with the reason why no more is known. */
function judgeOpen(facts: PodFacts, outcome: Outcome, end: Verdict | null): Verdict | null {
  const lost = judgeLost(facts);
  if (lost !== null && (end === null || end.certainty === "possible")) return withEvidence(lost, outcome.evidence);
  if (end !== null) return withEvidence(end, outcome.evidence);
  if (outcome.why === "contradiction") return null;
  const sentence =
    outcome.why === "shared"
      ? say("unknown.shared", { count: outcome.jobs, failures: outcome.failures })
      : say("unknown.restarted", { manager: managerOf(facts) });
  return { ...statement(facts, outcome, "unknown", sentence), certainty: "possible" };
}

function judgeFailed(facts: PodFacts, outcome: Outcome, reason: string, end: Verdict | null): Verdict {
  const manager = managerOf(facts);
  const verdict = (kind: Verdict["kind"], sentence: Sentence, remedy: Sentence | null = null) =>
    statement(facts, outcome, kind, sentence, remedy);
  if (reason === "job_canceled") return verdict("cancelled", say("cancelled.told", {}));
  if (end !== null && end.certainty !== "possible" && CAUSES.has(end.kind)) return withEvidence(end, outcome.evidence);
  if (/^(job_execution_(server_)?timeout|server_timeout_running)$/.test(reason))
    return verdict("timed-out", say("timed-out.runner", { span: limitOf(facts) }), say("remedy.timeout", {}));
  if (reason === "runner_interrupted")
    return verdict("runner-interrupted", say("runner-interrupted.manager", { manager }), say("remedy.interrupted", {}));
  const killed = KILL_REASONS.has(reason) ? judgeKilled(facts, outcome) : null;
  if (killed !== null) return killed;
  const service = judgeService(facts, reason);
  if (service !== null) return withEvidence(service, outcome.evidence);
  if (reason === "image_pull_failure" || reason === "runner_external_dependency_failure")
    return verdict("image-pull-failed", say("image-pull-failed.reason", { reason }), say("remedy.image-any", {}));
  if (reason === "script_failure") {
    const { exitCode } = outcome;
    const sentence = exitCode === null ? say("script-failed.plain", {}) : say("script-failed.exit", { code: exitCode });
    return verdict("script-failed", sentence, say("remedy.script", {}));
  }
  if (reason === "runner_system_failure") return judgeSystem(facts, outcome, end);
  if (LOST.test(reason)) return verdict("runner-system-failure", say("runner-system-failure.lost", {}));
  if (reason === "unknown_failure") return end === null ? judgeUnnamed(facts, outcome) : withEvidence(end, outcome.evidence);
  return verdict("runner-system-failure", say("runner-system-failure.reason", { reason }));
}

/** A service that explains the failure: the runner gave up waiting for it, or the script failed without it. */
function judgeService(facts: PodFacts, reason: string): Verdict | null {
  const waited = reason === "script_failure" || reason === "runner_system_failure" ? judgeUnhealthy(facts) : null;
  return waited ?? (reason === "script_failure" ? judgeServices(facts) : null);
}

/** It failed, and nobody says by what. */
function judgeUnnamed(facts: PodFacts, outcome: Outcome): Verdict {
  const manager = managerOf(facts);
  const sentence = outcome.reason === null ? say("unknown.failed-shown", { manager }) : say("unknown.failed", {});
  return statement(facts, outcome, "unknown", sentence);
}

/** A job that failed and in which a process of a vital container was killed: two signs, and with the script's 137 a proof. */
function judgeKilled(facts: PodFacts, outcome: Outcome): Verdict | null {
  const kills = findKills(facts).filter((kill) => isVital(kill.container.role) && kill.scope !== "nested");
  const verdict = verdictOfKill(kills, facts.pod.node);
  const [worst] = kills;
  if (verdict === null || worst === undefined) return null;
  const evidence = [...verdict.evidence, ...outcome.evidence, ...contradictions(facts)];
  if (verdict.certainty !== "possible") return { ...verdict, evidence };
  const { memoryBytes } = worst.container.limits;
  const limit = memoryBytes === null ? "none" : formatBytes(memoryBytes);
  const proven = outcome.from === "gitlab" && outcome.exitCode === 137 && certaintyOf(facts, outcome) === "confirmed";
  return {
    ...verdict,
    certainty: proven ? "confirmed" : "likely",
    sentence: say("oom-killed.failed", { container: worst.container.name, limit }),
    evidence,
  };
}

function judgeSystem(facts: PodFacts, outcome: Outcome, end: Verdict | null): Verdict {
  if (end !== null) return withEvidence(end, outcome.evidence);
  const { pod, scheduled, deletionRequestedAt } = facts;
  if (pod.node === null && scheduled?.status === "False") {
    const why = podEvidence(
      "conditions[PodScheduled]",
      [scheduled.reason, scheduled.message].filter(Boolean).join(": "),
      scheduled.lastTransitionAt,
    );
    const verdict = statement(facts, outcome, "runner-system-failure", say("runner-system-failure.unplaced", {}));
    return withEvidence(verdict, [why]);
  }
  const deletion = deletedFromOutside(facts);
  if (deletion !== null && deletionRequestedAt !== null) {
    const verdict = statement(facts, outcome, "deleted-externally", say("deleted-externally.pod", {}), say("remedy.deleted", {}));
    return withEvidence({ ...verdict, at: deletionRequestedAt }, deletion);
  }
  return statement(facts, outcome, "runner-system-failure", say("runner-system-failure.reason", { reason: "runner_system_failure" }));
}

/**
 * A manager deletes its pod after the last stage (`cleanup_file_variables`). A pod whose deletion was asked for while a look at the list
 * still showed sources or script was deleted by somebody else.
 */
function deletedFromOutside({ deletionRequestedAt, links: { track, manager } }: PodFacts): Evidence[] | null {
  if (deletionRequestedAt === null || track?.left == null) return null;
  const last = track.stages.at(-1);
  const phase = last === undefined ? null : phaseOfStage(last.stage);
  if (last === undefined || phase === null || phase === "artifacts") return null;
  if (Date.parse(track.left.from) - Date.parse(deletionRequestedAt) < SECOND_MS) return null;
  const value = `job ${track.jobId} still in stage ${last.stage || "prepare"} at ${track.left.from}, deletion was asked for at ${deletionRequestedAt}`;
  return [
    podEvidence("metadata.deletionTimestamp", "deletion requested", deletionRequestedAt),
    { source: `manager ${nameOr(manager?.pod ?? null)}`, field: "/debug/jobs/list", value, at: track.left.from },
  ];
}

function statement(facts: PodFacts, outcome: Outcome, kind: Verdict["kind"], sentence: Sentence, remedy: Sentence | null = null): Verdict {
  return {
    kind,
    certainty: certaintyOf(facts, outcome),
    container: null,
    at: outcome.at,
    sentence,
    evidence: [...outcome.evidence, ...contradictions(facts)],
    remedy,
  };
}

/** GitLab's word, and the state that the manager's own list gives this job, are the runner's: confirmed. What counters leave possible is likely. */
function certaintyOf({ links }: PodFacts, outcome: Outcome): Certainty {
  if (links.contradictions.length > 0) return "likely";
  const own = outcome.by === "state" && links.manager?.doubt === null;
  return outcome.from === "gitlab" || own ? "confirmed" : "likely";
}

/** Annotations can be overwritten by a job; where they say another thing than GitLab, both are named. */
function contradictions({ pod, links }: PodFacts): Evidence[] {
  return links.contradictions.map((value) => ({ source: "pod annotations and GitLab", field: "contradiction", value, at: pod.createdAt }));
}

function withEvidence(verdict: Verdict, more: readonly Evidence[]): Verdict {
  return { ...verdict, evidence: [...verdict.evidence, ...more] };
}

function managerOf({ links }: PodFacts): string {
  return nameOr(links.manager?.pod ?? null);
}

function limitOf({ pod }: PodFacts): string {
  const limitMs = valueOf(deriveGitlab(pod).timeoutMs);
  return limitMs === null ? "none" : formatDurationMs(limitMs);
}
