import { expect, test } from "vitest";
import { Timeline } from "./timeline.ts";

test("things happen in the order of their times, and in the order given at the same time", () => {
  const timeline = new Timeline(1000, 1);
  const seen: string[] = [];
  timeline.after(30, () => seen.push(`c ${timeline.now}`));
  timeline.after(10, () => seen.push(`a ${timeline.now}`));
  timeline.after(10, () => {
    seen.push(`b ${timeline.now}`);
    timeline.after(5, () => seen.push(`inner ${timeline.now}`));
  });
  timeline.advanceTo(1020);
  expect(seen).toEqual(["a 1010", "b 1010", "inner 1015"]);
  expect(timeline.now).toBe(1020);
  timeline.advanceTo(1100);
  expect(seen.at(-1)).toBe("c 1030");
});

test("many entries come out sorted", () => {
  const timeline = new Timeline(0, 1);
  const seen: number[] = [];
  const times = Array.from({ length: 500 }, (_, index) => (index * 7919) % 1009);
  for (const time of times) timeline.at(time, () => seen.push(time));
  timeline.advanceTo(2000);
  expect(seen).toEqual(times.toSorted((a, b) => a - b));
});

test("a cancelled one does not happen; time does not go back; speed shortens", () => {
  const timeline = new Timeline(0, 4);
  const seen: string[] = [];
  timeline.after(100, () => seen.push("never"))();
  timeline.after(100, () => seen.push(`at ${timeline.now}`));
  const stop = timeline.every(40, () => seen.push("tick"));
  timeline.advanceTo(25);
  stop();
  timeline.advanceTo(10);
  timeline.advanceTo(500);
  expect(seen).toEqual(["tick", "tick", "at 25"]);
});
