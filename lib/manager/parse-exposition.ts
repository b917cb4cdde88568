/** One row. `value` may be NaN or infinite, as written. */
export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  readonly timestampMs: number | null;
}

export interface Exposition {
  samples: Sample[];
  /** By family: `counter`, `gauge`, `histogram`, `summary`, `untyped`. */
  types: Map<string, string>;
  /** Rows that are not well formed or too long. */
  unreadable: number;
  /** Rows beyond `maxSamples`. */
  dropped: number;
}

export interface ExpositionOptions {
  /** Which metrics to read; of the others not even the labels are looked at. Without it, all. */
  wanted?: (name: string) => boolean;
  maxSamples?: number;
}

const MAX_SAMPLES = 20_000;
/** A manager's rows have about 200 characters; a hostile one must not cost more than a look. */
const MAX_LINE = 16 * 1024;
const MAX_LABELS = 64;

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"([^"\\]*(?:\\[^][^"\\]*)*)"[ \t]*/y;
const TYPE = /^#[ \t]+TYPE[ \t]+([a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]+([a-z]+)[ \t]*$/;
const VALUE = /^[ \t]*([^ \t]+)(?:[ \t]+(-?\d{1,18}))?[ \t]*$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Reads Prometheus' text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). A line that is not well formed is counted and
 * passed over. Labels without order; the same label twice in a row is not well formed.
 */
export function parseExposition(text: string, { wanted, maxSamples = MAX_SAMPLES }: ExpositionOptions = {}): Exposition {
  const page: Exposition = { samples: [], types: new Map(), unreadable: 0, dropped: 0 };
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    if (end - start > MAX_LINE) page.unreadable += 1;
    else readLine(text.slice(start, end).replace(/^[ \t]+|\r$/g, ""), page, wanted, maxSamples);
    start = end + 1;
  }
  return page;
}

function readLine(line: string, page: Exposition, wanted: ExpositionOptions["wanted"], maxSamples: number): void {
  if (line.trim() === "") return;
  if (line.startsWith("#")) {
    const [, family, type] = TYPE.exec(line) ?? [];
    if (family !== undefined && type !== undefined && page.types.size < maxSamples) page.types.set(family, type);
    return;
  }
  const name = at(NAME, line, 0)?.[0];
  if (name === undefined) return void (page.unreadable += 1);
  if (wanted !== undefined && !wanted(name)) return;
  const sample = readSample(name, line);
  if (sample === null) page.unreadable += 1;
  else if (page.samples.length >= maxSamples) page.dropped += 1;
  else page.samples.push(sample);
}

function readSample(name: string, line: string): Sample | null {
  const labels = new Map<string, string>();
  let from = name.length;
  while (line[from] === " " || line[from] === "\t") from++;
  if (line[from] === "{") {
    from = readLabels(line, from + 1, labels);
    if (from < 0) return null;
  } else if (from === name.length) return null;
  const [, figure, time] = VALUE.exec(line.slice(from)) ?? [];
  const value = figure === undefined ? null : readValue(figure);
  return value === null ? null : { name, labels, value, timestampMs: time === undefined ? null : Number(time) };
}

/** Index after the closing brace, or -1. */
function readLabels(line: string, start: number, labels: Map<string, string>): number {
  let from = start;
  for (let match = at(LABEL, line, from); match !== null; match = at(LABEL, line, from)) {
    const [whole, label = "", value = ""] = match;
    if (labels.has(label) || labels.size >= MAX_LABELS) return -1;
    labels.set(label, unescape(value));
    from += whole.length;
    if (line[from] !== ",") break;
    from += 1;
  }
  while (line[from] === " " || line[from] === "\t") from++;
  return line[from] === "}" ? from + 1 : -1;
}

function at(pattern: RegExp, line: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(line);
}

/** `\\`, `\"` and `\n`; any other backslash stands for itself, as in Prometheus' own parser. */
function unescape(value: string): string {
  if (!value.includes("\\")) return value;
  return value.replaceAll(/\\([\\"n])/g, (_, character: string) => (character === "n" ? "\n" : character));
}

/** As Go's ParseFloat, without its hexadecimal forms, which no exporter writes. */
function readValue(text: string): number | null {
  if (DECIMAL.test(text)) return Number(text);
  const word = text.toLowerCase().replace(/^\+/, "");
  if (word === "nan") return Number.NaN;
  if (word === "inf" || word === "infinity") return Number.POSITIVE_INFINITY;
  return word === "-inf" || word === "-infinity" ? Number.NEGATIVE_INFINITY : null;
}
