import type { ContainerSample, Wanted } from "./schema.ts";

/**
 * Gives samples that carry no runtime id the id of the container that has their namespace, pod and name now; the others keep theirs. Pod names of jobs are
 * practically never used twice; where a sample names its pod's uid it must be that pod's. What fits nothing stays without an id.
 */
export function joinSamples(samples: readonly ContainerSample[], wanted: Wanted): ContainerSample[] {
  const byName = new Map<string, { id: string; podUid: string }>();
  for (const [id, { namespace, pod, name, podUid }] of wanted) byName.set(nameOf(namespace, pod, name), { id, podUid });
  return samples.map((sample) => {
    if (sample.containerId !== null) return sample;
    const found = byName.get(nameOf(sample.namespace, sample.pod, sample.container));
    const fits = found !== undefined && (sample.podUid === null || sample.podUid === found.podUid);
    return fits ? { ...sample, containerId: found.id } : sample;
  });
}

/** None of the three can hold a slash. */
function nameOf(namespace: string, pod: string, container: string): string {
  return `${namespace}/${pod}/${container}`;
}
