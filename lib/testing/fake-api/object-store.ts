import { randomUUID } from "node:crypto";
import { RESOURCES, apiVersionOf, keyOf, type KubeObject, type ResourceName } from "./kube-object.ts";

export interface StoreEvent {
  type: "ADDED" | "MODIFIED" | "DELETED";
  resource: ResourceName;
  object: KubeObject;
  /** What the object was before; null when it was made. Selectors and lists of the past need it. */
  previous: KubeObject | null;
  revision: number;
}

/** An object by place. `namespace` is left out for nodes and namespaces. */
export interface ObjectRef {
  namespace?: string | undefined;
  name: string;
}

/** A resourceVersion that is older than the history (code 410 on the wire). */
export class TooOld extends Error {}

type Listener = (event: StoreEvent) => void;

/**
 * etcd and the watch cache in one: objects, one revision counter over all resources, and a window of history.
 * What was put in belongs to the store; callers change it through `patch`.
 */
export class ObjectStore {
  readonly #objects = new Map<ResourceName, Map<string, KubeObject>>();
  readonly #listeners = new Set<Listener>();
  readonly #now: () => number;
  readonly #window: number;
  #history: StoreEvent[] = [];
  #revision: number;
  #oldest: number;

  /** `window`: how many events are kept for watches that resume; `revision`: where the counter starts. */
  constructor(options: { now?: () => number; window?: number; revision?: number } = {}) {
    this.#now = options.now ?? Date.now;
    this.#window = options.window ?? 10_000;
    this.#revision = options.revision ?? 1_000;
    this.#oldest = this.#revision;
    for (const resource of Object.keys(RESOURCES) as ResourceName[]) this.#objects.set(resource, new Map());
  }

  get revision(): number {
    return this.#revision;
  }

  /** Resource versions below this are answered with 410. */
  get oldest(): number {
    return this.#oldest;
  }

  /** Creates the object, or replaces the one of the same name. Another uid under the same name counts as deleted and created. */
  put<T extends KubeObject>(resource: ResourceName, object: T): T {
    const previous = this.get(resource, object.metadata) ?? null;
    if (previous && object.metadata.uid !== undefined && object.metadata.uid !== previous.metadata.uid) {
      this.remove(resource, object.metadata);
      return this.put(resource, object);
    }
    const { metadata } = object;
    const stored = {
      ...object,
      apiVersion: apiVersionOf(resource),
      kind: RESOURCES[resource].kind,
      metadata: {
        ...metadata,
        uid: metadata.uid ?? previous?.metadata.uid ?? randomUUID(),
        creationTimestamp: metadata.creationTimestamp ?? previous?.metadata.creationTimestamp ?? this.timestamp(),
      },
    };
    return this.#commit(previous ? "MODIFIED" : "ADDED", resource, stored, previous);
  }

  /** Changes a copy and stores it. Returns null (and says nothing) when the object is gone, as a controller sees a 404. */
  patch<T extends KubeObject>(resource: ResourceName, ref: ObjectRef, change: (draft: T) => void): T | null {
    const previous = this.get(resource, ref);
    if (!previous) return null;
    const draft = structuredClone(previous) as T;
    change(draft);
    return this.#commit("MODIFIED", resource, draft, previous);
  }

  /**
   * Deletes as the real server does (pkg/registry/core/pod/strategy.go CheckGracefulDelete). With `graceSeconds` > 0 a pod that is scheduled
   * and not finished only gets its deletionTimestamp (MODIFIED); everything else goes at once (DELETED with its last full state).
   */
  remove(resource: ResourceName, ref: ObjectRef, graceSeconds = 0): "terminating" | "gone" | "absent" {
    const previous = this.get(resource, ref);
    if (!previous) return "absent";
    if (resource === "pods" && graceSeconds > 0 && isHeldByKubelet(previous)) {
      this.patch(resource, ref, ({ metadata }) => {
        metadata.deletionTimestamp = this.timestamp(graceSeconds * 1_000);
        metadata.deletionGracePeriodSeconds = graceSeconds;
        metadata.generation = (metadata.generation ?? 1) + 1;
      });
      return "terminating";
    }
    this.#commit("DELETED", resource, structuredClone(previous), previous);
    return "gone";
  }

  get(resource: ResourceName, ref: ObjectRef): KubeObject | undefined {
    return this.#of(resource).get(keyOf(ref));
  }

  /** All objects in etcd's order, as they are now or were at `revision`. Throws TooOld when the history does not reach so far. */
  list(resource: ResourceName, revision = this.#revision): KubeObject[] {
    let objects: ReadonlyMap<string, KubeObject> = this.#of(resource);
    if (revision < this.#revision) objects = this.#undo(resource, revision);
    return [...objects.keys()].toSorted().flatMap((key) => objects.get(key) ?? []);
  }

  /** What happened after `revision`. Throws TooOld when that is not known any more. */
  since(resource: ResourceName, revision: number): StoreEvent[] {
    if (revision < this.#oldest) throw new TooOld(`too old resource version: ${revision} (${this.#oldest})`);
    return this.#history.filter((event) => event.resource === resource && event.revision > revision);
  }

  /** Forgets the history up to `revision`, as etcd's compaction (every 5 minutes) and the watch cache's window do. */
  compact(revision = this.#revision): void {
    this.#oldest = Math.max(this.#oldest, Math.min(revision, this.#revision));
    this.#history = this.#history.filter((event) => event.revision > this.#oldest);
  }

  /** Moves the counter without an event, as other resources of a cluster do all the time. */
  advance(by = 1): void {
    this.#revision += by;
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** RFC 3339 in whole seconds (metav1.Time) by the server's clock. */
  timestamp(offsetMs = 0): string {
    return new Date(this.#now() + offsetMs).toISOString().replace(/\.\d+Z$/, "Z");
  }

  #of(resource: ResourceName): Map<string, KubeObject> {
    const objects = this.#objects.get(resource);
    if (!objects) throw new Error(`no resource ${resource}`);
    return objects;
  }

  #commit<T extends KubeObject>(type: StoreEvent["type"], resource: ResourceName, object: T, previous: KubeObject | null): T {
    this.#revision += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } };
    if (type === "DELETED") this.#of(resource).delete(keyOf(stored.metadata));
    else this.#of(resource).set(keyOf(stored.metadata), stored);
    const event: StoreEvent = { type, resource, object: stored, previous, revision: this.#revision };
    this.#history.push(event);
    if (this.#history.length > this.#window * 1.25) {
      this.compact(this.#history.at(-this.#window - 1)?.revision);
    }
    for (const listener of this.#listeners) listener(event);
    return stored;
  }

  #undo(resource: ResourceName, revision: number): ReadonlyMap<string, KubeObject> {
    const objects = new Map(this.#of(resource));
    for (const event of this.since(resource, revision).toReversed()) {
      const key = keyOf(event.object.metadata);
      if (event.previous) objects.set(key, event.previous);
      else objects.delete(key);
    }
    return objects;
  }
}

/** Scheduled and not finished: only its kubelet may let it go. */
function isHeldByKubelet(object: KubeObject): boolean {
  const { spec, status } = object as KubeObject & { spec?: { nodeName?: string }; status?: { phase?: string } };
  return Boolean(spec?.nodeName) && status?.phase !== "Succeeded" && status?.phase !== "Failed";
}
