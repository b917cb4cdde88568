import "server-only";
import type { Fields } from "../../base/is-fields.ts";
import type { SourceName } from "../../base/source-state.ts";
import type { HeldOptions } from "../held-objects.ts";
import { readEvent } from "../read-event.ts";
import { fields } from "../read-field.ts";
import type { ReadContext } from "../read-meta.ts";
import { readNode } from "../read-node.ts";
import { keepFirstDeletion, readPod } from "../read-pod.ts";
import { readDeployment, readReplicaSet } from "../read-workload.ts";
import type { WatchedResource } from "../rights.ts";
import type { EventRecord, NodeRecord, PodRecord, WorkloadRecord } from "../schema.ts";

/** How one resource is reached, read and kept. */
export interface WatchedKind<T> {
  source: SourceName;
  /** API group and version as they stand in the path. */
  base: string;
  /** null: not wanted. Throws ReadError. */
  read(raw: Fields, context: ReadContext): T | null;
  held: HeldOptions<T>;
  /**
   * Whether a watch of it surely gets bookmarks. Not events: they have no watch cache. Not deployments and replica sets: a cache that has seen
   * no event since the API server started sends none (apiserver cacher.go, dispatchEvents), and theirs may be quiet for days.
   */
  bookmarksExpected: boolean;
}

/** Events of one hour (the API server's `--event-ttl`) of a very busy cluster; beyond it the oldest go. */
const MAX_EVENTS = 20_000;
/** What an event must be about to be of use: job and manager pods, nodes, and what makes manager pods. */
const REGARDED: ReadonlySet<unknown> = new Set(["Pod", "Node", "Deployment", "ReplicaSet"]);

export const podKind: WatchedKind<PodRecord> = {
  source: "kubernetes-pods",
  base: "/api/v1",
  read: readPod,
  held: { merge: keepFirstDeletion },
  bookmarksExpected: true,
};

/** The same, with the pods that are managers by name; `<namespace>/<name>` of the pod or of what made it. */
export function podKindNaming(managers: ReadonlySet<string>): WatchedKind<PodRecord> {
  return managers.size === 0 ? podKind : { ...podKind, read: (raw, context) => readPod(raw, context, managers) };
}

export const eventKind: WatchedKind<EventRecord> = {
  source: "kubernetes-events",
  base: "/api/v1",
  read: (raw, context) => (REGARDED.has(fields(raw["involvedObject"])["kind"]) ? readEvent(raw, context) : null),
  held: { bound: { limit: MAX_EVENTS, age: (event) => event.at } },
  bookmarksExpected: false,
};

export const nodeKind: WatchedKind<NodeRecord> = {
  source: "kubernetes-nodes",
  base: "/api/v1",
  read: readNode,
  held: {},
  bookmarksExpected: true,
};

export const deploymentKind: WatchedKind<WorkloadRecord> = {
  source: "kubernetes-deployments",
  base: "/apis/apps/v1",
  read: readDeployment,
  held: {},
  bookmarksExpected: false,
};

export const replicaSetKind: WatchedKind<WorkloadRecord> = {
  source: "kubernetes-replicasets",
  base: "/apis/apps/v1",
  read: readReplicaSet,
  held: {},
  bookmarksExpected: false,
};

export const sourceOf: Readonly<Record<WatchedResource, SourceName>> = {
  pods: podKind.source,
  events: eventKind.source,
  nodes: nodeKind.source,
  deployments: deploymentKind.source,
  replicasets: replicaSetKind.source,
};

/** Path of the collection; `namespace` null: of all namespaces. */
export function collectionPath(base: string, resource: WatchedResource, namespace: string | null): string {
  return namespace === null ? `${base}/${resource}` : `${base}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}
