import { valueOf, type Timestamp } from "../base/known.ts";
import type { ContainerState } from "../kubernetes/schema.ts";
import { statusField } from "./derive-containers.ts";
import { counterEvidence, missingEvidence, peakEvidence } from "./usage-evidence.ts";
import { eventEvidence, type PodFacts } from "./pod-facts.ts";
import type { Certainty, ContainerView, Evidence } from "./schema.ts";

/**
 * - `died`: it took the container (or, on cgroup v2, all of it).
 * - `process`: only a process was killed and the container lived on. containerd reports the reason when the container ends, which for a
 *   job pod is the deletion (kubernetes #104454; containerd `internal/cri/server/events.go`); the kernel's counter says it at once.
 * - `nested`: a cgroup that something in the container made ran into its own limit: a container in Docker-in-Docker.
 */
export type KillScope = "died" | "process" | "nested";

/** A kill for memory in one container, with all that shows it. Exit 137 alone is never one, and a kill needs no exit 137. */
export interface Kill {
  container: ContainerView;
  scope: KillScope;
  /** That it happened. */
  certainty: Certainty;
  /** That it took the container, where `scope` is `died`. */
  deathCertainty: Certainty;
  /** The whole node was out of memory at that time, so that no limit of the container need have been reached. */
  byNode: boolean;
  at: Timestamp | null;
  evidence: Evidence[];
}

/** What a kill harms, worst first: without build or helper the job is lost, without a service it may go on. */
const ROLES: readonly ContainerView["role"][] = ["build", "helper", "init", "dind", "service", "other"];
const SCOPES: readonly KillScope[] = ["died", "process", "nested"];
/** Event and status are written by different loops, each within a second or two (reference: correlate by node and time). */
const NODE_KILL_WITHIN_MS = 10_000;

/** Worst first. At most one kill of the container's own and one nested kill for each container. */
export function findKills(facts: PodFacts): Kill[] {
  const kills = facts.containers.flatMap((container) => [ownKill(facts, container) ?? [], nestedKill(container) ?? []].flat());
  return kills.toSorted(
    (a, b) => SCOPES.indexOf(a.scope) - SCOPES.indexOf(b.scope) || ROLES.indexOf(a.container.role) - ROLES.indexOf(b.container.role),
  );
}

type Terminated = ContainerState & { kind: "terminated" };

/** Status and counter tell of the same kill, so they are one. */
function ownKill(facts: PodFacts, container: ContainerView): Kill | null {
  const status = statusOf(facts, container);
  const usage = valueOf(container.usage);
  const counted = usage?.oom?.firstSeenAt ?? null;
  if (status === null && counted === null) return null;
  const counter = counterEvidence(container);
  const evidence = [...(status?.evidence ?? []), ...counter];
  if (status !== null && status.killed) {
    const { died, at } = status;
    const byNode = nodeKillsAt(facts, died ? at : counted);
    // With a limit of the pod, cgroup v1 marks every container of it; the counter moved for the victim only (reference 2.6, measured).
    const marked = !died && counted === null && usage?.oom !== null && usage?.oom !== undefined && isVictimElsewhere(facts, container);
    return {
      container,
      scope: died ? "died" : "process",
      certainty: marked ? "likely" : "confirmed",
      deathCertainty: "confirmed",
      byNode: byNode.length > 0,
      at: died ? at : (counted ?? at),
      evidence: [...evidence, ...(died || counter.length > 0 ? [] : missingEvidence(container)), ...peakEvidence(container), ...byNode],
    };
  }
  if (counted === null) return nodeKill(facts, container, status);
  // Killed right after a kill was counted: containerd before 2.3 can see the exit before the kill and then says Error (containerd #8180).
  const died = status?.died === true && status.exitCode === 137;
  const byNode = nodeKillsAt(facts, died ? status.at : counted);
  return {
    container,
    scope: died ? "died" : "process",
    certainty: "confirmed",
    deathCertainty: "likely",
    byNode: byNode.length > 0,
    at: died ? status.at : counted,
    evidence: [...evidence, ...peakEvidence(container), ...byNode],
  };
}

/** The kubelet counts a kill by the whole node on no container, and the runtime often says `Error` (reference 2.1): two signs, not a proof. */
function nodeKill(facts: PodFacts, container: ContainerView, status: Status | null): Kill | null {
  if (status?.died !== true || status.exitCode !== 137) return null;
  const byNode = nodeKillsAt(facts, status.at);
  if (byNode.length === 0) return null;
  const evidence = [...status.evidence, ...byNode, ...counterEvidence(container)];
  return { container, scope: "died", certainty: "likely", deathCertainty: "likely", byNode: true, at: status.at, evidence };
}

function nestedKill(container: ContainerView): Kill | null {
  const nested = valueOf(container.usage)?.nestedOom ?? null;
  if (nested === null) return null;
  const evidence = counterEvidence(container, "nested");
  return {
    container,
    scope: "nested",
    certainty: "confirmed",
    deathCertainty: "possible",
    byNode: false,
    at: nested.firstSeenAt,
    evidence,
  };
}

interface Status {
  killed: boolean;
  /** It ended before deletion was asked for. */
  died: boolean;
  exitCode: number;
  at: Timestamp | null;
  evidence: Evidence[];
}

/** What the status says about the container's end; an `OOMKilled` before a restart goes before what came after it. */
function statusOf(facts: PodFacts, container: ContainerView): Status | null {
  const kind = facts.pod.containers.find((one) => one.name === container.name)?.kind ?? "regular";
  const make = (state: Terminated, field: string, died: boolean): Status => ({
    killed: state.reason === "OOMKilled",
    died,
    exitCode: state.exitCode,
    at: state.finishedAt,
    evidence: [
      {
        source: "kubelet, pod status",
        field: statusField({ name: container.name, kind }, field),
        value: `${state.reason ?? "no reason"}, exit ${state.exitCode}`,
        at: state.finishedAt,
      },
    ],
  });
  const now = valueOf(container.state);
  const current = now?.kind === "terminated" ? make(now, "terminated.reason", !container.afterDeletion) : null;
  if (current?.killed === true) return current;
  const last = container.lastState;
  if (last?.kind === "terminated" && last.reason === "OOMKilled") return make(last, "terminated.reason (before the restart)", true);
  return current;
}

/** The kernel counted a kill in another container of the pod while it counted none in this one. */
function isVictimElsewhere(facts: PodFacts, container: ContainerView): boolean {
  const at = valueOf(container.usage)?.at;
  return facts.containers.some((other) => {
    const seen = other === container ? null : (valueOf(other.usage)?.oom?.firstSeenAt ?? null);
    return seen !== null && at !== undefined && Date.parse(at) >= Date.parse(seen);
  });
}

function nodeKillsAt({ nodeKills }: PodFacts, at: Timestamp | null): Evidence[] {
  if (at === null) return [];
  const near = nodeKills.filter(
    (event) =>
      Date.parse(event.firstAt) - NODE_KILL_WITHIN_MS <= Date.parse(at) && Date.parse(at) <= Date.parse(event.at) + NODE_KILL_WITHIN_MS,
  );
  return near.slice(0, 1).map(eventEvidence);
}

/** Containers without which the runner gives the job up (runner: only terminated build and helper, and failed init containers). */
export function isVital(role: ContainerView["role"]): boolean {
  return role === "build" || role === "helper" || role === "init";
}
