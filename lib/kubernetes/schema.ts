import { z } from "zod";
import { timestampSchema } from "../base/known-schema.ts";

/**
 * Our words for Kubernetes objects: the allow-list. What is not here does not survive `read-*`:
 * no env, command, args, probes, lifecycle hooks, managedFields, unknown labels or annotations.
 * Everything here is safe for the wire. Texts from the cluster are scrubbed (`read-text.ts`) and still untrusted.
 */

/** null = not set in the pod spec ("no limit"), which is not the same as 0. */
export const resourcesSchema = z.object({
  cpuMillicores: z.number().nullable(),
  memoryBytes: z.number().nullable(),
  ephemeralStorageBytes: z.number().nullable(),
});
export type Resources = z.infer<typeof resourcesSchema>;

export const containerStateSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("waiting"), reason: z.string().nullable(), message: z.string().nullable() }),
  z.object({ kind: z.literal("running"), startedAt: timestampSchema.nullable() }),
  z.object({
    kind: z.literal("terminated"),
    reason: z.string().nullable(),
    exitCode: z.number().int(),
    signal: z.number().int().nullable(),
    message: z.string().nullable(),
    startedAt: timestampSchema.nullable(),
    finishedAt: timestampSchema.nullable(),
  }),
]);
export type ContainerState = z.infer<typeof containerStateSchema>;

export const mountSchema = z.object({ volume: z.string(), path: z.string(), readOnly: z.boolean() });
export const portSchema = z.object({ name: z.string().nullable(), port: z.number().int(), protocol: z.string() });

/** Shapes of what a container is told about Docker (`read-docker.ts`); no value of an environment variable. */
export const dockerSettingsSchema = z.object({
  /** `DOCKER_HOST`: `name` only when it is one of the pod's own. null: not set. */
  host: z
    .object({
      scheme: z.enum(["tcp", "unix", "ssh", "http", "https", "other"]),
      name: z.string().nullable(),
      port: z.number().int().nullable(),
    })
    .nullable(),
  /** `DOCKER_TLS_CERTDIR`. */
  certDir: z.enum(["set", "empty", "missing"]),
  /** `--tls`, `--tls=false` among command and arguments. */
  tls: z.enum(["on", "off"]).nullable(),
});
export type DockerSettings = z.infer<typeof dockerSettingsSchema>;

export const podContainerSchema = z.object({
  name: z.string(),
  kind: z.enum(["regular", "init", "sidecar", "ephemeral"]),
  image: z.string(),
  imageId: z.string().nullable(),
  containerId: z.string().nullable(),
  privileged: z.boolean(),
  requests: resourcesSchema,
  limits: resourcesSchema,
  mounts: z.array(mountSchema),
  ports: z.array(portSchema),
  docker: dockerSettingsSchema.nullable().default(null),
  /** null: the kubelet has written no status for this container yet. */
  state: containerStateSchema.nullable(),
  lastState: containerStateSchema.nullable(),
  ready: z.boolean(),
  restartCount: z.number().int(),
});
export type PodContainer = z.infer<typeof podContainerSchema>;

export const conditionSchema = z.object({
  type: z.string(),
  status: z.enum(["True", "False", "Unknown"]),
  reason: z.string().nullable(),
  message: z.string().nullable(),
  lastTransitionAt: timestampSchema.nullable(),
});
export type Condition = z.infer<typeof conditionSchema>;

export const ownerSchema = z.object({ kind: z.string(), name: z.string(), uid: z.string(), controller: z.boolean() });
export type Owner = z.infer<typeof ownerSchema>;

const metaSchema = z.object({
  cluster: z.string(),
  uid: z.string(),
  name: z.string(),
  resourceVersion: z.string(),
  createdAt: timestampSchema,
  /** When this version arrived at Runnerscope (our clock, milliseconds). */
  seenAt: timestampSchema,
});

export const podRecordSchema = metaSchema.extend({
  namespace: z.string(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  owners: z.array(ownerSchema),
  /** When deletion was asked for: deletionTimestamp minus the grace period. */
  deletionRequestedAt: timestampSchema.nullable(),
  deletionGraceSeconds: z.number().int().nullable(),
  node: z.string().nullable(),
  phase: z.enum(["Pending", "Running", "Succeeded", "Failed", "Unknown"]),
  reason: z.string().nullable(),
  message: z.string().nullable(),
  podIp: z.string().nullable(),
  qosClass: z.string().nullable(),
  startedAt: timestampSchema.nullable(),
  activeDeadlineSeconds: z.number().int().nullable(),
  terminationGraceSeconds: z.number().int().nullable(),
  conditions: z.array(conditionSchema),
  containers: z.array(podContainerSchema),
  hostAliases: z.array(z.object({ ip: z.string(), hostnames: z.array(z.string()) })),
  volumes: z.array(z.object({ name: z.string(), kind: z.string() })),
  /** Names of the ConfigMaps among its volumes, in its namespace; not the cluster's CA, which every pod has. */
  configMaps: z.array(z.string()),
  /** The configuration names it, or what made it, as a runner manager. */
  namedManager: z.boolean(),
});
export type PodRecord = z.infer<typeof podRecordSchema>;

export const eventRecordSchema = metaSchema.extend({
  namespace: z.string(),
  reason: z.string(),
  type: z.enum(["Normal", "Warning"]),
  message: z.string(),
  count: z.number().int(),
  at: timestampSchema,
  firstAt: timestampSchema,
  component: z.string().nullable(),
  regarding: z.object({
    kind: z.string(),
    namespace: z.string().nullable(),
    name: z.string(),
    uid: z.string(),
    /** From `spec.containers{build}` and the like; null when the event is about the whole object. */
    container: z.string().nullable(),
  }),
});
export type EventRecord = z.infer<typeof eventRecordSchema>;

export const nodeRecordSchema = metaSchema.extend({
  labels: z.record(z.string(), z.string()),
  unschedulable: z.boolean(),
  taints: z.array(z.object({ key: z.string(), value: z.string().nullable(), effect: z.string() })),
  conditions: z.array(conditionSchema),
  internalIp: z.string().nullable(),
  kubeletPort: z.number().int().nullable(),
  capacity: resourcesSchema.extend({ pods: z.number().int().nullable() }),
  allocatable: resourcesSchema.extend({ pods: z.number().int().nullable() }),
  kubeletVersion: z.string().nullable(),
  containerRuntimeVersion: z.string().nullable(),
  kernelVersion: z.string().nullable(),
  osImage: z.string().nullable(),
  architecture: z.string().nullable(),
});
export type NodeRecord = z.infer<typeof nodeRecordSchema>;

/** Deployments and ReplicaSets: only what is needed to find runner managers and pause pods. */
export const workloadRecordSchema = metaSchema.extend({
  kind: z.enum(["Deployment", "ReplicaSet"]),
  namespace: z.string(),
  labels: z.record(z.string(), z.string()),
  owners: z.array(ownerSchema),
  images: z.array(z.string()),
  replicas: z.object({ desired: z.number().int(), current: z.number().int(), ready: z.number().int(), updated: z.number().int() }),
});
export type WorkloadRecord = z.infer<typeof workloadRecordSchema>;

/** A cluster as Runnerscope reaches it. `namespaces: null` = all of them. */
export const clusterRecordSchema = z.object({
  key: z.string(),
  name: z.string(),
  namespaces: z.array(z.string()).nullable(),
  scope: z.enum(["cluster", "namespaces", "none", "probing"]),
  serverVersion: z.string().nullable(),
});
export type ClusterRecord = z.infer<typeof clusterRecordSchema>;

/** A ResourceQuota without a scope. Amounts in the resource's base unit: cores, bytes, pieces. */
export const quotaRecordSchema = z.object({
  namespace: z.string(),
  name: z.string(),
  counted: z.array(z.object({ resource: z.string(), hard: z.number(), used: z.number() })),
});
export type QuotaRecord = z.infer<typeof quotaRecordSchema>;
