import type { KubeObject, ObjectSink, Resource } from "./objects.ts";

/** Keeps the current objects in memory: for the warm-up, before a server stands behind the model, and for tests. */
export class CollectingSink implements ObjectSink {
  readonly #objects = new Map<Resource, Map<string, KubeObject>>();
  readonly #watchers = new Set<(type: "ADDED" | "MODIFIED" | "DELETED", resource: Resource, object: KubeObject) => void>();
  #version = 1000;

  put(resource: Resource, object: KubeObject): string {
    this.#version += 1;
    const of = this.#of(resource);
    const key = keyOf(object);
    const version = String(this.#version);
    const type = of.has(key) ? "MODIFIED" : "ADDED";
    of.set(key, object);
    this.#tell(type, resource, object);
    return version;
  }

  remove(resource: Resource, object: KubeObject): void {
    if (this.#of(resource).delete(keyOf(object))) this.#tell("DELETED", resource, object);
  }

  objects(resource: Resource): KubeObject[] {
    return [...this.#of(resource).values()];
  }

  watch(watcher: (type: "ADDED" | "MODIFIED" | "DELETED", resource: Resource, object: KubeObject) => void): void {
    this.#watchers.add(watcher);
  }

  /** Gives everything to another sink and forgets it. */
  moveTo(sink: ObjectSink): void {
    for (const [resource, objects] of this.#objects) for (const object of objects.values()) sink.put(resource, object);
    this.#objects.clear();
  }

  #of(resource: Resource): Map<string, KubeObject> {
    const known = this.#objects.get(resource);
    if (known) return known;
    const made = new Map<string, KubeObject>();
    this.#objects.set(resource, made);
    return made;
  }

  #tell(type: "ADDED" | "MODIFIED" | "DELETED", resource: Resource, object: KubeObject): void {
    for (const watcher of this.#watchers) watcher(type, resource, object);
  }
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}
