import type { Timestamp } from "../base/known.ts";
import { formatBytes } from "../base/units.ts";
import type { ContainerState } from "../kubernetes/schema.ts";
import { statusField } from "./derive-containers.ts";
import type { PodFacts } from "./pod-facts.ts";
import { say } from "./sentence-keys.ts";
import type { Certainty, ContainerView, Evidence, Finding, Sentence, Verdict } from "./schema.ts";

/**
 * A kill for memory that the kubelet reports by `reason: OOMKilled`, whatever the exit code; exit 137 alone is never one.
 * `died`: it took the container. Else only a process was killed and the container lived on: containerd then reports the reason when
 * the container ends, which for a job pod is the deletion (kubernetes #104454; containerd `internal/cri/server/events.go`).
 */
export interface Kill {
  container: ContainerView;
  died: boolean;
  at: Timestamp | null;
  evidence: Evidence[];
}

/** What a kill harms, worst first: without build or helper the job is lost, without a service it may go on. */
const ROLES: readonly ContainerView["role"][] = ["build", "helper", "init", "dind", "service", "other"];

export function findKills(facts: PodFacts): Kill[] {
  const kills = facts.containers.flatMap((container) => killOf(facts, container) ?? []);
  return kills.toSorted((a, b) => Number(b.died) - Number(a.died) || ROLES.indexOf(a.container.role) - ROLES.indexOf(b.container.role));
}

function killOf(facts: PodFacts, container: ContainerView): Kill | null {
  const kind = facts.pod.containers.find((one) => one.name === container.name)?.kind ?? "regular";
  const evidence = (state: ContainerState & { kind: "terminated" }, field: string): Evidence[] => [
    {
      source: "kubelet, pod status",
      field: statusField({ name: container.name, kind }, field),
      value: `OOMKilled, exit ${state.exitCode}`,
      at: state.finishedAt,
    },
  ];
  const now = container.state.state === "known" ? container.state.value : null;
  if (isKill(now)) return { container, died: !container.afterDeletion, at: now.finishedAt, evidence: evidence(now, "terminated.reason") };
  const last = container.lastState;
  if (isKill(last))
    return { container, died: true, at: last.finishedAt, evidence: evidence(last, "terminated.reason (before the restart)") };
  return null;
}

function isKill(state: ContainerState | null): state is ContainerState & { kind: "terminated" } {
  return state?.kind === "terminated" && state.reason === "OOMKilled";
}

/** Containers without which the runner gives the job up (runner: only terminated build and helper, and failed init containers). */
function isVital(role: ContainerView["role"]): boolean {
  return role === "build" || role === "helper" || role === "init";
}

/**
 * The job's end by a kill. Confirmed where the kill took a container that the job cannot do without. A killed child or a killed service
 * is confirmed as a kill (a finding says so), but jobs succeed in spite of it (seen: a killed child with exit 0, a killed service with
 * success), so that the job ended by it stays `possible` until GitLab is read.
 */
export function verdictOfKill(kills: readonly Kill[]): Verdict | null {
  const worst = kills[0];
  if (worst === undefined) return null;
  const { container, died, at, evidence } = worst;
  const values = { container: container.name, limit: limitOf(container) };
  const vital = isVital(container.role);
  const sentence = !vital
    ? say("oom-killed.service", values)
    : !died
      ? say("oom-killed.process", values)
      : say(container.role === "init" ? "oom-killed.init" : "oom-killed.died", values);
  const certainty: Certainty = vital && died ? "confirmed" : "possible";
  return { kind: "oom-killed", certainty, container: container.name, at, sentence, evidence, remedy: remedyOf(container) };
}

/** Each kill as a finding: that it happened is what the kubelet confirms. */
export function findingsOfKills(kills: readonly Kill[]): Finding[] {
  return kills.map(({ container, died, at, evidence }) => {
    const values = { container: container.name, limit: limitOf(container) };
    const sentence = say(died ? "finding.oom-died" : "finding.oom-process", values);
    return { kind: "oom-kill", certainty: "confirmed", container: container.name, at, sentence, evidence, remedy: remedyOf(container) };
  });
}

function limitOf(container: ContainerView): string {
  return container.limits.memoryBytes === null ? "none" : formatBytes(container.limits.memoryBytes);
}

function remedyOf(container: ContainerView): Sentence {
  const limit = limitOf(container);
  if (container.role === "build") return say("remedy.memory.build", { limit });
  if (container.role === "helper") return say("remedy.memory.helper", { limit });
  return say(container.role === "init" ? "remedy.memory.init" : "remedy.memory.service", { container: container.name, limit });
}
