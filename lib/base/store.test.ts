import { describe, expect, it } from "vitest";
import { Store } from "./store.ts";
import type { PersistentMap } from "./persistent-map.ts";

describe("the store", () => {
  it("never changes a map that was handed out", () => {
    const store = new Store<number>();
    store.upsert([["a", 1]]);
    const before = store.snapshot();
    store.upsert([
      ["a", 2],
      ["b", 3],
    ]);
    store.remove(["a"]);
    expect([...before]).toEqual([["a", 1]]);
    expect([...store.snapshot()]).toEqual([["b", 3]]);
    store.replace([["c", 4]]);
    expect([...store.snapshot()]).toEqual([["c", 4]]);
  });

  it("gives the same map and the same revision until something changes", () => {
    const store = new Store<{ n: number } | undefined>();
    const value = { n: 1 };
    store.upsert([["a", value]]);
    const [map, revision] = [store.snapshot(), store.revision];
    store.upsert([["a", value]]);
    store.upsert([]);
    store.remove(["nothing"]);
    store.replace([["a", value]]);
    expect(store.snapshot()).toBe(map);
    expect(store.revision).toBe(revision);
    store.upsert([["b", undefined]]);
    expect(store.revision).toBe(revision + 1);
    expect(store.snapshot().has("b")).toBe(true);
  });

  it("counts a batch once", () => {
    const store = new Store<number>();
    store.upsert([
      ["a", 1],
      ["b", 2],
    ]);
    expect(store.revision).toBe(1);
    store.remove(["a", "b"]);
    expect(store.revision).toBe(2);
    expect(store.size).toBe(0);
  });

  it("copies only what was written between two snapshots", () => {
    const store = new Store<number>();
    store.upsert(Array.from({ length: 10_000 }, (_, i): [string, number] => [`k${i}`, i]));
    const before = store.snapshot() as PersistentMap<number>;
    for (let round = 0; round < 10; round++) for (let i = 0; i < 50; i++) store.upsert([[`k${i}`, -1 - round]]);
    const after = store.snapshot() as PersistentMap<number>;
    expect(after.buckets.filter((bucket, index) => bucket !== before.buckets[index]).length).toBeLessThanOrEqual(50);
    expect([store.get("k49"), after.get("k49"), before.get("k49")]).toEqual([-10, -10, 49]);
    expect(store.revision).toBe(501);
  });

  it("reads what was written before anybody looked", () => {
    const store = new Store<number>();
    store.upsert([["a", 1]]);
    store.snapshot();
    store.remove(["a"]);
    expect([store.get("a"), store.size]).toEqual([undefined, 0]);
    store.upsert([["a", 2]]);
    expect([store.get("a"), store.size]).toEqual([2, 1]);
    expect([...store.snapshot()]).toEqual([["a", 2]]);
  });
});
