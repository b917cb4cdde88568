import { describe, expect, it } from "vitest";
import { buildJobRow } from "../testing/build-job-row.ts";
import { seeded } from "../testing/seeded-random.ts";
import { applyDelta, deltaOf, type Delta } from "./delta.ts";

/** A random JSON value; objects and arrays of a few shapes, so that two of them are often alike in part. */
function draw(random: () => number, depth = 3): unknown {
  const kind = Math.floor(random() * (depth === 0 ? 4 : 7));
  const count = Math.floor(random() * 4);
  if (kind === 0) return null;
  if (kind === 1) return Math.floor(random() * 3);
  if (kind === 2) return ["a", "b", ""][count % 3];
  if (kind === 3) return random() < 0.5;
  if (kind === 4) return Array.from({ length: count }, () => draw(random, depth - 1));
  return Object.fromEntries(["x", "y", "z"].slice(0, 1 + (count % 3)).map((key) => [key, draw(random, depth - 1)]));
}

describe("a delta", () => {
  it("makes of the one value the other, whatever they are, also after a trip over the wire", () => {
    const random = seeded(7);
    let parts = 0;
    for (let round = 0; round < 5_000; round++) {
      const [before, after] = [{ v: draw(random) }, { v: draw(random) }];
      const delta = deltaOf(before, after);
      parts += delta?.d === undefined ? 0 : 1;
      const kept = JSON.stringify(before);
      const made = delta == null ? before : applyDelta(before, JSON.parse(JSON.stringify(delta)) as Delta);
      expect(made).toEqual(after);
      expect(JSON.stringify(before)).toBe(kept);
    }
    expect(parts).toBeGreaterThan(100);
  });

  it("of a sample is a small part of the row, and leaves the rest of it the same object", () => {
    const row = buildJobRow();
    const next = { ...row, phase: "cleanup" as const, bar: [...row.bar, { phase: "cleanup" as const, start: row.createdAt }] };
    const delta = deltaOf(row, next);
    expect(JSON.stringify(delta).length).toBeLessThan(JSON.stringify(row).length / 10);
    const applied = applyDelta(row, delta!) as typeof row;
    expect(applied).toEqual(next);
    expect(applied.gitlab).toBe(row.gitlab);
  });

  it("for another value is refused", () => {
    expect(() => applyDelta({ list: 1 }, { d: { list: { a: [0, 0, 1] } } })).toThrow(TypeError);
    expect(() => applyDelta({ list: 1 }, { d: { list: { s: { x: 1 } } } })).toThrow(TypeError);
  });
});
