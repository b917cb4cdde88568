/** Kubernetes JSON as it is on the wire. Builders give it more precise types; the server does not need them. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  generateName?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean; blockOwnerDeletion?: boolean }[];
  managedFields?: unknown[];
}

export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

export const RESOURCES = {
  pods: { group: "", version: "v1", kind: "Pod", singular: "pod", short: ["po"], namespaced: true },
  events: { group: "", version: "v1", kind: "Event", singular: "event", short: ["ev"], namespaced: true },
  nodes: { group: "", version: "v1", kind: "Node", singular: "node", short: ["no"], namespaced: false },
  namespaces: { group: "", version: "v1", kind: "Namespace", singular: "namespace", short: ["ns"], namespaced: false },
  configmaps: { group: "", version: "v1", kind: "ConfigMap", singular: "configmap", short: ["cm"], namespaced: true },
  resourcequotas: { group: "", version: "v1", kind: "ResourceQuota", singular: "resourcequota", short: ["quota"], namespaced: true },
  limitranges: { group: "", version: "v1", kind: "LimitRange", singular: "limitrange", short: ["limits"], namespaced: true },
  deployments: { group: "apps", version: "v1", kind: "Deployment", singular: "deployment", short: ["deploy"], namespaced: true },
  replicasets: { group: "apps", version: "v1", kind: "ReplicaSet", singular: "replicaset", short: ["rs"], namespaced: true },
  leases: { group: "coordination.k8s.io", version: "v1", kind: "Lease", singular: "lease", short: [], namespaced: true },
} as const;

export type ResourceName = keyof typeof RESOURCES;

export function isResourceName(name: string): name is ResourceName {
  return Object.hasOwn(RESOURCES, name);
}

/** `v1` or `apps/v1`. */
export function apiVersionOf(resource: ResourceName): string {
  const { group, version } = RESOURCES[resource];
  return group === "" ? version : `${group}/${version}`;
}

/** The key etcd sorts by, so lists come in the real server's order. */
export function keyOf(object: { namespace?: string | undefined; name: string }): string {
  return object.namespace ? `${object.namespace}/${object.name}` : object.name;
}
