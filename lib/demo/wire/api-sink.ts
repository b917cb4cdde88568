import type { KubeObject, ObjectSink, Resource } from "../model/objects.ts";
import type { ObjectStore } from "../../testing/fake-api/object-store.ts";

/** Hands the model's objects to the store behind the simulated API server. */
export class ApiSink implements ObjectSink {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  put(resource: Resource, object: KubeObject): string {
    return this.#store.put(resource, object).metadata.resourceVersion ?? "";
  }

  remove(resource: Resource, object: KubeObject): void {
    this.#store.remove(resource, object.metadata);
  }
}

/** Collects until it is connected: the warm-up writes each object once, not each of its versions. */
export class SwitchSink implements ObjectSink {
  #target: ObjectSink;

  constructor(first: ObjectSink) {
    this.#target = first;
  }

  connect(target: ObjectSink): void {
    this.#target = target;
  }

  put(resource: Resource, object: KubeObject): string {
    return this.#target.put(resource, object);
  }

  remove(resource: Resource, object: KubeObject): void {
    this.#target.remove(resource, object);
  }
}
