// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { isTyping, readPress, type Press } from "./shortcuts.ts";

const press = (key: string, change: Partial<Press> = {}): Press => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  typing: false,
  ...change,
});
const act = (key: string, change?: Partial<Press>) => readPress(press(key, change), null, 0).action;

describe("readPress", () => {
  it("knows its keys", () => {
    expect([act("/"), act("?"), act("p")]).toEqual(["search", "help", "pause"]);
    expect(["j", "k", " ", "Enter", ".", "c", "constructor", "x"].map((key) => act(key))).toEqual(Array(8).fill(null));
  });

  it("does nothing while somebody types, but Ctrl or ⌘ K opens the palette there too", () => {
    expect([act("/", { typing: true }), act("p", { typing: true })]).toEqual([null, null]);
    expect([act("k", { ctrlKey: true, typing: true }), act("K", { metaKey: true })]).toEqual(["palette", "palette"]);
  });

  it("leaves the browser's own combinations alone", () => {
    expect([act("p", { ctrlKey: true }), act("/", { altKey: true }), act("k", { ctrlKey: true, altKey: true }), act("k")]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it("goes to a page with g and a letter, in time", () => {
    const { action, chordAt } = readPress(press("g"), null, 1_000);
    expect([action, chordAt]).toEqual([null, 1_000]);
    expect(readPress(press("j"), chordAt, 2_000)).toEqual({ action: { go: "/jobs" }, chordAt: null });
    expect(readPress(press("n"), chordAt, 2_000).action).toEqual({ go: "/" });
    expect(readPress(press("j"), chordAt, 2_501).action).toBeNull();
    expect(readPress(press("x"), chordAt, 1_100)).toEqual({ action: null, chordAt: null });
    expect(readPress(press("p"), chordAt, 1_100).action).toBe("pause");
    expect(readPress(press("toString"), chordAt, 1_100).action).toBeNull();
  });
});

describe("isTyping", () => {
  it("is true in fields and in windows, false elsewhere", () => {
    document.body.innerHTML =
      '<input id="a"><input id="b" type="checkbox"><div role="dialog"><button id="c"></button></div><button id="d"></button>';
    expect(["a", "b", "c", "d"].map((id) => isTyping(document.getElementById(id)))).toEqual([true, false, true, false]);
    expect(isTyping(null)).toBe(false);
  });
});
