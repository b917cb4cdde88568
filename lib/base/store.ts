import { PersistentMap } from "./persistent-map.ts";

/** What readers of a store see: a map that never changes once handed out, and a number that grows whenever a newer one would differ. */
export interface ReadableStore<T> {
  readonly revision: number;
  snapshot(): ReadonlyMap<string, T>;
}

/**
 * An immutable map with a revision. Writes wait until somebody looks: one patch per snapshot taken (a tick), whatever the rate of events is, which
 * copies only what was written. Between writes `snapshot()` returns the same map, and two snapshots share what is the same in both.
 */
export class Store<T> implements ReadableStore<T> {
  #map = PersistentMap.from<T>();
  readonly #set = new Map<string, T>();
  readonly #removed = new Set<string>();
  #size = 0;
  #revision = 0;

  /** Grows by one with each batch that changed something. */
  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): T | undefined {
    if (this.#removed.has(key)) return undefined;
    return this.#set.has(key) ? this.#set.get(key) : this.#map.get(key);
  }

  snapshot(): ReadonlyMap<string, T> {
    if (this.#set.size > 0 || this.#removed.size > 0) {
      this.#map = this.#map.patch(this.#set, this.#removed);
      this.#set.clear();
      this.#removed.clear();
    }
    return this.#map;
  }

  /** Puts values in; one that is already there by identity is no change. */
  upsert(entries: Iterable<readonly [string, T]>): void {
    let changed = false;
    for (const [key, value] of entries) changed = this.#put(key, value) || changed;
    if (changed) this.#revision += 1;
  }

  /** Takes keys out; those that are not there are no change. */
  remove(keys: Iterable<string>): void {
    let changed = false;
    for (const key of keys) changed = this.#take(key) || changed;
    if (changed) this.#revision += 1;
  }

  /** Everything anew: keys that are not among `entries` are gone. */
  replace(entries: Iterable<readonly [string, T]>): void {
    const next = new Map(entries);
    let changed = false;
    for (const key of this.snapshot().keys()) if (!next.has(key)) changed = this.#take(key) || changed;
    for (const [key, value] of next) changed = this.#put(key, value) || changed;
    if (changed) this.#revision += 1;
  }

  #has(key: string): boolean {
    return !this.#removed.has(key) && (this.#set.has(key) || this.#map.has(key));
  }

  #put(key: string, value: T): boolean {
    const there = this.#has(key);
    if (there && this.get(key) === value) return false;
    if (!there) this.#size += 1;
    this.#removed.delete(key);
    this.#set.set(key, value);
    return true;
  }

  #take(key: string): boolean {
    if (!this.#has(key)) return false;
    this.#size -= 1;
    this.#set.delete(key);
    this.#removed.add(key);
    return true;
  }
}
