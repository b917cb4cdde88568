import type { NodeRecord, PodRecord } from "../kubernetes/schema.ts";
import type { WantedContainer } from "../metrics/schema.ts";
import type { KubeletTarget } from "../metrics/server/kubelet-scraper.ts";

/**
 * The kubelets worth asking: nodes with pods whose use is wanted and that have not finished. Address: the node's InternalIP, as metrics-server
 * prefers it; port: what the node says its kubelet listens on, 10250 by default.
 */
export function kubeletTargets(pods: Iterable<PodRecord>, nodes: ReadonlyMap<string, NodeRecord>): KubeletTarget[] {
  const origins = new Map([...nodes.values()].map((node) => [node.name, originOf(node)]));
  const wanted = new Map<string, Map<string, WantedContainer>>();
  for (const pod of pods) {
    if (pod.node === null || pod.phase === "Succeeded" || pod.phase === "Failed") continue;
    const own = wanted.get(pod.node) ?? new Map<string, WantedContainer>();
    wanted.set(pod.node, own);
    const of = { podUid: pod.uid, namespace: pod.namespace, pod: pod.name };
    for (const { containerId, name } of pod.containers) if (containerId !== null) own.set(bareId(containerId), { ...of, name });
  }
  return [...wanted].map(([node, own]) => ({ node, origin: origins.get(node) ?? null, wanted: own }));
}

function originOf({ internalIp, kubeletPort }: NodeRecord): string | null {
  if (internalIp === null) return null;
  const host = internalIp.includes(":") ? `[${internalIp}]` : internalIp;
  return `https://${host}:${kubeletPort ?? 10_250}`;
}

/** `containerd://<id>` → `<id>`. */
function bareId(containerId: string): string {
  return containerId.replace(/^[a-z-]+:\/\//, "");
}
