import type { LogSpan } from "./schema.ts";

/** What SGR sequences have set so far. Colours 0–15; null: the terminal's own. */
export interface Style {
  readonly color: number | null;
  readonly ground: number | null;
  /** A subset of `bdiu`, in this order. */
  readonly look: string;
}

export const PLAIN: Style = { color: null, ground: null, look: "" };

const ESC = "\u001b";
/** CSI (also its one-character form), OSC, DCS and the like up to their end or the end of the text, then any other escape (ECMA-48). */
const SEQUENCE = new RegExp(
  `(?:${ESC}\\[|\\u009b)([0-?]*)[ -/]*([@-~])|${ESC}[\\]PX^_][^${ESC}\\u0007]*(?:\\u0007|${ESC}\\\\)?|${ESC}[ -/]*[0-~]?|\\u009d[^\\u0007\\u009c]*[\\u0007\\u009c]?`,
  "gu",
);
/** Control characters but tab, and those that turn or break lines invisibly (CVE-2021-42574). */
const CONTROL = /[^\P{Cc}\t]|[\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;
const UNCLEAN = new RegExp(String.raw`[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u200E\u200F\u2028-\u202E\u2066-\u2069]`);

/**
 * A line with escape sequences as pieces of clean text in one look each, and the style it ends in. Only SGR ("m") has a meaning here; every other
 * sequence (cursor, title, link, device control) is dropped with what it carries.
 */
export function parseAnsi(text: string, start: Style = PLAIN): { spans: LogSpan[]; end: Style } {
  if (!UNCLEAN.test(text)) return { spans: text === "" ? [] : [spanOf(text, start)], end: start };
  const spans: LogSpan[] = [];
  let style = start;
  let from = 0;
  const push = (piece: string) => {
    const clean = piece.replace(CONTROL, "");
    if (clean !== "") spans.push(spanOf(clean, style));
  };
  for (const found of text.matchAll(SEQUENCE)) {
    push(text.slice(from, found.index));
    from = found.index + found[0].length;
    if (found[2] === "m") style = applySgr(style, found[1] ?? "");
  }
  push(text.slice(from));
  return { spans, end: style };
}

/** The text alone. */
export function stripAnsi(text: string): string {
  return UNCLEAN.test(text) ? text.replace(SEQUENCE, "").replace(CONTROL, "") : text;
}

/** The sequence that leads from the terminal's own style to this one; empty for that itself. */
export function writeSgr({ color, ground, look }: Style): string {
  const codes = [
    ...LOOKS.flatMap((letter, index) => (look.includes(letter) ? [index + 1] : [])),
    ...colorCodes(color, 30),
    ...colorCodes(ground, 40),
  ];
  return codes.length === 0 ? "" : `${ESC}[${codes.join(";")}m`;
}

/** SGR 1 to 4: bold, dim, italic, underlined. */
const LOOKS = ["b", "d", "i", "u"];
const colorCodes = (color: number | null, base: number) => (color === null ? [] : [color < 8 ? base + color : base + 60 + color - 8]);

function spanOf(text: string, { color, ground, look }: Style): LogSpan {
  // Text on a coloured ground: in the ground's colour and framed, so that it can be read on every theme.
  const shown = ground ?? color;
  const looks = ground === null ? look : `${look}g`;
  return { text, ...(shown === null ? {} : { color: shown }), ...(looks === "" ? {} : { look: looks }) };
}

/** More parameters than this are an attack, not a colour. */
const MOST_CODES = 32;

function applySgr(before: Style, parameters: string): Style {
  if (!/^[\d;:]*$/.test(parameters)) return before;
  const codes = parameters.split(/[;:]/, MOST_CODES).map(Number);
  let style: Style = before;
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] ?? 0;
    if (code === 38 || code === 48) {
      const { color, used } = extendedColor(codes.slice(index + 1));
      style = { ...style, [code === 38 ? "color" : "ground"]: color };
      index += used;
    } else style = applyCode(style, code);
  }
  return style;
}

function applyCode(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  const letter = LOOKS[code - 1];
  if (letter !== undefined) return { ...style, look: sortLook(`${style.look}${letter}`) };
  if (code === 22) return { ...style, look: style.look.replaceAll(/[bd]/g, "") };
  if (code === 23) return { ...style, look: style.look.replace("i", "") };
  if (code === 24) return { ...style, look: style.look.replace("u", "") };
  if (code >= 30 && code <= 37) return { ...style, color: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, color: code - 82 };
  if (code === 39) return { ...style, color: null };
  if (code >= 40 && code <= 47) return { ...style, ground: code - 40 };
  if (code >= 100 && code <= 107) return { ...style, ground: code - 92 };
  return code === 49 ? { ...style, ground: null } : style;
}

const sortLook = (look: string) => LOOKS.filter((letter) => look.includes(letter)).join("");

/** `5;n` (256 colours) and `2;r;g;b`; the nearest of the 16. */
function extendedColor([kind = 0, ...rest]: number[]): { color: number | null; used: number } {
  if (kind === 5) return { color: nearest(paletteRgb(rest[0] ?? 0)), used: 2 };
  if (kind === 2) return { color: nearest([rest[0] ?? 0, rest[1] ?? 0, rest[2] ?? 0]), used: 4 };
  return { color: null, used: 1 };
}

type Rgb = readonly [number, number, number];

/** xterm's 16 colours. */
const BASIC: readonly Rgb[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];

function paletteRgb(index: number): Rgb {
  const basic = BASIC[index];
  if (basic !== undefined) return basic;
  if (index >= 232) return [8 + (index - 232) * 10, 8 + (index - 232) * 10, 8 + (index - 232) * 10];
  const cube = index - 16;
  const step = (value: number) => (value === 0 ? 0 : 55 + value * 40);
  return [step(Math.floor(cube / 36)), step(Math.floor(cube / 6) % 6), step(cube % 6)];
}

function nearest([r, g, b]: Rgb): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, [red, green, blue]] of BASIC.entries()) {
    const distance = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
    if (distance < least) [best, least] = [index, distance];
  }
  return best;
}
