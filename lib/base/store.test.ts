import { describe, expect, it } from "vitest";
import { Store } from "./store.ts";
import { processorMs } from "../testing/processor-time.ts";

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

  it("copies once per snapshot, however many events come between two", async () => {
    const store = new Store<number>();
    store.upsert(Array.from({ length: 10_000 }, (_, i): [string, number] => [`k${i}`, i]));
    // 500 events between two snapshots: 20 ticks copy 20 times, not 10,000 times (which takes seconds).
    const took = await processorMs(() => {
      for (let tick = 0; tick < 20; tick++) {
        store.snapshot();
        for (let i = 0; i < 500; i++) store.upsert([[`k${i}`, -1 - tick]]);
      }
    });
    expect(took).toBeLessThan(3_000);
    expect(store.get("k499")).toBe(-20);
    expect(store.revision).toBe(10_001);
  });
});
