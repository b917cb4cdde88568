import type { EventRecord, NodeRecord } from "../kubernetes/schema.ts";

/**
 * Events by which a node tells of kills for memory of its own: `SystemOOM` of the kubelet (only when the whole node ran out,
 * `pkg/kubelet/oom/oom_watcher_linux.go`). `OOMKilling` of the node-problem-detector also fires for container limits, so it tells nothing here.
 * The kubelet writes the node's name where the uid of the object belongs.
 */
export function nodeKillsOf(
  previous: ReadonlyMap<string, readonly EventRecord[]>,
  events: ReadonlyMap<string, readonly EventRecord[]>,
  nodes: ReadonlyMap<string, NodeRecord>,
): ReadonlyMap<string, readonly EventRecord[]> {
  const kills = new Map<string, readonly EventRecord[]>();
  for (const { name, uid } of nodes.values()) {
    const own = [...(events.get(name) ?? []), ...(events.get(uid) ?? [])].filter((event) => event.reason === "SystemOOM");
    if (own.length === 0) continue;
    const before = previous.get(name);
    kills.set(name, before?.length === own.length && own.every((event, index) => event === before[index]) ? before : own);
  }
  return kills;
}
