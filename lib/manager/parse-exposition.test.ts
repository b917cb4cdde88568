import { describe, expect, it } from "vitest";
import { parseExposition, type Sample } from "./parse-exposition.ts";
import { processorMs } from "../testing/processor-time.ts";

/** The same format read the obvious way, one character at a time. null: not well formed. */
function slowLine(line: string): { name: string; labels: [string, string][]; value: number; timestampMs: number | null } | null {
  let at = 0;
  const isBlank = (character: string | undefined) => character === " " || character === "\t";
  const isName = (character: string | undefined, first: boolean, colon: boolean) =>
    character !== undefined &&
    ((character >= "a" && character <= "z") ||
      (character >= "A" && character <= "Z") ||
      character === "_" ||
      (colon && character === ":") ||
      (!first && character >= "0" && character <= "9"));
  const word = (colon: boolean) => {
    let text = "";
    while (isName(line[at], text === "", colon)) text += line[at++];
    return text;
  };
  const blanks = () => {
    const from = at;
    while (isBlank(line[at])) at++;
    return at > from;
  };
  blanks();
  const name = word(true);
  if (name === "") return null;
  const apart = blanks();
  const labels: [string, string][] = [];
  const braces = line[at] === "{";
  if (braces) {
    at++;
    for (;;) {
      blanks();
      if (line[at] === "}") break;
      const label = word(false);
      if (label === "") return null;
      blanks();
      if (line[at++] !== "=") return null;
      blanks();
      if (line[at++] !== '"') return null;
      let value = "";
      for (;;) {
        const character = line[at++];
        if (character === undefined) return null;
        if (character === '"') break;
        if (character !== "\\") value += character;
        else {
          const next = line[at++];
          if (next === undefined) return null;
          value += next === "n" ? "\n" : next === "\\" || next === '"' ? next : `\\${next}`;
        }
      }
      if (labels.some(([known]) => known === label)) return null;
      labels.push([label, value]);
      blanks();
      if (line[at] === ",") at++;
      else if (line[at] !== "}") return null;
    }
    at++;
  }
  const rest = line
    .slice(at)
    .split(/[ \t]+/)
    .filter((part) => part !== "");
  if (!braces && !apart) return null;
  const [figure, time, ...more] = rest;
  if (figure === undefined || more.length > 0) return null;
  const special: Record<string, number> = { nan: NaN, "+nan": NaN };
  for (const word of ["inf", "infinity"]) Object.assign(special, { [word]: Infinity, [`+${word}`]: Infinity, [`-${word}`]: -Infinity });
  let value = special[figure.toLowerCase()];
  if (value === undefined) {
    if (figure.split("").some((character) => !"0123456789+-.eE".includes(character))) return null;
    if (!/\d/.test(figure.split(/[eE]/)[0] ?? "")) return null;
    value = Number(figure);
    if (Number.isNaN(value)) return null;
  }
  if (time !== undefined && !(/^-?\d+$/.test(time) && time.length <= 18)) return null;
  return { name, labels, value, timestampMs: time === undefined ? null : Number(time) };
}

const plain = ({ name, labels, value, timestampMs }: Sample) => ({ name, labels: [...labels], value, timestampMs });

function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

describe("the exposition parser", () => {
  it("reads types, labels with escapes, times and special values", () => {
    const page = parseExposition(
      [
        "# HELP a_total Some, text",
        "# TYPE a_total counter",
        "a_total 1027 1395066363000",
        'a_total{path="C:\\\\DIR\\\\FILE.TXT",error="no \\"file\\"\\n", other="a\\b",} 4e-2',
        'b { le = "+Inf" } +Inf',
        "c NaN",
        "\td -0.5\r",
        "# EOF",
      ].join("\n"),
    );
    expect(page).toMatchObject({ unreadable: 0, dropped: 0 });
    expect([...page.types]).toEqual([["a_total", "counter"]]);
    expect(page.samples.map(plain)).toEqual([
      { name: "a_total", labels: [], value: 1027, timestampMs: 1395066363000 },
      {
        name: "a_total",
        labels: [
          ["path", "C:\\DIR\\FILE.TXT"],
          ["error", 'no "file"\n'],
          ["other", "a\\b"],
        ],
        value: 0.04,
        timestampMs: null,
      },
      { name: "b", labels: [["le", "+Inf"]], value: Infinity, timestampMs: null },
      { name: "c", labels: [], value: NaN, timestampMs: null },
      { name: "d", labels: [], value: -0.5, timestampMs: null },
    ]);
  });

  it.each([
    "a",
    "a{",
    'a{b="c"',
    'a{b="c} 1',
    'a{b="c"}',
    "a 1 2 3",
    "a x",
    "1a 1",
    'a{b="1",b="2"} 1',
    "a 0x10",
    "a{b=c} 1",
    'a{="x"} 1',
    "a  ",
    'a{b="c"d="e"} 1',
  ])("counts %j and reads on", (line) => {
    const page = parseExposition(`${line}\nok 1\n`);
    expect(page.unreadable).toBe(1);
    expect(page.samples.map(({ name }) => name)).toEqual(["ok"]);
  });

  it("is bounded in rows and in the length of a line", () => {
    expect(parseExposition("a 1\n".repeat(50), { maxSamples: 7 })).toMatchObject({ samples: { length: 7 }, dropped: 43 });
    const long = `a{b="${"x".repeat(20_000)}"} 1`;
    expect(parseExposition(`${long}\na 1`)).toMatchObject({ samples: { length: 1 }, unreadable: 1 });
    expect(parseExposition(`a{${Array.from({ length: 100 }, (_, i) => `l${i}="x"`).join(",")}} 1`).unreadable).toBe(1);
  });

  it("does not look at what is not wanted, and a label called __proto__ is a label", () => {
    const page = parseExposition('bad{ 1\ngood{__proto__="x"} 1', { wanted: (name) => name === "good" });
    expect(page.unreadable).toBe(0);
    expect([...(page.samples[0]?.labels ?? [])]).toEqual([["__proto__", "x"]]);
  });

  it("is quick on hostile lines", async () => {
    const units = ["\\", '\\"', '"', '{a="', 'a="b",', " ", ",", "#"];
    const took = await processorMs(() => units.forEach((unit) => parseExposition(`a{b="${unit.repeat(5_000)}\n`.repeat(40))));
    expect(took).toBeLessThan(6_000);
  });

  it("agrees with the slow parser on random text", () => {
    const seed = Number(process.env["RUNNERSCOPE_SEED"] ?? Date.now() % 1_000_000);
    console.log(`exposition parser: RUNNERSCOPE_SEED=${seed}`);
    const below = generator(seed);
    const PIECES = [
      "a",
      "le",
      "_x9",
      ":",
      "{",
      "}",
      "=",
      '"',
      "\\",
      "\\n",
      '\\"',
      ",",
      " ",
      "\t",
      "1",
      "-2.5e3",
      ".",
      "e",
      "+Inf",
      "nan",
      "#",
      "é",
      '="v"',
      '{a="b"}',
      " 7 ",
    ];
    const SEEDS = ['a{b="c",d="e\\"f"} 1', "up 1 1700000000000", 'x:y { z = "" , } -Inf', 'm{le="0.5"} 12'];
    const kinds = { wellFormed: 0, not: 0 };
    for (let round = 0; round < 30_000; round++) {
      let line = below(2) === 0 ? "" : (SEEDS[below(SEEDS.length)] ?? "");
      for (let edits = below(8); edits > 0; edits--) {
        const position = below(line.length + 1);
        line = line.slice(0, position) + PIECES[below(PIECES.length)] + line.slice(position + below(3));
      }
      if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
      const expected = slowLine(line);
      kinds[expected === null ? "not" : "wellFormed"] += 1;
      const page = parseExposition(line);
      const found = {
        context: `RUNNERSCOPE_SEED=${seed}, round ${round}: ${JSON.stringify(line)}`,
        samples: page.samples.map(plain),
        unreadable: page.unreadable,
      };
      const right = { samples: expected === null ? [] : [expected], unreadable: expected === null ? 1 : 0 };
      expect(found).toEqual({ context: found.context, ...right });
    }
    expect(Math.min(kinds.wellFormed, kinds.not)).toBeGreaterThan(1_000);
  });
});
