import "server-only";
import { parseAnsi, PLAIN, stripAnsi, writeSgr, type Style } from "../parse-ansi.ts";
import { parseLine, type RawLine, type SectionMark } from "../parse-line.ts";
import type { LogLine, LogMatches, LogSection, LogSpan, LogWindow } from "../schema.ts";
import { SectionTracker } from "../track-sections.ts";
import { PackedLines } from "./packed-lines.ts";

/** A line longer than this is cut into several. */
const LINE_LENGTH = 64 * 1024;
/** Characters of a line that are shown. */
const SHOWN_LENGTH = 4_000;
const MOST_MATCHES = 2_000;
const MOST_LINES_AT_ONCE = 500;

/** A line whose continuations are still awaited. */
type OpenLine = Pick<RawLine, "atMs" | "stream" | "error" | "overwritten"> & { text: string; marks: SectionMark[] };

/**
 * One log as it is read: bytes in, lines and sections out. Nothing of it is ever written anywhere. Memory is bounded by `maxPackedBytes` and a few
 * blocks; what came first goes first.
 */
export class LogText {
  readonly #from: "gitlab" | "kubelet";
  readonly #lines: PackedLines;
  readonly #tracker = new SectionTracker();
  readonly #decoder = new TextDecoder();
  /** Told each line that shows something, in order, with its stamp. */
  readonly #onLine: (atMs: number | null, text: string) => void;
  #rest = "";
  #open: OpenLine | null = null;
  #style: Style = PLAIN;
  #bytes = 0;

  constructor(options: { from: "gitlab" | "kubelet"; maxPackedBytes: number; onLine?: (atMs: number | null, text: string) => void }) {
    this.#from = options.from;
    this.#lines = new PackedLines(options.maxPackedBytes);
    this.#onLine = options.onLine ?? (() => {});
  }

  get bytes(): number {
    return this.#bytes;
  }

  get packedBytes(): number {
    return this.#lines.packedBytes;
  }

  /** All lines so far, with the one that may still grow. */
  get size(): number {
    return this.#lines.size + this.#pending().length;
  }

  get first(): number {
    return this.#lines.first;
  }

  get sections(): readonly LogSection[] {
    return this.#tracker.sections;
  }

  append(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
    this.#take(this.#decoder.decode(chunk, { stream: true }));
  }

  /** No more will come: what is left is a line too. */
  end(): void {
    this.#take(this.#decoder.decode());
    if (this.#rest !== "") this.#line(this.#rest);
    this.#rest = "";
    this.#settle();
  }

  window(from: number, count: number): LogWindow {
    const { first, records } = this.#lines.slice(from, Math.min(count, MOST_LINES_AT_ONCE));
    const lines = records.map((record, index) => readRecord(record, first + index));
    for (const [index, record] of this.#pending().entries()) {
      const number = this.#lines.size + 1 + index;
      if (number >= from && number < from + count) lines.push(readRecord(record, number));
    }
    return { first, lines, total: this.size };
  }

  async search(query: string, signal: AbortSignal): Promise<LogMatches> {
    const needle = query.toLowerCase();
    const lines: number[] = [];
    let total = 0;
    for await (const found of this.#lines.search(needle, textOfRecord)) {
      signal.throwIfAborted();
      total += found.length;
      lines.push(...found.slice(0, MOST_MATCHES - lines.length));
    }
    return { query, total, lines };
  }

  /** The text without escapes and stamps, a block at a time. */
  *plain(): Generator<string> {
    for (const records of this.#lines.blocks()) yield records.map((record) => `${stripAnsi(textOfRecord(record))}\n`).join("");
    for (const record of this.#pending()) yield `${stripAnsi(textOfRecord(record))}\n`;
  }

  #take(text: string): void {
    let from = 0;
    let held = this.#rest;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", from)) {
      this.#line(held + text.slice(from, end));
      held = "";
      from = end + 1;
    }
    this.#rest = held + text.slice(from);
    while (this.#rest.length > LINE_LENGTH) {
      this.#line(this.#rest.slice(0, LINE_LENGTH));
      this.#rest = this.#rest.slice(LINE_LENGTH);
    }
  }

  #line(raw: string): void {
    const line = parseLine(raw, this.#from);
    const open = this.#open;
    if (line.continued && open !== null && open.stream === line.stream && open.text.length < LINE_LENGTH) {
      open.text += line.text;
      open.marks.push(...line.marks);
      open.overwritten += line.overwritten;
      return;
    }
    this.#settle();
    this.#open = line;
    // Only the runner's stamps continue lines.
    if (this.#from === "kubelet") this.#settle();
  }

  /** The open line is whole: it gets its number. A line of nothing but marks is none. */
  #settle(): void {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    const number = this.#lines.size + 1;
    const text = stripAnsi(open.text);
    this.#tracker.take(open.marks, number, text, open.atMs);
    if (text === "" && open.marks.length > 0) return;
    const opening = writeSgr(this.#style);
    this.#style = parseAnsi(open.text, this.#style).end;
    this.#lines.push(writeRecord({ ...open, text: opening + open.text }));
    this.#onLine(open.atMs, text);
  }

  /** What has no number yet: a line that may be continued, and one whose end has not come. Their numbers are those that they will most likely get. */
  #pending(): string[] {
    const lines: OpenLine[] = this.#open === null ? [] : [{ ...this.#open }];
    const last = lines.at(-1);
    const rest = this.#rest === "" ? null : parseLine(this.#rest, this.#from);
    if (rest !== null) {
      if (rest.continued && last?.stream === rest.stream) last.text += rest.text;
      else lines.push(rest);
    }
    const shown = lines.filter(({ text, marks }) => marks.length === 0 || stripAnsi(text) !== "");
    return shown.map((line) => writeRecord({ ...line, text: writeSgr(this.#style) + line.text }));
  }
}

const STREAMS = { r: "runner", j: "job", s: "service", "-": null } as const;
const LETTERS = { runner: "r", job: "j", service: "s" } as const;

/** `<ms>TAB<stream><E|O>TAB<overwritten>TAB<text>`. */
function writeRecord({ atMs, stream, error, overwritten, text }: Omit<OpenLine, "marks">): string {
  return `${atMs ?? ""}\t${stream === null ? "-" : LETTERS[stream]}${error ? "E" : "O"}\t${overwritten || ""}\t${text}`;
}

function textOfRecord(record: string): string {
  let from = 0;
  for (let tabs = 0; tabs < 3; tabs++) from = record.indexOf("\t", from) + 1;
  return record.slice(from);
}

function readRecord(record: string, number: number): LogLine {
  const [ms = "", flags = "-O", overwritten = ""] = record.split("\t", 3);
  const { spans, cut } = shorten(parseAnsi(textOfRecord(record)).spans);
  return {
    number,
    at: ms === "" ? null : new Date(Number(ms)).toISOString(),
    stream: STREAMS[(flags[0] ?? "-") as keyof typeof STREAMS] ?? null,
    error: flags[1] === "E",
    spans,
    cut,
    overwritten: Number(overwritten),
  };
}

function shorten(spans: readonly LogSpan[]): { spans: LogSpan[]; cut: number } {
  const kept: LogSpan[] = [];
  let room = SHOWN_LENGTH;
  let cut = 0;
  for (const span of spans) {
    const text = span.text.slice(0, room);
    if (text !== "") kept.push({ ...span, text });
    room -= text.length;
    cut += span.text.length - text.length;
  }
  return { spans: kept, cut };
}
