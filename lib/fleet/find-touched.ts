import { changedKeys } from "../base/persistent-map.ts";
import { kubeletOf } from "./derive-usage.ts";
import type { ScanInput } from "./scan-pods.ts";

type Previous = NonNullable<ScanInput["previous"]>;

/**
 * Uids of the pods of which something may be different from the fold before; all others are what they were. Costs what changed, not what there is,
 * except when something changed that all pods of a node or of the cluster depend on.
 */
export function findTouched(scan: ScanInput): Iterable<string> {
  const { input, previous, context } = scan;
  if (previous === null || !sameForAll(scan, previous))
    return new Set([...(previous?.entries.keys() ?? []), ...input.pods.keys(), ...input.ended.keys()]);
  const before = previous.input;
  const touched = new Set<string>();
  const touch = (uids: Iterable<string>) => {
    for (const uid of uids) touched.add(uid);
  };
  touch(changedKeys(before.pods, input.pods));
  touch(changedKeys(before.ended, input.ended));
  touch(changedKeys(before.events, input.events));
  touch(changedKeys(before.usages, input.usages));
  touch(changedKeys(before.logs ?? NONE, input.logs ?? NONE));
  touch(onNodes(scan, previous));
  const ids = [
    ...changedKeys(previous.context.managed, context.managed),
    ...changedKeys(previous.context.gitlab?.jobs ?? NONE, context.gitlab?.jobs ?? NONE),
    ...(previous.context.twice === context.twice ? [] : [...previous.context.twice, ...context.twice]),
  ];
  for (const id of ids) touch(previous.byJob.get(id) ?? []);
  touch(previous.unlinked);
  for (const [uid, at] of previous.rechecks) if (at <= scan.atMs) touched.add(uid);
  return touched;
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/** What the links of every pod depend on. */
function sameForAll({ context }: ScanInput, { context: before }: Previous): boolean {
  return (
    before.systems === context.systems &&
    before.readings.size > 0 === context.readings.size > 0 &&
    before.gitlab?.baseUrl === context.gitlab?.baseUrl &&
    before.gitlab?.blindSpots === context.gitlab?.blindSpots
  );
}

/** Pods on nodes that fell ill or got well, whose kubelet is read or no longer read, or that ran out of memory. */
function onNodes({ kubelets, nodeKills, troubles }: ScanInput, previous: Previous): string[] {
  const names = new Set([...changedKeys(previous.nodeKills, nodeKills), ...changedKeys(previous.troubles, troubles)]);
  if (names.size === 0 && previous.kubelets === kubelets) return [];
  return [...previous.entries].flatMap(([uid, { pod }]) =>
    (pod.node !== null && names.has(pod.node)) || kubeletOf(previous.kubelets, pod.node) !== kubeletOf(kubelets, pod.node) ? [uid] : [],
  );
}
