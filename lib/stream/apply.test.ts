import { describe, expect, it } from "vitest";
import { buildJobRow, buildJobRows } from "../testing/build-job-row.ts";
import { applyFrame, openState, snapshotOf, type LiveState } from "./apply.ts";
import { diffCollections, diffEntities, type Collections } from "./diff.ts";
import { checkFrame, readFrame } from "./envelope.ts";
import { frameSchema, type Entity, type Frame, type PatchFrame, type SnapshotFrame } from "./frame.ts";

const AT = "2026-03-01T12:00:00Z";

/** Deterministic pseudo-random numbers (mulberry32). */
function randomFrom(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function wire<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function snapshot(revision: number, collections: Collections, epoch = "e1"): SnapshotFrame {
  const entities = Object.fromEntries(Object.entries(collections).map(([name, map]) => [name, [...(map?.values() ?? [])]]));
  return { type: "snapshot", epoch, at: AT, topic: "fleet", revision, entities, sources: [] };
}

function patch(from: number, revision: number, before: Collections, after: Collections, epoch = "e1"): PatchFrame {
  const change = diffCollections(before, after);
  return {
    type: "patch",
    epoch,
    at: AT,
    from,
    revision,
    upsert: (change?.upsert ?? {}) as PatchFrame["upsert"],
    change: (change?.change ?? {}) as NonNullable<PatchFrame["change"]>,
    remove: (change?.remove ?? {}) as PatchFrame["remove"],
  };
}

function mutate(map: ReadonlyMap<string, Entity>, random: () => number, step: number): Map<string, Entity> {
  const next = new Map(map);
  for (const key of map.keys()) {
    const dice = random();
    if (dice < 0.1) next.delete(key);
    else if (dice < 0.3) next.set(key, { key, step, value: random() } as Entity);
  }
  for (let i = 0; i < 3; i++) {
    const key = `n${Math.floor(random() * 40)}`;
    next.set(key, { key, step } as Entity);
  }
  return next;
}

const plain = (state: LiveState) =>
  Object.fromEntries(Object.entries(state.collections).map(([name, map]) => [name, Object.fromEntries(map ?? [])]));

describe("diff and apply", () => {
  it("give what a direct snapshot gives, for random fleets", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = randomFrom(seed);
      let server: Collections = { jobs: mutate(new Map(), random, 0), nodes: new Map() };
      let viewer = openState(wire(snapshot(1, server)));
      let revision = 1;
      for (let step = 1; step <= 20; step++) {
        const next: Collections = {
          jobs: mutate(server.jobs ?? new Map(), random, step),
          nodes: random() < 0.5 ? (server.nodes ?? new Map()) : mutate(server.nodes ?? new Map(), random, step),
        };
        if (diffCollections(server, next) !== null) {
          const applied = applyFrame(viewer, wire(patch(revision, revision + 1, server, next)));
          if (applied.outcome !== "applied") throw new Error(`seed ${seed}, step ${step}: ${applied.outcome}`);
          viewer = applied.state;
          revision += 1;
        }
        server = next;
        expect(plain(viewer)).toEqual(plain(openState(wire(snapshot(revision, server)))));
      }
    }
  });

  it("keep the identity of everything that did not change", () => {
    const rows = buildJobRows(50);
    const state = openState(wire(snapshot(1, { jobs: rows, nodes: new Map([["a", { key: "a" }]]) })));
    const changed = new Map(rows);
    const [first] = rows.values();
    changed.set(first!.key, buildJobRow({ ...first!, node: "elsewhere" }));
    const { state: next } = applyFrame(state, wire(patch(1, 2, { jobs: rows }, { jobs: changed })));
    expect(next.collections.nodes).toBe(state.collections.nodes);
    expect(next.collections.jobs).not.toBe(state.collections.jobs);
    for (const [key, row] of next.collections.jobs ?? []) expect(row === state.collections.jobs?.get(key)).toBe(key !== first!.key);
    const again = applyFrame(state, wire(snapshot(2, { jobs: changed, nodes: new Map([["a", { key: "a" }]]) }))).state;
    expect(again.collections.nodes).toBe(state.collections.nodes);
    for (const [key, row] of again.collections.jobs ?? []) expect(row === state.collections.jobs?.get(key)).toBe(key !== first!.key);
  });

  it("see a gap, another epoch and what was missed; repeat nothing", () => {
    const state = openState(snapshot(5, { jobs: new Map([["a", { key: "a" }]]) }));
    const outcome = (frame: Frame) => applyFrame(state, frame).outcome;
    expect(outcome({ ...patch(6, 7, {}, {}) })).toBe("gap");
    expect(outcome({ ...patch(5, 6, {}, {}, "e2") })).toBe("gap");
    expect(outcome({ ...patch(4, 5, {}, {}) })).toBe("ignored");
    // What differs in something that is not held.
    expect(outcome({ ...patch(5, 6, {}, {}), change: { jobs: [["b", { s: { node: "n" } }]] } })).toBe("gap");
    expect(outcome({ ...patch(5, 6, {}, {}), change: { jobs: [["a", { d: { node: { s: { x: 1 } } } }]] } })).toBe("gap");
    expect(outcome({ type: "ping", epoch: "e1", at: AT, revision: 5 })).toBe("ignored");
    expect(outcome({ type: "ping", epoch: "e1", at: AT, revision: 6 })).toBe("gap");
    expect(outcome({ type: "ping", epoch: "e2", at: AT, revision: 5 })).toBe("gap");
    expect(outcome({ type: "source", epoch: "e2", at: AT, sources: [] })).toBe("gap");
    expect(outcome(snapshot(1, {}, "e2"))).toBe("applied");
    expect(applyFrame(state, snapshot(5, { jobs: new Map([["a", { key: "a" }]]) })).state).toBe(state);
    expect(applyFrame(state, patch(4, 5, {}, {})).state).toBe(state);
  });

  it("a snapshot can be made of a state again", () => {
    const frame = wire(snapshot(3, { jobs: buildJobRows(3) }));
    expect(snapshotOf(openState(frame))).toEqual(frame);
  });

  it("do not look at maps that are the same", () => {
    const map = new Map([["a", { key: "a" }]]);
    expect(diffEntities(map, map)).toBeNull();
    expect(diffEntities(map, new Map(map))).toBeNull();
    expect(diffEntities(map, new Map())).toEqual({ upsert: [], change: [], remove: ["a"] });
    expect(diffEntities(map, new Map([["a", { key: "a" }]]))).toBeNull();
  });
});

describe("envelope", () => {
  it("takes every frame that the full schema takes, and refuses what is none", () => {
    const frames: Frame[] = [
      snapshot(1, { jobs: buildJobRows(2) }),
      patch(1, 2, {}, { jobs: buildJobRows(2) }),
      { type: "ping", epoch: "e1", at: AT, revision: 2 },
      { type: "source", epoch: "e1", at: AT, sources: [] },
    ];
    for (const frame of frames) {
      expect(frameSchema.safeParse(frame).success).toBe(true);
      expect(readFrame(JSON.stringify(frame))).toEqual(frame);
    }
    for (const bad of [
      "",
      "{}",
      "null",
      '{"type":"patch","epoch":"e","at":"x","from":1,"revision":"2","upsert":{},"remove":{}}',
      '{"type":"snapshot"}',
    ])
      expect(readFrame(bad)).toBeNull();
    expect(checkFrame({ type: "patch", epoch: "e", at: AT, from: 1, revision: 2, upsert: { jobs: {} }, remove: {} })).toBeNull();
  });
});
