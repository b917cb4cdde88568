import { changedKeys } from "../base/persistent-map.ts";
import { deltaOf, type Delta } from "./delta.ts";
import type { Changes, CollectionName, Entities, Entity, Removals } from "./frame.ts";

/** The collections of one topic by key, as the server and the client hold them. */
export type Collections = { readonly [name in CollectionName]?: ReadonlyMap<string, Entity> };

/** What changed between two versions of one topic; collections without a change are absent. */
export interface Change {
  upsert: Entities;
  change: Changes;
  remove: Removals;
}

interface EntityChange<T extends Entity> {
  /** New, or so different that they go whole. */
  upsert: T[];
  change: [key: string, delta: Delta][];
  remove: string[];
}

/** Entities that are new, that differ in part, and keys that went; null when nothing did. Costs what differs where the maps share the rest. */
export function diffEntities<T extends Entity>(previous: ReadonlyMap<string, T>, next: ReadonlyMap<string, T>): EntityChange<T> | null {
  const found: EntityChange<T> = { upsert: [], change: [], remove: [] };
  for (const key of changedKeys(previous, next)) {
    const [before, after] = [previous.get(key), next.get(key)];
    if (after === undefined) found.remove.push(key);
    else if (before === undefined) found.upsert.push(after);
    else {
      const delta = deltaOf(before, after);
      if (delta === undefined) found.upsert.push(after);
      else if (delta !== null) found.change.push([key, delta]);
    }
  }
  return found.upsert.length + found.change.length + found.remove.length === 0 ? null : found;
}

/** `diffEntities` for all collections of a topic; null when nothing changed. */
export function diffCollections(previous: Collections, next: Collections): Change | null {
  const all: { upsert: Record<string, unknown>; change: Record<string, unknown>; remove: Record<string, unknown> } = {
    upsert: {},
    change: {},
    remove: {},
  };
  let changed = false;
  const names = new Set([...Object.keys(previous), ...Object.keys(next)] as CollectionName[]);
  for (const name of names) {
    const found = diffEntities(previous[name] ?? NONE, next[name] ?? NONE);
    if (found === null) continue;
    changed = true;
    for (const part of ["upsert", "change", "remove"] as const) if (found[part].length > 0) all[part][name] = found[part];
  }
  return changed ? (all as Change) : null;
}

const NONE: ReadonlyMap<string, Entity> = new Map();
