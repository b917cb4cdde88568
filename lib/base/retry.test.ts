import { describe, expect, it } from "vitest";
import { Backoff } from "./retry.ts";

describe("back-off", () => {
  it("draws from a ceiling that doubles up to its bound, and starts anew after a success", () => {
    const backoff = new Backoff({ baseMs: 800, maxMs: 30_000, minMs: 50, random: () => 0.5 });
    expect(Array.from({ length: 8 }, () => backoff.next())).toEqual([400, 800, 1_600, 3_200, 6_400, 12_800, 15_000, 15_000]);
    expect(backoff.attempts).toBe(8);
    backoff.reset();
    expect(backoff.next()).toBe(400);
  });

  it("never gives up and never waits less than the floor", () => {
    const backoff = new Backoff({ baseMs: 800, maxMs: 30_000, minMs: 50, random: () => 0 });
    for (let i = 0; i < 5_000; i++) expect(backoff.next()).toBe(50);
  });

  it("spreads over the whole range", () => {
    const draws = [0, 0.25, 0.75, 0.999].map((draw) => new Backoff({ baseMs: 1_000, maxMs: 1_000, minMs: 0, random: () => draw }).next());
    expect(draws).toEqual([0, 250, 750, 999]);
  });
});
