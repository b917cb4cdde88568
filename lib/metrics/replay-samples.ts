import { addSample, usageOf, type UsageState } from "./accumulate-usage.ts";
import type { ContainerSample, ContainerUsage, UsagePoint } from "./schema.ts";

/** What one pod's containers used, by container name, from samples that were kept elsewhere. A container that came again keeps its newest life. */
export function replaySamples(
  samples: readonly ContainerSample[],
  of: Pick<ContainerSample, "namespace" | "pod"> & { podUid: string },
): ReadonlyMap<string, { usage: ContainerUsage; points: readonly UsagePoint[] }> {
  const lives = new Map<string, { name: string; state: UsageState }>();
  for (const sample of samples.toSorted((a, b) => a.atMs - b.atMs)) {
    // Names of pods are used again only after a long time, and never with the same uid.
    if (sample.podUid === null ? sample.pod !== of.pod || sample.namespace !== of.namespace : sample.podUid !== of.podUid) continue;
    const key = sample.containerId ?? sample.container;
    lives.set(key, { name: sample.container, state: addSample(lives.get(key)?.state ?? null, sample) });
  }
  const newest = new Map<string, UsageState>();
  for (const { name, state } of lives.values()) {
    const before = newest.get(name);
    if (before === undefined || before.last.atMs < state.last.atMs) newest.set(name, state);
  }
  return new Map([...newest].map(([name, state]) => [name, { usage: usageOf(state), points: state.points }]));
}
