import { valueOf } from "../base/known.ts";
import { formatBytes, formatCpu, formatDurationMs } from "../base/units.ts";
import { deriveGitlab } from "./derive-gitlab.ts";
import { judgeEnd } from "./judge-ended.ts";
import { judgeLost } from "./judge-lost.ts";
import { judgeOutcome } from "./judge-outcome.ts";
import { judgeHealthCheck } from "./judge-services.ts";
import { judgeWaiting, type Judged } from "./judge-waiting.ts";
import { goneAfter, nameOr, podEvidence, type PodFacts } from "./pod-facts.ts";
import { say } from "./sentence-keys.ts";
import { sumResources } from "./sum-resources.ts";
import type { Evidence, JobPhase, Sentence, Verdict } from "./schema.ts";

const WORKING: ReadonlySet<JobPhase> = new Set(["executing", "sources", "script", "artifacts"]);
/** A live manager deletes a pod seconds after its end; one that stays longer has most likely lost its manager. */
const ORPHAN_AFTER_MS = 60_000;
/** The runner's own limit ends the job first; a pod that outlives it by more than after_script's limit (5 min) has nobody to end it. */
const OVERDUE_AFTER_MS = 10 * 60_000;

/**
 * How the job ended or what it waits for. Kubernetes does not know how a script ended and who deleted a pod: `succeeded`, `script-failed`,
 * `cancelled`, `deleted-externally` are said only where GitLab or a manager tells (`judge-outcome.ts`).
 */
export function judgeJob(facts: PodFacts, phase: JobPhase): Judged {
  const { pod, ended, deletionRequestedAt } = facts;
  const over = ended !== null || deletionRequestedAt !== null || pod.phase === "Failed" || pod.phase === "Succeeded";
  if (over) return judgeOver(facts);
  // A disruption is announced before the pod is deleted; a dead vital container ends the job before the runner has noticed.
  const end = judgeEnd(facts);
  if (end !== null && end.certainty !== "possible" && end.kind !== "image-pull-failed") return { verdict: end, recheckAtMs: null };
  const lost = judgeNode(facts);
  if (lost !== null) return { verdict: lost, recheckAtMs: null };
  const unheld = judgeUnheld(facts);
  if (unheld !== null) return { verdict: unheld, recheckAtMs: null };
  const health = judgeHealthCheck(facts);
  if (health?.verdict != null) return { verdict: health.verdict, recheckAtMs: health.fromMs };
  const judged = WORKING.has(phase) ? judgeExecuting(facts) : judgeWaiting(facts);
  return health === null ? judged : { ...judged, recheckAtMs: Math.min(health.fromMs, judged.recheckAtMs ?? health.fromMs) };
}

function judgeOver(facts: PodFacts): Judged {
  const { pod, ended, deletionRequestedAt } = facts;
  const end = judgeEnd(facts);
  if (ended !== null || deletionRequestedAt !== null)
    return { verdict: judgeOutcome(facts, end) ?? moreCertain(end, judgeLost(facts)) ?? undecided(facts), recheckAtMs: null };
  const finishedMs = Math.max(
    Date.parse(pod.createdAt),
    ...facts.containers.map((container) => Date.parse(valueOf(container.since) ?? "") || 0),
    facts.containers.length === 0 ? Date.parse(pod.seenAt) : 0,
  );
  const orphanFrom = finishedMs + ORPHAN_AFTER_MS;
  // An evicted pod is also left behind when its manager has given it up already; its cause is worth more than its remains.
  if (end?.kind === "evicted" || end?.kind === "node-lost") return { verdict: end, recheckAtMs: null };
  if (facts.atMs < orphanFrom) return { verdict: end ?? undecided(facts), recheckAtMs: orphanFrom };
  const at = new Date(finishedMs).toISOString();
  const evidence: Evidence[] = [...(end?.evidence ?? []), podEvidence("status.phase", `${pod.phase}, deletion never requested`, at)];
  const sentence =
    end?.kind === "timed-out" ? say("orphaned.deadline", { span: spanOf(pod.activeDeadlineSeconds) }) : say("orphaned.left", {});
  return { verdict: orphaned(facts, sentence, evidence, at), recheckAtMs: null };
}

/** What Kubernetes proves of the end, unless it is only possible and the end of its manager says more. */
function moreCertain(end: Verdict | null, lost: Verdict | null): Verdict | null {
  return end === null || (end.certainty === "possible" && lost !== null && lost.certainty !== "possible") ? lost : end;
}

function orphaned({ pod }: PodFacts, sentence: Sentence, evidence: Evidence[], at: string | null): Verdict {
  return {
    kind: "orphaned",
    certainty: "likely",
    container: null,
    at,
    sentence,
    evidence,
    remedy: say("remedy.orphan", { namespace: pod.namespace, pod: pod.name }),
  };
}

/** No manager's list shows a job whose pod lives: its manager lost it, and nobody will end it. */
function judgeUnheld(facts: PodFacts): Verdict | null {
  const { links, pod } = facts;
  const { unheld, record, track } = links;
  if (unheld === null) return null;
  const { cpuMillicores, memoryBytes } = sumResources(pod.containers, "requests");
  const cpu = cpuMillicores === null ? "none" : formatCpu(cpuMillicores);
  const memory = memoryBytes === null ? "none" : formatBytes(memoryBytes);
  const looked = unheld.managers.length === 0 ? "its pod is gone" : `not listed by ${unheld.managers.join(", ")}`;
  const source = unheld.managers.length === 0 ? `manager ${nameOr(links.manager?.pod ?? null)}` : "managers of its runner";
  const evidence: Evidence[] = [{ source, field: "/debug/jobs/list", value: looked, at: unheld.since }];
  if (track !== null)
    evidence.push({
      source: `manager ${nameOr(links.manager?.pod ?? null)}`,
      field: "/debug/jobs/list",
      value: `listed it from ${track.since}${track.left === null ? "" : ` to ${track.left.from}`}`,
      at: track.left?.from ?? track.since,
    });
  if (record !== null) evidence.push({ source: "GitLab", field: "status", value: record.status, at: record.readAt });
  const verdict = orphaned(facts, say("orphaned.unheld", { cpu, memory }), evidence, unheld.since);
  return unheld.once ? verdict : { ...verdict, certainty: "possible" };
}

function spanOf(seconds: number | null): string {
  return seconds === null ? "none" : formatDurationMs(seconds * 1_000);
}

function undecided(facts: PodFacts): Verdict {
  const { pod, ended, deletionRequestedAt } = facts;
  const told = facts.links.noRecord === "not-connected" ? "GitLab is not asked" : "GitLab has not told";
  const missing: Evidence = { source: "GitLab", field: "status, failure_reason", value: told, at: null };
  // When a pod went that nobody watched, nobody knows; the evidence says when it was missed.
  const at = goneAfter(facts) === null ? (ended?.deletedAt ?? deletionRequestedAt) : deletionRequestedAt;
  const gone =
    ended === null
      ? []
      : [
          {
            source: "watch",
            field: ended.ending === "watched" ? "DELETED" : "absent after a new list",
            value: pod.name,
            at: ended.deletedAt,
          },
        ];
  const asked = deletionRequestedAt === null ? [] : [podEvidence("metadata.deletionTimestamp", "deletion requested", deletionRequestedAt)];
  const key =
    ended?.ending === "missed"
      ? "unknown.missed"
      : ended !== null
        ? "unknown.ended"
        : deletionRequestedAt !== null
          ? "unknown.ending"
          : "unknown.stopped";
  return {
    kind: "unknown",
    certainty: "possible",
    container: null,
    at,
    sentence: say(key, {}),
    evidence: [...asked, ...gone, missing],
    remedy: null,
  };
}

/** The node under a running pod fell silent or says it is not ready. Only silence makes the pod's own state doubtful. */
function judgeNode({ pod, node }: PodFacts): Verdict | null {
  if (node === null || node.status !== "Unknown" || pod.node === null) return null;
  const evidence = [{ source: "node status", field: "conditions[Ready]", value: "Unknown: the kubelet stopped reporting", at: node.since }];
  return {
    kind: "node-lost",
    certainty: "likely",
    container: null,
    at: node.since,
    sentence: say("node-lost.silent", { node: pod.node }),
    evidence,
    remedy: say("remedy.node", { node: pod.node }),
  };
}

function judgeExecuting(facts: PodFacts): Judged {
  const { pod } = facts;
  if (pod.phase === "Unknown") {
    const evidence = [podEvidence("status.phase", "Unknown", pod.seenAt)];
    return {
      verdict: {
        kind: "unknown",
        certainty: "possible",
        container: null,
        at: null,
        sentence: say("unknown.silent", { node: nameOr(pod.node) }),
        evidence,
        remedy: null,
      },
      recheckAtMs: null,
    };
  }
  const timeoutMs = valueOf(deriveGitlab(pod).timeoutMs) ?? (pod.activeDeadlineSeconds === null ? null : pod.activeDeadlineSeconds * 1_000);
  const overdueFrom = timeoutMs === null ? null : Date.parse(pod.startedAt ?? pod.createdAt) + timeoutMs + OVERDUE_AFTER_MS;
  if (overdueFrom !== null && facts.atMs >= overdueFrom && timeoutMs !== null) {
    const evidence = [podEvidence("annotations[job.runner.gitlab.com/timeout]", formatDurationMs(timeoutMs), pod.startedAt)];
    return {
      verdict: orphaned(
        facts,
        say("orphaned.overdue", { span: formatDurationMs(timeoutMs) }),
        evidence,
        new Date(overdueFrom).toISOString(),
      ),
      recheckAtMs: null,
    };
  }
  const running = facts.containers.filter((container) => container.role === "build" && container.state.state === "known");
  const evidence = running.map((container) =>
    podEvidence(`containerStatuses[${container.name}].state`, "running", valueOf(container.since)),
  );
  return {
    verdict: {
      kind: "running",
      certainty: "confirmed",
      container: null,
      at: running[0] === undefined ? null : valueOf(running[0].since),
      sentence: say("running.executing", { node: nameOr(pod.node) }),
      evidence,
      remedy: null,
    },
    recheckAtMs: overdueFrom,
  };
}
