import { valueOf } from "../base/known.ts";
import { formatBytes } from "../base/units.ts";
import { isVital, type Kill } from "./find-kills.ts";
import { nameOr } from "./pod-facts.ts";
import { memoryRemedy } from "./remedy-limit.ts";
import { say } from "./sentence-keys.ts";
import type { ContainerView, Finding, Sentence, Verdict } from "./schema.ts";

/**
 * The job's end by a kill. Confirmed where the kill took a container that the job cannot do without. A killed child or a killed service
 * is confirmed as a kill (a finding says so), but jobs succeed in spite of it (seen: a killed child with exit 0, a killed service with
 * success), so that the job ended by it stays `possible` until GitLab is read.
 */
export function verdictOfKill(kills: readonly Kill[], node: string | null): Verdict | null {
  const worst = kills[0];
  if (worst === undefined) return null;
  const { container, scope, at, evidence } = worst;
  return {
    kind: "oom-killed",
    certainty: isVital(container.role) && scope === "died" ? worst.deathCertainty : "possible",
    container: container.name,
    at,
    sentence: sentenceOf(worst, node),
    evidence,
    remedy: killRemedy(worst),
  };
}

function sentenceOf({ container, scope, byNode }: Kill, node: string | null): Sentence {
  const values = { container: container.name, limit: limitOf(container) };
  if (scope === "nested") return say("oom-killed.nested", { container: container.name });
  if (scope === "process") return say("oom-killed.process", values);
  if (byNode) return say("oom-killed.node", { container: container.name, node: nameOr(node) });
  if (!isVital(container.role)) return say("oom-killed.service", values);
  return say(container.role === "init" ? "oom-killed.init" : "oom-killed.died", values);
}

/** Each kill as a finding: that it happened is what kubelet and kernel say. */
export function findingsOfKills(kills: readonly Kill[], node: string | null): Finding[] {
  return kills.map((kill) => {
    const { container, scope, byNode, certainty, at, evidence } = kill;
    const values = { container: container.name, limit: limitOf(container) };
    const sentence =
      scope === "nested"
        ? say("finding.oom-nested", { container: container.name })
        : byNode
          ? say("finding.oom-node", { container: container.name, node: nameOr(node) })
          : say(scope === "died" ? "finding.oom-died" : "finding.oom-process", values);
    return { kind: "oom-kill", certainty, container: container.name, at, sentence, evidence, remedy: killRemedy(kill) };
  });
}

function limitOf(container: ContainerView): string {
  return container.limits.memoryBytes === null ? "none" : formatBytes(container.limits.memoryBytes);
}

/** A kill at the container's limit shows that its use reached the limit, although no sample need have seen it. */
export function killRemedy({ container, scope, byNode }: Kill): Sentence | null {
  if (scope === "nested") return say("remedy.memory.nested", { container: container.name });
  if (byNode) return say("remedy.pressure", { resource: "memory" });
  const peak = valueOf(container.usage)?.peak?.bytes ?? 0;
  return memoryRemedy(container, Math.max(peak, container.limits.memoryBytes ?? 0));
}
