import { nameOr, podEvidence, type PodFacts } from "./pod-facts.ts";
import { say } from "./sentence-keys.ts";
import type { Certainty, Evidence, Sentence, Verdict } from "./schema.ts";
import type { Lost } from "./link/find-lost.ts";

/** A manager that is told to stop deletes the pods of its jobs at once (runner `commands/multi.go` handleForcefulShutdown; seen: 1.1 s). */
const AT_ONCE_MS = 5_000;
/** `shutdown_timeout` of the runner: for so long a manager that stops may still end its jobs. */
const SHUTDOWN_MS = 30_000;
/** Kubernetes' times have whole seconds. */
const SECOND_MS = 1_000;

/**
 * The end of a job whose manager ended under it, where neither GitLab nor the manager tells how. Interrupted: the pod was asked to go while the
 * manager stopped. Orphaned: the manager was over, or held it no more, when somebody else asked for it. null: nothing says so.
 */
export function judgeLost(facts: PodFacts): Verdict | null {
  const { deletionRequestedAt, links } = facts;
  if (deletionRequestedAt === null) return null;
  return (
    (links.lost === null ? null : judgeManagerEnd(facts, links.lost, deletionRequestedAt)) ?? judgeAbandoned(facts, deletionRequestedAt)
  );
}

function judgeManagerEnd(facts: PodFacts, lost: Lost, deletionRequestedAt: string): Verdict | null {
  const { end } = lost;
  const overMs = end.overAt === null ? Number.POSITIVE_INFINITY : Date.parse(end.overAt);
  const askedMs = Date.parse(deletionRequestedAt);
  const evidence = [
    ...end.evidence,
    ...heldEvidence(facts),
    podEvidence("metadata.deletionTimestamp", "deletion requested", deletionRequestedAt),
  ];
  if (askedMs > overMs + AT_ONCE_MS)
    return statement(facts, "orphaned", "likely", evidence, [
      say("orphaned.lost", { manager: end.pod }),
      say("remedy.lost", { manager: end.pod }),
    ]);
  if (end.shutdown === "graceful" || askedMs > overMs + SECOND_MS) return null;
  const fromMs = end.toldAt === null ? overMs - SHUTDOWN_MS : Date.parse(end.toldAt);
  if (askedMs < fromMs - SECOND_MS) return null;
  const certainty = certaintyOf(lost, askedMs - fromMs);
  const key = certainty === "likely" ? "runner-interrupted.manager" : "runner-interrupted.perhaps";
  return statement(facts, "runner-interrupted", certainty, evidence, [say(key, { manager: end.pod }), say("remedy.interrupted", {})]);
}

/** Two signs: the manager stopped, and the pod was asked to go at once, or with others of its jobs, or when the manager said that it ends them. */
function certaintyOf({ end, together }: Lost, afterMs: number): Certainty {
  const atOnce = end.how === "told" ? afterMs <= AT_ONCE_MS : end.how === "exited";
  return together > 1 || end.shutdown === "forceful" || atOnce ? "likely" : "possible";
}

/** No list showed it any more when its deletion was asked for, so it was no manager that asked. */
function judgeAbandoned(facts: PodFacts, deletionRequestedAt: string): Verdict | null {
  const { unheld, manager } = facts.links;
  if (unheld === null || Date.parse(unheld.since) > Date.parse(deletionRequestedAt)) return null;
  const looked = unheld.managers.length === 0 ? `${nameOr(manager?.pod ?? null)} is gone` : `not listed by ${unheld.managers.join(", ")}`;
  const evidence: Evidence[] = [
    { source: "managers of its runner", field: "/debug/jobs/list", value: looked, at: unheld.since },
    ...heldEvidence(facts),
    podEvidence("metadata.deletionTimestamp", "deletion requested", deletionRequestedAt),
  ];
  return statement(facts, "orphaned", unheld.once ? "likely" : "possible", evidence, [say("orphaned.removed", {}), null]);
}

/** The last that the list showed of it. */
function heldEvidence({ links: { track, manager, record } }: PodFacts): Evidence[] {
  const last = track?.stages.at(-1);
  const evidence: Evidence[] = [];
  if (track !== null && last !== undefined)
    evidence.push({
      source: `manager ${nameOr(manager?.pod ?? null)}`,
      field: "/debug/jobs/list",
      value: `listed job ${track.jobId} from ${track.since}, in stage ${last.stage || "prepare"} from ${last.at}`,
      at: last.at,
    });
  if (record !== null) evidence.push({ source: "GitLab", field: "status", value: record.status, at: record.readAt });
  return evidence;
}

function statement(
  { deletionRequestedAt }: PodFacts,
  kind: Verdict["kind"],
  certainty: Certainty,
  evidence: Evidence[],
  [sentence, remedy]: [Sentence, Sentence | null],
): Verdict {
  return { kind, certainty, container: null, at: deletionRequestedAt, sentence, evidence, remedy };
}
