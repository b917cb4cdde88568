/** What readers of a store see: a map that never changes once handed out, and a number that grows whenever a newer one would differ. */
export interface ReadableStore<T> {
  readonly revision: number;
  snapshot(): ReadonlyMap<string, T>;
}

/**
 * An immutable map with a revision. Writes go into a private map; the first write after a `snapshot()` copies it once, so the cost is one copy
 * per snapshot taken (a tick) and not one per event, whatever the rate of events is. Between writes `snapshot()` returns the same map.
 */
export class Store<T> implements ReadableStore<T> {
  #map = new Map<string, T>();
  /** The map was handed out: the next write copies it first. */
  #shared = false;
  #revision = 0;

  /** Grows by one with each batch that changed something. */
  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#map.size;
  }

  get(key: string): T | undefined {
    return this.#map.get(key);
  }

  snapshot(): ReadonlyMap<string, T> {
    this.#shared = true;
    return this.#map;
  }

  /** Puts values in; one that is already there by identity is no change. */
  upsert(entries: Iterable<readonly [string, T]>): void {
    let changed = false;
    for (const [key, value] of entries) {
      if (this.#map.get(key) === value && this.#map.has(key)) continue;
      this.#writable().set(key, value);
      changed = true;
    }
    if (changed) this.#revision += 1;
  }

  /** Takes keys out; those that are not there are no change. */
  remove(keys: Iterable<string>): void {
    let changed = false;
    for (const key of keys) {
      if (!this.#map.has(key)) continue;
      this.#writable().delete(key);
      changed = true;
    }
    if (changed) this.#revision += 1;
  }

  /** Everything anew: keys that are not among `entries` are gone. */
  replace(entries: Iterable<readonly [string, T]>): void {
    const next = new Map(entries);
    let changed = next.size !== this.#map.size;
    if (!changed) for (const [key, value] of next) changed ||= this.#map.get(key) !== value || !this.#map.has(key);
    if (!changed) return;
    this.#map = next;
    this.#shared = false;
    this.#revision += 1;
  }

  #writable(): Map<string, T> {
    if (this.#shared) {
      this.#map = new Map(this.#map);
      this.#shared = false;
    }
    return this.#map;
  }
}
