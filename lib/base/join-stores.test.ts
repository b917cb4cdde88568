import { describe, expect, it } from "vitest";
import { JoinedStores } from "./join-stores.ts";
import { Store } from "./store.ts";

function storeOf(...keys: string[]): Store<string> {
  const store = new Store<string>();
  for (const key of keys) store.upsert([[key, key]]);
  return store;
}

describe("joined stores", () => {
  it("hands out the one store's own map, and joins several once per change", () => {
    const joined = new JoinedStores<string>();
    expect(joined.snapshot().size).toBe(0);
    const [a, b] = [storeOf("a"), storeOf("b")];
    joined.join([a]);
    expect(joined.snapshot()).toBe(a.snapshot());
    joined.join([a, b]);
    const map = joined.snapshot();
    expect([...map.keys()]).toEqual(["a", "b"]);
    expect(joined.snapshot()).toBe(map);
    b.remove(["b"]);
    expect([...joined.snapshot().keys()]).toEqual(["a"]);
    expect([...map.keys()]).toEqual(["a", "b"]);
  });

  it("has a revision that grows with each change, also when stores are exchanged", () => {
    const joined = new JoinedStores<string>();
    const revisions = [joined.revision];
    joined.join([storeOf("a", "b", "c")]);
    revisions.push(joined.revision);
    const small = storeOf("d");
    joined.join([small]);
    revisions.push(joined.revision);
    small.upsert([["e", "e"]]);
    revisions.push(joined.revision);
    joined.join([]);
    revisions.push(joined.revision);
    expect(revisions).toEqual(revisions.toSorted((x, y) => x - y));
    expect(new Set(revisions).size).toBe(revisions.length);
  });
});
