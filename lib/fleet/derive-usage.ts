import { known, unknown, type Known, type UnknownReason } from "../base/known.ts";
import type { SourceReport } from "../base/source-state.ts";
import type { PodContainer } from "../kubernetes/schema.ts";
import type { ContainerUsage, PodUsage, UseWay } from "../metrics/schema.ts";

/** Where figures of use come from, as evidence names it. */
const SOURCES: Readonly<Record<UseWay, string>> = {
  cadvisor: "kubelet, /metrics/cadvisor",
  prometheus: "Prometheus, from /metrics/cadvisor",
  resource: "kubelet, /metrics/resource",
  "metrics-server": "metrics-server",
};
/** Where they come from as a rule. */
export const USAGE_SOURCE = SOURCES.cadvisor;

/** Where a container's use comes from. */
export function usageSource({ way }: Pick<ContainerUsage, "way">): string {
  return SOURCES[way];
}

/** Whether the kubelet of a pod's node is read; else why not. `connecting`: it has not answered yet. `instead`: another source is read in its place. */
export type KubeletState = "live" | "connecting" | "instead" | Extract<UnknownReason, "not-connected" | "forbidden" | "stale">;

/** The kubelets of one cluster: the state of all, and of the nodes that have one of their own. */
export interface Kubelets {
  readonly all: KubeletState;
  readonly nodes: ReadonlyMap<string, KubeletState>;
}

/** `previous` where nothing changed. */
export function kubeletsOf(previous: Kubelets | null, sources: readonly SourceReport[]): Kubelets {
  let all: KubeletState = "not-connected";
  const nodes = new Map<string, KubeletState>();
  for (const { source, part, state, way } of sources) {
    // Where the settings leave kubelets out, a Prometheus is all there is.
    if (source === "prometheus" && way?.because === "off") all = state.state === "live" ? "instead" : stateOf(state);
    if (source !== "kubelet-metrics") continue;
    const read = state.state !== "live" && way !== undefined ? "instead" : stateOf(state);
    if (part === null) all = read;
    else nodes.set(part, read);
  }
  const same = previous?.all === all && previous.nodes.size === nodes.size;
  return same && [...nodes].every(([node, state]) => previous.nodes.get(node) === state) ? previous : { all, nodes };
}

function stateOf(state: SourceReport["state"]): KubeletState {
  if (state.state === "off") return state.reason === "not-permitted-scope" ? "forbidden" : "not-connected";
  return state.state === "failed" ? "stale" : state.state;
}

/** A node is as the cluster's report says unless it has a report of its own, which every node that is not live has. */
export function kubeletOf({ all, nodes }: Kubelets, node: string | null): KubeletState {
  if (node === null) return all;
  return nodes.get(node) ?? (nodes.size > 0 && all === "stale" ? "connecting" : all);
}

/** What a container used, joined by the runtime's container id; by name only where the status has lost the id. `gone`: its pod is gone. */
export function deriveUsage(
  container: Pick<PodContainer, "name" | "containerId" | "state">,
  { usage, kubelet, gone }: { usage: PodUsage | null; kubelet: KubeletState; gone: boolean },
): Known<ContainerUsage> {
  const held = usage === null ? null : (heldBy(container, usage)?.usage ?? null);
  if (held !== null) return known(held, held.at, usageSource(held));
  if (kubelet === "not-connected" || kubelet === "forbidden" || kubelet === "stale") return unknown(kubelet);
  const { state } = container;
  if (state === null || state.kind === "waiting" || (state.kind === "terminated" && state.startedAt === null))
    return unknown(gone && state === null ? "not-seen" : "not-reached");
  return unknown(gone || state.kind === "terminated" ? "not-seen" : "not-sampled");
}

type Held = PodUsage["containers"] extends ReadonlyMap<string, infer Entry> ? Entry : never;

/** What a pod's usage holds of one container. The status writes the id as `containerd://<id>` or `cri-o://<id>`, the pages without. */
export function heldBy({ name, containerId }: Pick<PodContainer, "name" | "containerId">, { containers }: PodUsage): Held | null {
  if (containerId !== null) return containers.get(containerId.replace(/^[\w.-]+:\/\//, "")) ?? null;
  let newest: Held | null = null;
  for (const held of containers.values())
    if (held.name === name && (newest === null || Date.parse(held.usage.at) > Date.parse(newest.usage.at))) newest = held;
  return newest;
}
