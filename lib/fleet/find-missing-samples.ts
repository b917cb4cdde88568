import { valueOf } from "../base/known.ts";
import { formatDurationMs } from "../base/units.ts";
import { USAGE_SOURCE } from "./derive-usage.ts";
import { goneAfter, type PodFacts } from "./pod-facts.ts";
import { say } from "./sentence-keys.ts";
import type { ContainerView, Finding } from "./schema.ts";

/** A kubelet samples every 10–20 s, up to 30 s when nothing changes, and is read every 15 s. */
const ENDED_AFTER_MS = 30_000;
const RUNNING_AFTER_MS = 60_000;

/**
 * Containers that lived long enough to be sampled and were not, while kubelets are read: what they used is not known. It happens when the
 * kubelet looks at another runtime socket than the containers' (its page then has rows of pods only), and when nobody watched.
 */
export function findMissingSamples(facts: PodFacts): Finding[] {
  const { kubelet, pod } = facts;
  if (kubelet === "not-connected" || kubelet === "forbidden") return [];
  const missed = facts.containers.filter((container) => {
    const lived = livedMs(facts, container);
    return container.usage.state === "unknown" && lived !== null && lived.ms >= (lived.ended ? ENDED_AFTER_MS : RUNNING_AFTER_MS);
  });
  const [first] = missed;
  if (first === undefined) return [];
  const at = valueOf(first.since);
  return [
    {
      kind: "samples-missing",
      certainty: "confirmed",
      container: first.name,
      at,
      sentence: say("finding.samples-missing", { containers: missed.map((container) => container.name).join(", "), count: missed.length }),
      evidence: missed.map((container) => ({
        source: USAGE_SOURCE,
        field: `rows of ${container.name} of ${pod.name}`,
        value: `none in ${formatDurationMs(livedMs(facts, container)?.ms ?? 0)}${kubelet === "stale" ? "; the kubelet does not answer" : ""}`,
        at: null,
      })),
      remedy: kubelet === "live" ? say("remedy.samples", {}) : null,
    },
  ];
}

/** When a running container without a sample becomes one that should have had one, milliseconds since the epoch; null: never. */
export function missingSamplesFromMs({ containers, kubelet, ended, atMs }: PodFacts): number | null {
  if (kubelet === "not-connected" || kubelet === "forbidden" || ended !== null) return null;
  const times = containers.flatMap((container) => {
    const state = valueOf(container.state);
    if (container.usage.state === "known" || state?.kind !== "running" || state.startedAt === null) return [];
    return [Date.parse(state.startedAt) + RUNNING_AFTER_MS];
  });
  const next = Math.min(...times.filter((ms) => ms > atMs));
  return Number.isFinite(next) ? next : null;
}

function livedMs(facts: PodFacts, { state }: ContainerView): { ms: number; ended: boolean } | null {
  const { ended, atMs } = facts;
  const value = valueOf(state);
  if (value?.kind === "terminated" && value.startedAt !== null && value.finishedAt !== null)
    return { ms: Date.parse(value.finishedAt) - Date.parse(value.startedAt), ended: true };
  if (value?.kind !== "running" || value.startedAt === null) return null;
  return {
    ms: (ended === null ? atMs : Date.parse(goneAfter(facts) ?? ended.deletedAt)) - Date.parse(value.startedAt),
    ended: ended !== null,
  };
}
