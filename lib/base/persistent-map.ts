/** Entries of one bucket: what a change copies, and what a sum is worked out anew for. Fewer cost memory: a Map of 8 entries takes 340 bytes. */
const PER_BUCKET = 24;

type Bucket<T> = ReadonlyMap<string, T>;

/**
 * A map that never changes; a changed one shares all buckets in which nothing did. A change of 50 entries of 10,000 copies 50 × 24 of them at most, and what
 * differs between two versions, or a sum over all entries, costs only the buckets that are not shared (`changedKeys`, `sumUp`).
 * Up to 48 entries keep the order in which they came; more come in an order that depends on their keys.
 */
export class PersistentMap<T> implements ReadonlyMap<string, T> {
  readonly size: number;
  readonly #buckets: readonly Bucket<T>[];

  private constructor(buckets: readonly Bucket<T>[], size: number) {
    this.#buckets = buckets;
    this.size = size;
  }

  static from<T>(entries: Iterable<readonly [string, T]> = []): PersistentMap<T> {
    return new PersistentMap<T>([new Map<string, T>()], 0).patch(entries);
  }

  /** The buckets; those of another version are the same objects where nothing changed. */
  get buckets(): readonly Bucket<T>[] {
    return this.#buckets;
  }

  get(key: string): T | undefined {
    return this.#bucketOf(key).get(key);
  }

  has(key: string): boolean {
    return this.#bucketOf(key).has(key);
  }

  /** The map with these entries put in and these keys taken out; itself where that changes nothing. */
  patch(set: Iterable<readonly [string, T]>, remove: Iterable<string> = []): PersistentMap<T> {
    const draft = new Draft(this.#buckets, this.size);
    for (const [key, value] of set) draft.set(key, value);
    for (const key of remove) draft.delete(key);
    const { buckets, size } = draft;
    if (buckets === null) return this;
    const count = buckets.length;
    const fits = size <= 2 * PER_BUCKET * count && (count === 1 || size >= (PER_BUCKET * count) / 8);
    return new PersistentMap(fits ? buckets : spread(buckets, size), size);
  }

  forEach(visit: (value: T, key: string, map: ReadonlyMap<string, T>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }

  *entries(): MapIterator<[string, T]> {
    for (const bucket of this.#buckets) yield* bucket;
  }

  *keys(): MapIterator<string> {
    for (const bucket of this.#buckets) yield* bucket.keys();
  }

  *values(): MapIterator<T> {
    for (const bucket of this.#buckets) yield* bucket.values();
  }

  [Symbol.iterator](): MapIterator<[string, T]> {
    return this.entries();
  }

  #bucketOf(key: string): Bucket<T> {
    return this.#buckets[indexOf(key, this.#buckets.length)] ?? NONE;
  }
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/** Copies a bucket at its first change. */
class Draft<T> {
  /** null: nothing changed. */
  buckets: Bucket<T>[] | null = null;
  size: number;
  readonly #from: readonly Bucket<T>[];
  readonly #own = new Map<number, Map<string, T>>();

  constructor(from: readonly Bucket<T>[], size: number) {
    this.#from = from;
    this.size = size;
  }

  set(key: string, value: T): void {
    const index = indexOf(key, this.#from.length);
    const bucket = this.#own.get(index) ?? this.#from[index] ?? NONE;
    const there = bucket.has(key);
    if (there && bucket.get(key) === value) return;
    if (!there) this.size += 1;
    this.#writable(index, bucket).set(key, value);
  }

  delete(key: string): void {
    const index = indexOf(key, this.#from.length);
    const bucket = this.#own.get(index) ?? this.#from[index] ?? NONE;
    if (!bucket.has(key)) return;
    this.size -= 1;
    this.#writable(index, bucket).delete(key);
  }

  #writable(index: number, bucket: Bucket<T>): Map<string, T> {
    const own = this.#own.get(index) ?? new Map(bucket);
    this.#own.set(index, own);
    this.buckets ??= [...this.#from];
    this.buckets[index] = own;
    return own;
  }
}

/** All entries over as many buckets as they need. */
function spread<T>(buckets: readonly Bucket<T>[], size: number): Bucket<T>[] {
  let count = 1;
  while (count * PER_BUCKET < size) count *= 2;
  const next = Array.from({ length: count }, () => new Map<string, T>());
  for (const bucket of buckets) for (const [key, value] of bucket) next[indexOf(key, count)]?.set(key, value);
  return next;
}

/** FNV-1a (draft-eastlake-fnv), the low bits; `count` is a power of two. */
function indexOf(key: string, count: number): number {
  if (count === 1) return 0;
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) & (count - 1);
}

function bucketsOf<T>(map: ReadonlyMap<string, T>): readonly Bucket<T>[] {
  return map instanceof PersistentMap ? (map as PersistentMap<T>).buckets : [map];
}

/** Keys whose value is not the same object in both maps, and those that only one has. Buckets that both share are not looked at. */
export function changedKeys<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): string[] {
  if (before === after) return [];
  const [from, to] = [bucketsOf(before), bucketsOf(after)];
  const changed: string[] = [];
  if (from.length !== to.length) compare(before, after, changed);
  else
    for (const [index, bucket] of to.entries()) {
      const old = from[index] ?? NONE;
      if (old !== bucket) compare(old, bucket, changed);
    }
  return changed;
}

function compare<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>, changed: string[]): void {
  let kept = 0;
  for (const [key, value] of after) {
    const there = before.has(key);
    if (there) kept += 1;
    if (!there || before.get(key) !== value) changed.push(key);
  }
  if (kept < before.size) for (const key of before.keys()) if (!after.has(key)) changed.push(key);
}

/**
 * A map of groups with some of them changed. `change` gets each group that it asks for as `open` makes it of what was there (undefined: nothing was),
 * once; `close` makes of it what is kept. A group that has become empty goes; those that nobody asked for stay the same objects.
 */
export function patchGroups<V, G extends { readonly size: number }>(
  before: PersistentMap<V>,
  { open, close }: { open: (kept: V | undefined) => G; close: (group: G) => V },
  change: (groupOf: (key: string) => G) => void,
): PersistentMap<V> {
  const groups = new Map<string, G>();
  change((key) => {
    const group = groups.get(key) ?? open(before.get(key));
    groups.set(key, group);
    return group;
  });
  const set: [string, V][] = [];
  const remove: string[] = [];
  for (const [key, group] of groups) {
    if (group.size === 0) remove.push(key);
    else set.push([key, close(group)]);
  }
  return before.patch(set, remove);
}

/**
 * A sum over all values, bucket by bucket. `known` remembers the sums of buckets, so that the next version of the map adds up only what changed:
 * `of` must depend on nothing but the values.
 */
export function sumUp<T, S>(map: ReadonlyMap<string, T>, known: WeakMap<object, S>, of: (values: Iterable<T>) => S): S[] {
  return bucketsOf(map).map((bucket) => {
    const before = known.get(bucket);
    if (before !== undefined) return before;
    const sum = of(bucket.values());
    known.set(bucket, sum);
    return sum;
  });
}
