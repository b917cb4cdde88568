import { formatDurationMs } from "../base/units.ts";
import { findKills } from "./find-kills.ts";
import { verdictOfKill } from "./judge-kill.ts";
import { findPulls } from "./find-pulls.ts";
import { findExits } from "./find-exits.ts";
import { conditionOf, nameOr, podEvidence, type PodFacts } from "./pod-facts.ts";
import { say } from "./sentence-keys.ts";
import type { Evidence, Sentence, Verdict } from "./schema.ts";

/**
 * What Kubernetes proves about the end of a job: null when it proves nothing. The order is from cause to consequence: a pod that was
 * evicted also has containers that ended, a container that was killed also exited.
 */
export function judgeEnd(facts: PodFacts): Verdict | null {
  const kill = verdictOfKill(findKills(facts), facts.pod.node);
  return (
    judgeDisruption(facts) ??
    judgeDeadline(facts) ??
    (kill?.certainty === "possible" ? null : kill) ??
    judgePull(facts) ??
    judgeExit(facts) ??
    kill
  );
}

function confirmed(kind: Verdict["kind"], sentence: Sentence, evidence: Evidence[], remedy: Sentence | null): Verdict {
  return { kind, certainty: "confirmed", container: null, at: evidence[0]?.at ?? null, sentence, evidence, remedy };
}

/** Refusals of the kubelet to take a pod that the scheduler gave it (`pkg/kubelet/lifecycle/predicate.go`). */
const REFUSED = /^(OutOf\w+|NodeAffinity|NodeName|NodePorts|UnexpectedAdmissionError|Topology\w+|PodOSNotSupported|TaintToleration)$/;

function judgeDisruption(facts: PodFacts): Verdict | null {
  const { pod } = facts;
  const node = nameOr(pod.node);
  const target = conditionOf(pod, "DisruptionTarget");
  const evidence: Evidence[] = [];
  if (pod.reason !== null)
    evidence.push(podEvidence("status.reason", [pod.reason, pod.message].filter(Boolean).join(": "), target?.lastTransitionAt ?? null));
  if (target?.status === "True")
    evidence.push(
      podEvidence("conditions[DisruptionTarget]", [target.reason, target.message].filter(Boolean).join(": "), target.lastTransitionAt),
    );
  if (pod.reason === "NodeLost" || target?.reason === "DeletionByTaintManager" || target?.reason === "DeletionByPodGC") {
    return confirmed("node-lost", say("node-lost.deleted", { node }), evidence, say("remedy.node", { node }));
  }
  if (pod.reason === "Evicted") return judgeEviction(facts, evidence);
  // Graceful node shutdown (kubelet `pkg/kubelet/nodeshutdown`): reason Terminated, before 1.22 Shutdown.
  if (pod.reason === "Terminated" || pod.reason === "Shutdown" || pod.reason === "NodeShutdown")
    return confirmed("evicted", say("evicted.shutdown", { node }), evidence, say("remedy.node", { node }));
  if (pod.reason !== null && REFUSED.test(pod.reason))
    return confirmed("evicted", say("evicted.refused", { node, reason: pod.reason }), evidence, null);
  if (target?.status !== "True") return null;
  if (target.reason === "PreemptionByScheduler" || pod.reason === "Preempting")
    return confirmed("evicted", say("evicted.preempted", { node }), evidence, say("remedy.preempted", {}));
  if (target.reason === "EvictionByEvictionAPI") return confirmed("evicted", say("evicted.api", { node }), evidence, null);
  return target.reason === "TerminationByKubelet" ? confirmed("evicted", say("evicted.kubelet", { node }), evidence, null) : null;
}

/** Texts of `pkg/kubelet/eviction/helpers.go`. */
function judgeEviction({ pod }: PodFacts, evidence: Evidence[]): Verdict {
  const node = nameOr(pod.node);
  const resource = /low on resource: ([\w.-]+?)\.?(?:\s|$)/.exec(pod.message ?? "")?.[1];
  if (resource !== undefined)
    return confirmed("evicted", say("evicted.pressure", { node, resource }), evidence, say("remedy.pressure", { resource }));
  return confirmed("evicted", say("evicted.storage", { node }), evidence, say("remedy.storage", {}));
}

function judgeDeadline({ pod }: PodFacts): Verdict | null {
  if (pod.reason !== "DeadlineExceeded") return null;
  const span = pod.activeDeadlineSeconds === null ? "none" : formatDurationMs(pod.activeDeadlineSeconds * 1_000);
  const evidence = [podEvidence("status.reason", [pod.reason, pod.message].filter(Boolean).join(": "), null)];
  return confirmed("timed-out", say("timed-out.deadline", { span }), evidence, say("remedy.timeout", {}));
}

/** The runner gives up at the first refused pull (runner: image pull failed), so a container that never started was the end. */
function judgePull(facts: PodFacts): Verdict | null {
  const trouble = findPulls(facts).find((one) => !one.started);
  if (trouble === undefined) return null;
  const { container, at, evidence } = trouble;
  const sentence = say("image-pull-failed.ended", { container: container.name, image: container.image });
  const remedy = say(trouble.permanent ? "remedy.image-name" : "remedy.image", { image: container.image });
  return { kind: "image-pull-failed", certainty: "confirmed", container: container.name, at, sentence, evidence, remedy };
}

/**
 * Build or helper ended by itself before deletion. In attach and concrete pods the runner sees that and ends the job as a system failure
 * (reference: container exit); the exec strategy does not look, so there it is one sign only. Exit 137 stays a number here.
 */
function judgeExit(facts: PodFacts): Verdict | null {
  const exit = findExits(facts).find(
    ({ container }) => container.role === "build" || container.role === "helper" || container.role === "init",
  );
  if (exit === undefined) return null;
  const { container, code, at, evidence, shape } = exit;
  const sentence = say("runner-system-failure.exited", { container: container.name, code });
  const certainty = shape === "legacy-exec" || shape === "unknown" ? "possible" : "likely";
  return {
    kind: "runner-system-failure",
    certainty,
    container: container.name,
    at,
    sentence,
    evidence,
    remedy: say("remedy.exited", { container: container.name }),
  };
}
