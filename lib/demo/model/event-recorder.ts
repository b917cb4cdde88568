import { microSeconds, wholeSeconds, type KubeObject, type ObjectSink } from "./objects.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** What an event is about. */
export interface Regarding {
  kind: "Pod" | "Node" | "ReplicaSet" | "Deployment";
  apiVersion: string;
  namespace: string | null;
  name: string;
  uid: string;
  resourceVersion?: string | undefined;
  fieldPath?: string | undefined;
}

export interface EventText {
  type: "Normal" | "Warning";
  reason: string;
  message: string;
  annotations?: Record<string, string>;
}

/** Who says it: a controller of the old style (`source`), with the node's name for a kubelet. */
export interface EventSource {
  component: string;
  host?: string;
}

interface Known {
  object: KubeObject;
  count: number;
}

const CLASSIC = {
  "f:count": {},
  "f:firstTimestamp": {},
  "f:involvedObject": {},
  "f:lastTimestamp": {},
  "f:message": {},
  "f:reason": {},
  "f:reportingComponent": {},
};
const MODERN = {
  "f:action": {},
  "f:eventTime": {},
  "f:note": {},
  "f:reason": {},
  "f:regarding": {},
  "f:reportingController": {},
  "f:reportingInstance": {},
  "f:type": {},
};

const REPEATED = { ...MODERN, "f:series": { ".": {}, "f:count": {}, "f:lastObservedTime": {} } };

/**
 * Writes Events in both styles: the kubelet's (`count`, first and last time stamp) and the scheduler's (`eventTime`, `series`).
 * A repeated text becomes MODIFIED of the same event. Events go after their time to live (API server `--event-ttl`, 1 h).
 */
export class EventRecorder {
  readonly #sink: ObjectSink;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #known = new Map<string, Known>();
  readonly #ttlMs: number;

  constructor(sink: ObjectSink, timeline: Timeline, random: Random, ttlMs: number) {
    this.#sink = sink;
    this.#timeline = timeline;
    this.#random = random;
    this.#ttlMs = ttlMs;
  }

  /** An event of a kubelet or an older controller. */
  record(regarding: Regarding, text: EventText, source: EventSource): void {
    const now = wholeSeconds(this.#timeline.now);
    const key = this.#key(regarding, text, source.component);
    const known = this.#known.get(key);
    if (known) {
      known.count += 1;
      this.#keep(key, known, { ...known.object, count: known.count, lastTimestamp: now });
      return;
    }
    const fields = {
      ...CLASSIC,
      ...(source.host === undefined ? {} : { "f:reportingInstance": {} }),
      "f:source": { "f:component": {}, ...(source.host === undefined ? {} : { "f:host": {} }) },
      "f:type": {},
    };
    this.#add(key, {
      ...this.#head(regarding, text, {
        apiVersion: "v1",
        fieldsV1: fields,
        manager: source.host === undefined ? "kube-controller-manager" : source.component,
      }),
      count: 1,
      eventTime: null,
      firstTimestamp: now,
      lastTimestamp: now,
      reportingComponent: source.component,
      reportingInstance: source.host ?? "",
      source: { component: source.component, ...(source.host === undefined ? {} : { host: source.host }) },
    });
  }

  /** An event of the scheduler, made through events.k8s.io. */
  recordModern(regarding: Regarding, text: EventText, action: string): void {
    const key = this.#key(regarding, text, "default-scheduler");
    const known = this.#known.get(key);
    if (known) {
      known.count += 1;
      const metadata = {
        ...known.object.metadata,
        managedFields: (known.object.metadata.managedFields ?? []).map((entry) => ({ ...(entry as object), fieldsV1: REPEATED })),
      };
      this.#keep(key, known, {
        ...known.object,
        metadata,
        series: { count: known.count, lastObservedTime: microSeconds(this.#timeline.now) },
      });
      return;
    }
    this.#add(key, {
      action,
      ...this.#head(regarding, text, { apiVersion: "events.k8s.io/v1", fieldsV1: MODERN, manager: "kube-scheduler" }),
      eventTime: microSeconds(this.#timeline.now),
      firstTimestamp: null,
      lastTimestamp: null,
      reportingComponent: "default-scheduler",
      reportingInstance: "default-scheduler-control-plane",
      source: {},
    });
  }

  #key(regarding: Regarding, text: EventText, component: string): string {
    return `${component}\n${regarding.uid}\n${regarding.fieldPath ?? ""}\n${text.reason}\n${text.message}`;
  }

  #head(regarding: Regarding, text: EventText, fields: { apiVersion: string; fieldsV1: unknown; manager: string }): KubeObject {
    const now = this.#timeline.now;
    const { kind, apiVersion, namespace, name, uid, resourceVersion, fieldPath } = regarding;
    // A kubelet's events about its node carry the node's name as uid and no version (2.4 of the kubelet's recorder).
    const about =
      kind === "Node" && uid === name
        ? { kind, name, uid }
        : {
            apiVersion,
            ...(fieldPath === undefined ? {} : { fieldPath }),
            kind,
            name,
            ...(namespace === null ? {} : { namespace }),
            ...(resourceVersion === undefined ? {} : { resourceVersion }),
            uid,
          };
    return {
      apiVersion: "v1",
      involvedObject: about,
      kind: "Event",
      message: text.message,
      metadata: {
        ...(text.annotations ? { annotations: text.annotations } : {}),
        creationTimestamp: wholeSeconds(now),
        managedFields: [
          {
            apiVersion: fields.apiVersion,
            fieldsType: "FieldsV1",
            fieldsV1: fields.fieldsV1,
            manager: fields.manager,
            operation: "Update",
            time: wholeSeconds(now),
          },
        ],
        name: `${name}.18${this.#random.hex(14)}`,
        namespace: namespace ?? "default",
        uid: this.#random.uid(),
      },
      reason: text.reason,
      type: text.type,
    };
  }

  #add(key: string, object: KubeObject): void {
    this.#sink.put("events", object);
    this.#known.set(key, { object, count: 1 });
    this.#expire(key, this.#timeline.now + this.#ttlMs);
  }

  #keep(key: string, known: Known, object: KubeObject): void {
    known.object = object;
    this.#known.set(key, known);
    this.#sink.put("events", object);
  }

  #expire(key: string, at: number): void {
    this.#timeline.at(at, () => {
      const known = this.#known.get(key);
      if (!known) return;
      this.#known.delete(key);
      this.#sink.remove("events", known.object);
    });
  }
}
