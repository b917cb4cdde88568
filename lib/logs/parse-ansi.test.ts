import { describe, expect, it } from "vitest";
import { parseAnsi, PLAIN, stripAnsi, writeSgr } from "./parse-ansi.ts";

const E = "\u001b";

describe("parseAnsi", () => {
  it("reads colours and looks, and where they end", () => {
    expect(parseAnsi(`a${E}[32;1m$ make${E}[0;m b`).spans).toEqual([
      { text: "a" },
      { text: "$ make", color: 2, look: "b" },
      { text: " b" },
    ]);
    expect(parseAnsi(`${E}[91mred`).end).toEqual({ color: 9, ground: null, look: "" });
  });

  it("tells 256 colours and true colours as the nearest of the palette", () => {
    expect(parseAnsi(`${E}[38;5;196mx${E}[38;2;0;250;10my${E}[38;5;9mz`).spans.map(({ color }) => color)).toEqual([9, 10, 9]);
  });

  it("shows text on a coloured ground in the ground's colour", () => {
    expect(parseAnsi(`${E}[30;42m PASS ${E}[0m`).spans).toEqual([{ text: " PASS ", color: 2, look: "g" }]);
  });

  it("writes a style that reads as itself", () => {
    const style = { color: 12, ground: 3, look: "biu" };
    expect(parseAnsi(`${writeSgr(style)}x`).end).toEqual(style);
    expect(writeSgr(PLAIN)).toBe("");
  });

  it.each([
    [`${E}]0;a title\u0007text`, "text"],
    [`${E}]8;;javascript:alert(1)${E}\\link${E}]8;;${E}\\`, "link"],
    [`${E}[2J${E}[1;1Htext`, "text"],
    [`${E}Pq#0;2;0;0;0${E}\\text`, "text"],
    ["\u009b31mtext", "text"],
    [`a\u0000\u0008\u007f\u202eb`, "ab"],
    [`${E}[${"1;".repeat(5_000)}31mtext`, "text"],
    [`${E}]never ends`, ""],
    [`${E}`, ""],
  ])("keeps nothing of %j but its text", (raw, text) => {
    expect(stripAnsi(raw)).toBe(text);
    expect(
      parseAnsi(raw)
        .spans.map((span) => span.text)
        .join(""),
    ).toBe(text);
  });
});
