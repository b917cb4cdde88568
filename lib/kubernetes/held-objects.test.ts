import { describe, expect, it } from "vitest";
import { HeldObjects } from "./held-objects.ts";

interface Thing {
  uid: string;
  name: string;
  namespace: string;
  resourceVersion: string;
  note: string;
  at: string;
}

function thing(uid: string, version: number | string, more: Partial<Thing> = {}): Thing {
  return { uid, name: `n-${uid}`, namespace: "ci", resourceVersion: String(version), note: "", at: "", ...more };
}

const uids = (held: HeldObjects<Thing>) => [...held.store.snapshot().keys()];

describe("what a watch holds", () => {
  it("never lets an older version replace a newer one, and lets a repeated event change nothing", () => {
    const held = new HeldObjects<Thing>();
    held.put(thing("a", 100));
    held.put(thing("a", 101, { note: "newer" }));
    const revision = held.store.revision;
    held.put(thing("a", 99, { note: "late" }));
    held.put(thing("a", 101, { note: "again" }));
    expect(held.store.get("a")!.note).toBe("newer");
    expect(held.store.revision).toBe(revision);
    held.put(thing("a", "opaque", { note: "cannot be compared" }));
    expect(held.store.get("a")!.note).toBe("cannot be compared");
  });

  it("keeps the last state of a deleted object, reports it once, and does not bring it back", () => {
    const held = new HeldObjects<Thing>();
    held.put(thing("a", 10));
    expect(held.delete("a", thing("a", 12, { note: "last" }))).toMatchObject([{ how: "watched", record: { note: "last" } }]);
    expect(held.delete("a", thing("a", 12))).toEqual([]);
    held.put(thing("a", 11));
    held.put(thing("a", 13));
    expect(uids(held)).toEqual([]);
    held.put(thing("b", 20, { note: "held" }));
    expect(held.delete("b", thing("b", 15))).toMatchObject([{ record: { note: "held" } }]);
    held.put(thing("c", 30, { note: "held" }));
    expect(held.delete("c", null)).toMatchObject([{ how: "watched", record: { note: "held" } }]);
    expect(held.delete("never", null)).toEqual([]);
    expect(held.delete("short", thing("short", 40))).toMatchObject([{ how: "watched" }]);
  });

  it("finds by uid what a new list no longer has, and keeps the identity of what did not change", () => {
    const held = new HeldObjects<Thing>();
    held.replace([thing("a", 1), thing("b", 2), thing("c", 3)]);
    const same = held.store.get("a");
    const gone = held.replace([thing("a", 1, { note: "read again" }), thing("c2", 9, { name: "n-c" })]);
    expect(gone.map(({ record, how }) => [record.uid, how])).toEqual([
      ["b", "missed"],
      ["c", "missed"],
    ]);
    expect(held.store.get("a")).toBe(same);
    expect(uids(held)).toEqual(["a", "c2"]);
  });

  it("takes the list's word also where it is older: a server that was restored from a backup", () => {
    const held = new HeldObjects<Thing>();
    held.put(thing("a", 500));
    held.replace([thing("a", 40, { note: "restored" })]);
    expect(held.store.get("a")!.note).toBe("restored");
  });

  it("knows that a new uid under the same name means the old one is gone", () => {
    const held = new HeldObjects<Thing>();
    held.put(thing("old", 1, { name: "same" }));
    expect(held.put(thing("new", 5, { name: "same" }))).toMatchObject([{ how: "missed", record: { uid: "old" } }]);
    expect(uids(held)).toEqual(["new"]);
    held.put(thing("old", 1, { name: "same" }));
    held.put(thing("older", 3, { name: "same" }));
    expect(uids(held)).toEqual(["new"]);
    // Its own DELETED event came late: the end is known after all.
    expect(held.delete("old", thing("old", 4, { name: "same", note: "end" }))).toMatchObject([{ how: "watched", record: { note: "end" } }]);
    expect(uids(held)).toEqual(["new"]);
    expect(held.put(thing("new", 6, { name: "same" }))).toEqual([]);
  });

  it("takes back what a list had missed", () => {
    const held = new HeldObjects<Thing>();
    held.put(thing("a", 5));
    expect(held.replace([])).toHaveLength(1);
    held.put(thing("a", 5));
    expect(uids(held)).toEqual([]);
    held.put(thing("a", 6));
    expect(uids(held)).toEqual(["a"]);
  });

  it("is bounded, the oldest go first and without a word", () => {
    const at = (i: number) => `2026-03-01T12:00:${String(i % 60).padStart(2, "0")}Z`;
    const held = new HeldObjects<Thing>({ bound: { limit: 20, age: (one) => one.at } });
    const gone = Array.from({ length: 22 }, (_, i) => held.put(thing(`u${i}`, i + 1, { at: at(59 - i) }))).flat();
    expect(gone).toEqual([]);
    expect(held.store.size).toBe(20);
    expect(uids(held)).not.toContain("u21");
    expect(uids(held)).toContain("u0");
    held.replace(Array.from({ length: 50 }, (_, i) => thing(`v${i}`, i + 1, { at: at(i) })));
    expect(new Set(uids(held))).toEqual(new Set(Array.from({ length: 20 }, (_, i) => `v${i + 30}`)));
  });

  it("joins an object with what was known of it", () => {
    const held = new HeldObjects<Thing>({ merge: (before, next) => ({ ...next, note: `${before?.note ?? ""}${next.note}` }) });
    held.put(thing("a", 1, { note: "x" }));
    held.put(thing("a", 2, { note: "y" }));
    held.replace([thing("a", 3, { note: "z" })]);
    expect(held.delete("a", thing("a", 4, { note: "!" }))[0]!.record.note).toBe("xyz!");
  });
});
