import { describe, expect, it } from "vitest";
import { FakeClock } from "./fake-clock.ts";

describe("the fake clock", () => {
  it("runs timers in order, also those made on the way, and none that was cancelled", () => {
    const clock = new FakeClock();
    const ran: string[] = [];
    const note = (name: string) => () => void ran.push(`${name}@${clock.monotonic()}`);
    clock.after(20, note("b"));
    clock.after(10, () => {
      note("a")();
      clock.after(5, note("c"));
    });
    clock.after(20, note("d"));
    const cancel = clock.after(12, note("never"));
    cancel();
    clock.advance(19);
    expect(ran).toEqual(["a@10", "c@15"]);
    clock.advance(1);
    expect(ran).toEqual(["a@10", "c@15", "b@20", "d@20"]);
    expect(clock.pending).toBe(0);
  });

  it("lets the wall clock jump without time passing", () => {
    const clock = new FakeClock("2026-03-01T12:00:00.000Z");
    clock.after(10, () => {
      throw new Error("no time passed");
    });
    clock.jump(-3_600_000);
    expect(new Date(clock.now()).toISOString()).toBe("2026-03-01T11:00:00.000Z");
    expect(clock.monotonic()).toBe(0);
    expect(clock.nextIn).toBe(10);
  });
});
