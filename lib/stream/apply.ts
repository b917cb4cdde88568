import type { SourceReport } from "../base/source-state.ts";
import { applyDelta } from "./delta.ts";
import type { Collections } from "./diff.ts";
import type { CollectionName, Entity, Frame, PatchFrame, SnapshotFrame } from "./frame.ts";

/** What a viewer holds of one topic. Immutable: every change makes a new object, and only the collections that changed are new. */
export interface LiveState {
  readonly topic: string;
  readonly epoch: string;
  readonly revision: number;
  /** Server time of the newest frame with content. */
  readonly at: string;
  readonly collections: Collections;
  readonly sources: readonly SourceReport[];
}

export interface Applied {
  state: LiveState;
  /** `gap`: the frame does not fit what is held; a fresh snapshot is needed. `ignored`: nothing new in it. */
  outcome: "applied" | "ignored" | "gap";
}

/** The state that a snapshot describes. */
export function openState(frame: SnapshotFrame): LiveState {
  const { topic, epoch, revision, at, sources } = frame;
  const collections: { [name in CollectionName]?: ReadonlyMap<string, Entity> } = {};
  for (const [name, list] of Object.entries(frame.entities)) collections[name as CollectionName] = byKey(list ?? []);
  return { topic, epoch, revision, at, collections, sources };
}

/** The snapshot that describes this state: what one tab hands to another. */
export function snapshotOf(state: LiveState): SnapshotFrame {
  const { topic, epoch, revision, at, sources } = state;
  const entities = Object.fromEntries(Object.entries(state.collections).map(([name, map]) => [name, [...(map?.values() ?? [])]]));
  return { type: "snapshot", topic, epoch, revision, at, entities, sources: [...sources] };
}

/**
 * The state after `frame`. Pure; entities, collections and the state itself keep their identity where nothing changed,
 * so that a view re-renders only for what it shows.
 */
export function applyFrame(state: LiveState, frame: Frame): Applied {
  switch (frame.type) {
    case "snapshot":
      return applySnapshot(state, frame);
    case "patch":
      return applyPatch(state, frame);
    case "source": {
      if (frame.epoch !== state.epoch) return { state, outcome: "gap" };
      if (same(state.sources, frame.sources)) return { state, outcome: "ignored" };
      return { state: { ...state, at: frame.at, sources: keepSources(state.sources, frame.sources) }, outcome: "applied" };
    }
    case "ping":
      return { state, outcome: frame.epoch !== state.epoch || frame.revision > state.revision ? "gap" : "ignored" };
  }
}

function applySnapshot(state: LiveState, frame: SnapshotFrame): Applied {
  if (frame.topic !== state.topic) return { state, outcome: "ignored" };
  if (frame.epoch === state.epoch && frame.revision < state.revision) return { state, outcome: "ignored" };
  const fresh = openState(frame);
  const collections: { [name in CollectionName]?: ReadonlyMap<string, Entity> } = {};
  let changed = false;
  for (const name of Object.keys({ ...state.collections, ...fresh.collections }) as CollectionName[]) {
    const before = state.collections[name] ?? EMPTY;
    const kept = keepIdentity(before, fresh.collections[name] ?? EMPTY);
    changed ||= kept !== before;
    collections[name] = kept;
  }
  const sources = keepSources(state.sources, fresh.sources);
  const head = frame.epoch === state.epoch && frame.revision === state.revision && sources === state.sources;
  if (head && !changed) return { state, outcome: "ignored" };
  return { state: { ...fresh, collections: changed ? collections : state.collections, sources }, outcome: "applied" };
}

function applyPatch(state: LiveState, frame: PatchFrame): Applied {
  if (frame.epoch !== state.epoch) return { state, outcome: "gap" };
  if (frame.revision <= state.revision) return { state, outcome: "ignored" };
  if (frame.from !== state.revision) return { state, outcome: "gap" };
  const collections: { [name in CollectionName]?: ReadonlyMap<string, Entity> } = { ...state.collections };
  for (const name of Object.keys({ ...frame.upsert, ...frame.change, ...frame.remove }) as CollectionName[]) {
    const map = patchMap(collections[name] ?? EMPTY, frame, name);
    if (map === null) return { state, outcome: "gap" };
    collections[name] = map;
  }
  return { state: { ...state, revision: frame.revision, at: frame.at, collections }, outcome: "applied" };
}

/** null: the frame is about entities that are not held, or not as it says. */
function patchMap(before: ReadonlyMap<string, Entity>, frame: PatchFrame, name: CollectionName): ReadonlyMap<string, Entity> | null {
  const map = new Map(before);
  for (const key of frame.remove[name] ?? []) map.delete(key);
  for (const entity of frame.upsert[name] ?? []) map.set(entity.key, entity);
  try {
    for (const [key, delta] of frame.change?.[name] ?? []) {
      const entity = map.get(key);
      if (entity === undefined) return null;
      map.set(key, applyDelta(entity, delta) as Entity);
    }
  } catch {
    return null;
  }
  return map;
}

const EMPTY: ReadonlyMap<string, Entity> = new Map();

function byKey(list: readonly Entity[]): Map<string, Entity> {
  return new Map(list.map((entity) => [entity.key, entity]));
}

/** `next` with the entities of `previous` wherever they say the same; `previous` itself if all do. */
function keepIdentity(previous: ReadonlyMap<string, Entity>, next: ReadonlyMap<string, Entity>): ReadonlyMap<string, Entity> {
  let changed = previous.size !== next.size;
  const merged = new Map<string, Entity>();
  for (const [key, entity] of next) {
    const before = previous.get(key);
    const kept = before !== undefined && same(before, entity) ? before : entity;
    changed ||= kept !== before;
    merged.set(key, kept);
  }
  return changed ? merged : previous;
}

function keepSources(previous: readonly SourceReport[], next: readonly SourceReport[]): readonly SourceReport[] {
  if (same(previous, next)) return previous;
  const before = new Map(previous.map((report) => [report.key, report]));
  return next.map((report) => {
    const kept = before.get(report.key);
    return kept !== undefined && same(kept, report) ? kept : report;
  });
}

/** Deep equality of JSON values. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => key in right && same(left[key], right[key]));
}
