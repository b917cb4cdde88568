import { valueOf } from "../base/known.ts";
import { formatDurationMs } from "../base/units.ts";
import { findExits } from "./find-exits.ts";
import { findKills } from "./find-kills.ts";
import { findMemory } from "./find-memory.ts";
import { findMissingSamples } from "./find-missing-samples.ts";
import { findPulls } from "./find-pulls.ts";
import { findThrottling } from "./find-throttling.ts";
import { findingsOfKills } from "./judge-kill.ts";
import { eventEvidence, type PodFacts } from "./pod-facts.ts";
import { say } from "./sentence-keys.ts";
import type { Finding, Verdict } from "./schema.ts";

/** What else was seen. A fact that already is the confirmed verdict is not said twice. */
export function findFindings(facts: PodFacts, verdict: Verdict): Finding[] {
  const kills = findKills(facts);
  const died = new Set(kills.filter((kill) => kill.scope === "died").map((kill) => kill.container.name));
  const findings = [
    ...findingsOfKills(kills, facts.pod.node),
    ...findThrottling(facts),
    ...findMemory(facts, kills),
    ...exits(facts).filter((exit) => exit.container === null || !died.has(exit.container)),
    ...pulls(facts),
    ...unschedulable(facts),
    ...noLimit(facts),
    ...findMissingSamples(facts),
  ];
  return findings.filter((finding) => !says(verdict, finding));
}

function says(verdict: Verdict, finding: Finding): boolean {
  if (finding.kind === "oom-kill")
    return (
      verdict.kind === "oom-killed" &&
      verdict.certainty === "confirmed" &&
      verdict.container === finding.container &&
      finding.sentence.key !== "finding.oom-nested"
    );
  if (finding.kind === "container-exited") return verdict.kind === "runner-system-failure" && verdict.container === finding.container;
  if (finding.kind === "image-pull-retry") return verdict.kind === "image-pull-failed" && verdict.container === finding.container;
  return finding.kind === "unschedulable" && verdict.kind === "waiting-cluster";
}

/** A service that ended while the job went on: the runner does not watch services (runner `isNotServiceContainerName`). */
function exits(facts: PodFacts): Finding[] {
  return findExits(facts).map(({ container, code, at, evidence }) => ({
    kind: "container-exited",
    certainty: "confirmed",
    container: container.name,
    at,
    sentence: say("finding.exited", { container: container.name, code }),
    evidence,
    remedy: container.role === "service" || container.role === "dind" ? say("remedy.service", { container: container.name }) : null,
  }));
}

function pulls(facts: PodFacts): Finding[] {
  return findPulls(facts).map(({ container, at, evidence }) => ({
    kind: "image-pull-retry",
    certainty: "confirmed",
    container: container.name,
    at,
    sentence: say("finding.pull-retry", { container: container.name, image: container.image }),
    evidence,
    remedy: null,
  }));
}

/** The pod had to wait for room before it got a node. */
function unschedulable({ pod, events, scheduled }: PodFacts): Finding[] {
  const refusal = events.find((event) => event.reason === "FailedScheduling");
  if (refusal === undefined || scheduled?.status !== "True" || scheduled.lastTransitionAt === null) return [];
  const waitedMs = Date.parse(scheduled.lastTransitionAt) - Date.parse(pod.createdAt);
  const sentence = say("finding.unschedulable", { span: formatDurationMs(waitedMs) });
  return [
    {
      kind: "unschedulable",
      certainty: "confirmed",
      container: null,
      at: refusal.firstAt,
      sentence,
      evidence: [eventEvidence(refusal)],
      remedy: null,
    },
  ];
}

/** Without a memory limit a container is killed only when the node runs out, and then it is first in line (kubelet `qos/policy.go`). */
function noLimit({ pod, containers }: PodFacts): Finding[] {
  const open = containers.filter(
    (container) => ["build", "dind", "service"].includes(container.role) && container.limits.memoryBytes === null,
  );
  if (open.length === 0) return [];
  const names = open.map((container) => container.name).join(", ");
  const evidence = open.map((container) => ({
    source: "pod spec",
    field: `containers[${container.name}].resources.limits.memory`,
    value: "not set",
    at: pod.createdAt,
  }));
  const at = open[0] === undefined ? null : valueOf(open[0].since);
  return [
    {
      kind: "no-limit",
      certainty: "confirmed",
      container: open[0]?.name ?? null,
      at,
      sentence: say("finding.no-limit", { containers: names, count: open.length }),
      evidence,
      remedy: say("remedy.limits", {}),
    },
  ];
}
