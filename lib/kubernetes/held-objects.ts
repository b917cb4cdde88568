import { Store } from "../base/store.ts";
import { compareVersions } from "./compare-versions.ts";

export interface Identified {
  uid: string;
  name: string;
  resourceVersion: string;
  namespace?: string;
}

/** An object that is no longer there. `watched`: its deletion was seen, `record` is its last state; `missed`: it went while nobody watched. */
export interface Gone<T> {
  record: T;
  how: "watched" | "missed";
}

export interface HeldOptions<T> {
  /** Joins what is known of an object with its next version. */
  merge?: (previous: T | undefined, next: T) => T;
  /** No more than `limit` objects; those with the smallest `age` (an RFC 3339 time) go first and are not reported as gone. */
  bound?: { limit: number; age: (record: T) => string };
}

/** How many deletions are remembered, so that a late or repeated event does not bring an object back. */
const MAX_REMEMBERED = 2_000;
/** Over its limit by this share the collection is cut: sorting for each event would be dear. */
const SLACK = 1.05;

/**
 * The objects of one list and watch, by uid. Identity is the uid, never the name: a name may come again with another object behind it.
 * An older version of an object never replaces a newer one, except in a list, which is the server's word on what there is.
 */
export class HeldObjects<T extends Identified> {
  readonly store = new Store<T>();
  readonly #options: HeldOptions<T>;
  #names = new Map<string, string>();
  /** Deleted uids, oldest first, with what was reported and the last version. */
  readonly #deleted = new Map<string, { how: Gone<T>["how"]; version: string }>();

  constructor(options: HeldOptions<T> = {}) {
    this.#options = options;
  }

  /** A whole list; returns what it no longer has. An object whose version did not change keeps its identity. */
  replace(records: readonly T[]): Gone<T>[] {
    const next = new Map<string, T>();
    const names = new Map<string, string>();
    for (const record of records) {
      const held = this.store.get(record.uid);
      next.set(record.uid, held?.resourceVersion === record.resourceVersion ? held : this.#merge(held, record));
      names.set(nameOf(record), record.uid);
      this.#deleted.delete(record.uid);
    }
    const gone: Gone<T>[] = [];
    for (const [uid, record] of this.store.snapshot()) if (!next.has(uid)) gone.push({ record, how: "missed" });
    this.store.replace(next);
    this.#names = names;
    for (const { record, how } of gone) this.#remember(record, how);
    this.#cut();
    return gone;
  }

  /** ADDED or MODIFIED; returns the object that had this name before, if its deletion was not seen. */
  put(record: T): Gone<T>[] {
    const held = this.store.get(record.uid);
    if (held !== undefined) {
      if (isOlder(record, held)) return [];
      // A repeated event changes nothing.
      if (held.resourceVersion !== "" && held.resourceVersion === record.resourceVersion) return [];
    } else if (this.#isBuried(record)) return [];
    const gone = this.#replaceNamesake(record);
    if (gone === "newer") return [];
    this.#deleted.delete(record.uid);
    this.store.upsert([[record.uid, this.#merge(held, record)]]);
    this.#names.set(nameOf(record), record.uid);
    this.#cut();
    return gone;
  }

  /** DELETED. `record`: the last state the event holds; null: it could not be read. A deletion that was already reported as watched is none. */
  delete(uid: string, record: T | null): Gone<T>[] {
    const held = this.store.get(uid);
    const before = this.#deleted.get(uid);
    if (before?.how === "watched" && held === undefined) return [];
    const last = record === null ? held : held !== undefined && isOlder(record, held) ? held : this.#merge(held, record);
    this.store.remove([uid]);
    if (last === undefined) return [];
    if (this.#names.get(nameOf(last)) === uid) this.#names.delete(nameOf(last));
    this.#remember(last, "watched");
    return [{ record: last, how: "watched" }];
  }

  #merge(held: T | undefined, record: T): T {
    return this.#options.merge?.(held, record) ?? record;
  }

  /** Events of an object that is gone; one that only a list missed comes back with a newer version. */
  #isBuried(record: T): boolean {
    const buried = this.#deleted.get(record.uid);
    if (buried === undefined) return false;
    const order = compareVersions(record.resourceVersion, buried.version);
    return buried.how === "watched" || (order !== null && order <= 0);
  }

  /** Another uid under the same name: the older of the two is gone. */
  #replaceNamesake(record: T): Gone<T>[] | "newer" {
    const uid = this.#names.get(nameOf(record));
    const held = uid === undefined || uid === record.uid ? undefined : this.store.get(uid);
    if (held === undefined) return [];
    if (isOlder(record, held)) return "newer";
    this.store.remove([held.uid]);
    this.#remember(held, "missed");
    return [{ record: held, how: "missed" }];
  }

  #remember(record: T, how: Gone<T>["how"]): void {
    this.#deleted.delete(record.uid);
    this.#deleted.set(record.uid, { how, version: record.resourceVersion });
    for (const uid of this.#deleted.keys()) {
      if (this.#deleted.size <= MAX_REMEMBERED) break;
      this.#deleted.delete(uid);
    }
  }

  #cut(): void {
    const { bound } = this.#options;
    if (bound === undefined || this.store.size <= bound.limit * SLACK) return;
    const oldest = oldestOf([...this.store.snapshot().values()], this.store.size - bound.limit, bound.age);
    for (const record of oldest) this.#names.delete(nameOf(record));
    this.store.remove(oldest.map((record) => record.uid));
  }
}

/** The `count` records with the smallest age. */
function oldestOf<T>(records: readonly T[], count: number, age: (record: T) => string): T[] {
  const order = (a: T, b: T) => (age(a) < age(b) ? -1 : age(a) > age(b) ? 1 : 0);
  return records.toSorted(order).slice(0, Math.max(0, count));
}

function isOlder(a: Identified, b: Identified): boolean {
  const order = compareVersions(a.resourceVersion, b.resourceVersion);
  return order !== null && order < 0;
}

function nameOf(record: Identified): string {
  return `${record.namespace ?? ""}/${record.name}`;
}
