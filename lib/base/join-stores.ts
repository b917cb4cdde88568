import { changedKeys, PersistentMap } from "./persistent-map.ts";
import type { ReadableStore } from "./store.ts";

/**
 * Several stores with different keys, read as one. With a single store its own map is handed out; otherwise what changed in each is put into
 * one map, once per change that somebody looks at.
 */
export class JoinedStores<T> implements ReadableStore<T> {
  #stores: readonly ReadableStore<T>[] = [];
  /** What stores that are no longer there had counted, so that the revision never goes back. */
  #base = 0;
  #joined: { revision: number; map: PersistentMap<T>; parts: readonly ReadonlyMap<string, T>[] } | null = null;

  get revision(): number {
    return this.#stores.reduce((sum, store) => sum + store.revision, this.#base);
  }

  /** Reads from these stores from now on. */
  join(stores: readonly ReadableStore<T>[]): void {
    const before = this.revision;
    this.#stores = stores;
    this.#base = 0;
    this.#base = before + 1 - this.revision;
    this.#joined = null;
  }

  snapshot(): ReadonlyMap<string, T> {
    const [first, ...rest] = this.#stores;
    if (first !== undefined && rest.length === 0) return first.snapshot();
    const { revision } = this;
    if (this.#joined?.revision === revision) return this.#joined.map;
    const parts = this.#stores.map((store) => store.snapshot());
    let map = this.#joined?.map ?? PersistentMap.from<T>();
    for (const [index, part] of parts.entries()) {
      const keys = changedKeys(this.#joined?.parts[index] ?? NOTHING, part);
      map = map.patch(
        keys.flatMap((key): [string, T][] => (part.has(key) ? [[key, part.get(key) as T]] : [])),
        keys.filter((key) => !part.has(key)),
      );
    }
    this.#joined = { revision, map, parts };
    return map;
  }
}

const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();
