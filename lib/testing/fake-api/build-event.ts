import { randomBytes, randomUUID } from "node:crypto";
import { apiVersionOf, type KubeObject } from "./kube-object.ts";
import { wholeSeconds } from "./pod-shape.ts";

export interface EventOptions {
  reason: string;
  message: string;
  type?: "Normal" | "Warning";
  /** The container it is about; becomes `spec.containers{…}`, or `spec.initContainers{…}` with `init`. */
  container?: string;
  init?: boolean;
  count?: number;
  atMs?: number;
  firstMs?: number;
  node?: string;
}

export interface RawEvent extends KubeObject {
  reason: string;
  message: string;
  type: string;
  count?: number;
  lastTimestamp: string | null;
  firstTimestamp: string | null;
  eventTime: string | null;
  involvedObject: {
    kind: string;
    name: string;
    uid: string;
    namespace?: string;
    apiVersion: string;
    resourceVersion?: string;
    fieldPath?: string;
  };
  [field: string]: unknown;
}

/** An event of the kubelet: firstTimestamp, lastTimestamp and count; `eventTime: null`. */
export function buildEvent(about: KubeObject, options: EventOptions): RawEvent {
  const {
    reason,
    message,
    type = "Normal",
    container,
    init = false,
    count = 1,
    atMs = Date.now(),
    firstMs = atMs,
    node = "node-1",
  } = options;
  const path = container === undefined ? {} : { fieldPath: `spec.${init ? "initContainers" : "containers"}{${container}}` };
  return {
    ...head(about, atMs),
    count,
    eventTime: null,
    firstTimestamp: wholeSeconds(firstMs),
    involvedObject: { ...involved(about), ...path },
    lastTimestamp: wholeSeconds(atMs),
    message,
    reason,
    reportingComponent: "kubelet",
    reportingInstance: node,
    source: { component: "kubelet", host: node },
    type,
  };
}

/** An event of the scheduler (events.k8s.io/v1 in its core/v1 spelling): eventTime in microseconds, no first and last, no count. */
export function buildSchedulerEvent(pod: KubeObject, options: Pick<EventOptions, "reason" | "message" | "type" | "atMs">): RawEvent {
  const { reason, message, type = "Normal", atMs = Date.now() } = options;
  return {
    ...head(pod, atMs),
    action: reason === "Scheduled" ? "Binding" : "Scheduling",
    eventTime: new Date(atMs).toISOString().replace("Z", "000Z"),
    firstTimestamp: null,
    involvedObject: involved(pod),
    lastTimestamp: null,
    message,
    reason,
    reportingComponent: "default-scheduler",
    reportingInstance: "default-scheduler-control-plane",
    source: {},
    type,
  };
}

function head(about: KubeObject, atMs: number) {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: {
      name: `${about.metadata.name}.${randomBytes(8).toString("hex")}`,
      namespace: about.metadata.namespace ?? "default",
      uid: randomUUID(),
      creationTimestamp: wholeSeconds(atMs),
    },
  };
}

function involved({ kind = "Pod", apiVersion = apiVersionOf("pods"), metadata }: KubeObject): RawEvent["involvedObject"] {
  const { name, namespace, uid = "", resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    uid,
  };
}
