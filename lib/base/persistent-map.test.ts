import { describe, expect, it } from "vitest";
import { changedKeys, patchGroups, PersistentMap, sumUp } from "./persistent-map.ts";
import { seeded } from "../testing/seeded-random.ts";

const many = (count: number) => Array.from({ length: count }, (_, n): [string, number] => [`cluster/uid-${n}`, n]);
const shared = (a: PersistentMap<number>, b: PersistentMap<number>) =>
  b.buckets.filter((bucket, index) => a.buckets[index] === bucket).length;

describe("a persistent map", () => {
  it("is what a Map is after the same random changes, and no version of it ever changes", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const random = seeded(seed);
      const plain = new Map<string, number>();
      let map = PersistentMap.from<number>();
      const versions: [PersistentMap<number>, Map<string, number>][] = [];
      for (let step = 0; step < 200; step++) {
        const key = () => `k${Math.floor(random() * 400)}`;
        const set = Array.from({ length: Math.floor(random() * 12) }, (): [string, number] => [key(), Math.floor(random() * 5)]);
        const remove = Array.from({ length: Math.floor(random() * (step > 120 ? 16 : 6)) }, key);
        const before = map;
        const old = new Map(plain);
        map = map.patch(set, remove);
        for (const [one, value] of set) plain.set(one, value);
        for (const one of remove) plain.delete(one);
        const changed = [...new Set([...old.keys(), ...plain.keys()])].filter(
          (one) => old.has(one) !== plain.has(one) || old.get(one) !== plain.get(one),
        );
        expect(changedKeys(before, map).toSorted()).toEqual(changed.toSorted());
        expect(changedKeys(old, map).toSorted()).toEqual(changed.toSorted());
        versions.push([map, new Map(plain)]);
      }
      for (const [version, entries] of versions) {
        expect(new Map(version)).toEqual(entries);
        expect(version.size).toBe(entries.size);
      }
      for (const [key, value] of plain) expect([map.has(key), map.get(key)]).toEqual([true, value]);
    }
  });

  it("is the same object where nothing changes", () => {
    const map = PersistentMap.from(many(100));
    expect(map.patch([["cluster/uid-7", 7]], ["nothing"])).toBe(map);
    expect(changedKeys(map, map)).toEqual([]);
  });

  it("of 10,000 entries copies one bucket for one change, and a sum looks at that one alone", () => {
    const map = PersistentMap.from(many(10_000));
    const next = map.patch([["cluster/uid-5000", -1]]);
    expect(shared(map, next)).toBe(map.buckets.length - 1);
    expect(Math.max(...map.buckets.map(({ size }) => size))).toBeLessThan(100);
    const known = new WeakMap<object, number>();
    let looked = 0;
    const sum = (one: PersistentMap<number>) =>
      sumUp(one, known, (values) => [...values].reduce((total, value) => ((looked += 1), total + value), 0)).reduce((a, b) => a + b, 0);
    expect(sum(map)).toBe((9_999 * 10_000) / 2);
    expect(looked).toBe(10_000);
    expect(sum(next)).toBe((9_999 * 10_000) / 2 - 5_001);
    expect(looked).toBeLessThan(10_100);
  });

  it("keeps the order of a few entries", () => {
    const map = PersistentMap.from([
      ["b", 1],
      ["a", 2],
    ]);
    expect([...map.patch([["c", 3]]).keys()]).toEqual(["b", "a", "c"]);
  });
});

it("changes the groups that are asked for: each opened once, empty ones gone, the others the same objects", () => {
  const before = PersistentMap.from<readonly string[]>([
    ["a", ["1"]],
    ["b", ["2", "3"]],
  ]);
  let opened = 0;
  const kinds = { open: (kept: readonly string[] = []) => (opened++, new Set(kept)), close: (group: Set<string>) => [...group].sort() };
  const after = patchGroups(before, kinds, (groupOf) => {
    groupOf("a").delete("1");
    groupOf("c").add("5");
    groupOf("c").add("4");
  });
  expect([...after].toSorted(([a], [b]) => a.localeCompare(b))).toEqual([
    ["b", ["2", "3"]],
    ["c", ["4", "5"]],
  ]);
  expect([opened, after.get("b") === before.get("b")]).toEqual([2, true]);
  expect(patchGroups(before, kinds, () => {})).toBe(before);
});
