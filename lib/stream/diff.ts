import type { CollectionName, Entities, Entity, Removals } from "./frame.ts";

/** The collections of one topic by key, as the server and the client hold them. */
export type Collections = { readonly [name in CollectionName]?: ReadonlyMap<string, Entity> };

/** What changed between two versions of one topic; collections without a change are absent. */
export interface Change {
  upsert: Entities;
  remove: Removals;
}

/** Entities that are new or whose reference changed, and keys that went; null when nothing did. Costs one pass over both maps. */
export function diffEntities<T extends Entity>(
  previous: ReadonlyMap<string, T>,
  next: ReadonlyMap<string, T>,
): { upsert: T[]; remove: string[] } | null {
  if (previous === next) return null;
  const upsert: T[] = [];
  let kept = 0;
  for (const [key, entity] of next) {
    const before = previous.get(key);
    if (before !== undefined) kept += 1;
    if (before !== entity) upsert.push(entity);
  }
  const remove: string[] = [];
  if (kept < previous.size) for (const key of previous.keys()) if (!next.has(key)) remove.push(key);
  return upsert.length === 0 && remove.length === 0 ? null : { upsert, remove };
}

/** `diffEntities` for all collections of a topic; null when nothing changed. */
export function diffCollections(previous: Collections, next: Collections): Change | null {
  const upsert: { [name in CollectionName]?: readonly Entity[] } = {};
  const remove: { [name in CollectionName]?: readonly string[] } = {};
  let changed = false;
  const names = new Set([...Object.keys(previous), ...Object.keys(next)] as CollectionName[]);
  for (const name of names) {
    const change = diffEntities(previous[name] ?? NONE, next[name] ?? NONE);
    if (change === null) continue;
    changed = true;
    if (change.upsert.length > 0) upsert[name] = change.upsert;
    if (change.remove.length > 0) remove[name] = change.remove;
  }
  return changed ? { upsert, remove } : null;
}

const NONE: ReadonlyMap<string, Entity> = new Map();
