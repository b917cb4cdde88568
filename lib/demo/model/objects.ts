/** Kubernetes objects as they go over the wire; only the fields that the model itself reads are typed. */
export interface OwnerReference {
  apiVersion: string;
  blockOwnerDeletion?: boolean;
  controller: boolean;
  kind: string;
  name: string;
  uid: string;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid: string;
  creationTimestamp: string;
  resourceVersion?: string;
  generation?: number;
  generateName?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  managedFields?: unknown[];
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** The resources that the simulated API serves. */
export type Resource = "pods" | "events" | "nodes" | "deployments" | "replicasets" | "configmaps" | "resourcequotas" | "namespaces";

/** Where the model tells what changed; the API server stands behind it. */
export interface ObjectSink {
  /** Adds or replaces an object; returns the resourceVersion it got. */
  put(resource: Resource, object: KubeObject): string;
  /** Takes the object away; `object` is its last state. */
  remove(resource: Resource, object: KubeObject): void;
}

/** RFC 3339 with whole seconds, as metav1.Time is written. */
export function wholeSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 with microseconds, as metav1.MicroTime is written (`event.eventTime`). */
export function microSeconds(ms: number): string {
  const micros = Math.floor((ms % 1) * 1000);
  return `${new Date(ms).toISOString().slice(0, 23)}${String(micros).padStart(3, "0")}Z`;
}

/** A CPU quantity as GitLab Runner and the API server write it: whole cores or `m`. */
export function cpuQuantity(millicores: number): string {
  return millicores % 1000 === 0 ? String(millicores / 1000) : `${millicores}m`;
}

const UNITS = [
  ["Gi", 2 ** 30],
  ["Mi", 2 ** 20],
  ["Ki", 2 ** 10],
] as const;

/** A memory quantity with the largest binary unit that divides it. */
export function memoryQuantity(bytes: number): string {
  for (const [unit, size] of UNITS) if (bytes % size === 0) return `${bytes / size}${unit}`;
  return String(bytes);
}
