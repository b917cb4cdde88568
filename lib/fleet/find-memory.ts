import { valueOf } from "../base/known.ts";
import { formatBytes, formatShare } from "../base/units.ts";
import type { Kill } from "./find-kills.ts";
import { pointsOf, type PodFacts } from "./pod-facts.ts";
import { memoryRemedy } from "./remedy-limit.ts";
import { say } from "./sentence-keys.ts";
import { counterEvidence, missingEvidence, peakEvidence } from "./usage-evidence.ts";
import type { Certainty, ContainerView, Evidence, Finding, Sentence } from "./schema.ts";

/** Where the reference begins to call a kill likely (kubernetes-signals 2.1). */
const NEAR = 0.9;

/** Containers that came near their memory limit and in which nothing was killed. */
export function findMemory(facts: PodFacts, kills: readonly Kill[]): Finding[] {
  const killed = new Set(kills.map((kill) => kill.container.name));
  return facts.containers.flatMap((container) => (killed.has(container.name) ? [] : (nearOf(facts, container) ?? [])));
}

function nearOf(facts: PodFacts, container: ContainerView): Finding | null {
  const usage = valueOf(container.usage);
  const limit = container.limits.memoryBytes;
  if (usage === null || usage.peak === null || limit === null || limit <= 0 || usage.peak.bytes < NEAR * limit) return null;
  const peak = usage.peak.bytes;
  const sampled = highestSample(facts, container);
  const values = { container: container.name, peak: formatBytes(peak), share: formatShare(peak / limit), limit: formatBytes(limit) };
  const state = valueOf(container.state);
  const ended137 = state?.kind === "terminated" && state.exitCode === 137 && !container.afterDeletion;
  // The kernel's high-water mark counts file cache, which it gives back under pressure: only the working set shows real need.
  const cacheOnly = sampled < NEAR * limit;
  const statement = (certainty: Certainty, sentence: Sentence, evidence: Evidence[], remedy: Sentence | null): Finding => ({
    kind: "memory-near-limit",
    certainty,
    container: container.name,
    at: usage.at,
    sentence,
    evidence,
    remedy,
  });
  const counter = counterEvidence(container);
  const evidence = [...peakEvidence(container), ...(counter.length === 0 ? missingEvidence(container) : counter)];
  if (ended137) {
    const end = {
      source: "kubelet, pod status",
      field: `${container.name}, terminated`,
      value: `${state.reason ?? "no reason"}, exit 137`,
    };
    return statement(
      "possible",
      say("finding.memory-near-exit", values),
      [{ ...end, at: state.finishedAt }, ...evidence],
      memoryRemedy(container, peak),
    );
  }
  if (cacheOnly)
    return statement("possible", say("finding.memory-near-cache", { ...values, sampled: formatBytes(sampled) }), evidence, null);
  return statement("confirmed", say("finding.memory-near-limit", values), evidence, memoryRemedy(container, peak));
}

/** The highest working set that was sampled, bytes. */
function highestSample(facts: PodFacts, { name, usage }: ContainerView): number {
  return Math.max(valueOf(usage)?.memoryBytes ?? 0, ...pointsOf(facts, name).map((point) => point.memoryBytes ?? 0));
}
