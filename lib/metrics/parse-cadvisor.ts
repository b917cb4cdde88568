import { CADVISOR_METRICS, newRow, putValue, readRows, STORAGE, type CadvisorRow } from "./cadvisor-rows.ts";
import { parseLabels } from "./parse-labels.ts";
import type { CadvisorPage } from "./schema.ts";

/** A line of cAdvisor is about 450 bytes; a hostile or broken one must not fill the memory. */
const MAX_LINE = 64 * 1024;
/** 110 pods × about 6 cgroups is a full node; more than this is not a node's page. */
const MAX_ROWS = 20_000;

const NEWLINE = 0x0a;
const HASH = 0x23;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

const NAMES = CADVISOR_METRICS.map((name) => Buffer.from(name));
const SCRAPE_ERROR = Buffer.from("container_scrape_error");
const NOT_WANTED = -1;
const IS_SCRAPE_ERROR = -2;

/**
 * Reads `/metrics/cadvisor` as it arrives. Three quarters of a page are metrics that nobody asks for: their lines are passed over without
 * making a string. Of the others, the label text is the key of the row, so each cgroup's labels are read once or twice a page.
 */
export class CadvisorParser {
  readonly #rows = new Map<string, CadvisorRow | null>();
  readonly #byId = new Map<string, CadvisorRow>();
  #rest: Buffer | null = null;
  #overlong = false;
  /** The last metric name seen and what it is: lines of one metric follow each other. */
  #name: Buffer = Buffer.alloc(0);
  #metric = NOT_WANTED;
  #incomplete = false;
  #lines = 0;
  #bytes = 0;
  #unreadable = 0;
  #dropped = 0;

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    let start = 0;
    if (this.#rest !== null || this.#overlong) {
      const end = chunk.indexOf(NEWLINE);
      if (end < 0) return this.#keep(chunk, 0);
      if (this.#overlong) this.#skipLine();
      else if (this.#rest !== null) this.#lineFrom(Buffer.concat([this.#rest, chunk.subarray(0, end)]));
      this.#rest = null;
      this.#overlong = false;
      start = end + 1;
    }
    for (let end = chunk.indexOf(NEWLINE, start); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#line(chunk, start, end);
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk, start);
  }

  /** The page; `scrapedAtMs` stands in where rows carry no time (CRI stats, kwok). */
  end(scrapedAtMs: number): CadvisorPage {
    if (this.#rest !== null) this.#lineFrom(this.#rest);
    this.#rest = null;
    return {
      ...readRows(this.#byId.values(), scrapedAtMs),
      incomplete: this.#incomplete,
      lines: this.#lines,
      bytes: this.#bytes,
      unreadable: this.#unreadable,
      dropped: this.#dropped,
    };
  }

  #keep(chunk: Buffer, start: number): void {
    if (this.#overlong) return;
    const length = (this.#rest?.length ?? 0) + chunk.length - start;
    if (length > MAX_LINE) {
      this.#rest = null;
      this.#overlong = true;
      return;
    }
    // Copied: the caller may use its buffer again.
    this.#rest = this.#rest === null ? Buffer.from(chunk.subarray(start)) : Buffer.concat([this.#rest, chunk.subarray(start)]);
  }

  #skipLine(): void {
    this.#lines += 1;
    this.#unreadable += 1;
  }

  #lineFrom(line: Buffer): void {
    this.#line(line, 0, line.length);
  }

  #line(buffer: Buffer, start: number, end: number): void {
    if (start >= end || buffer[start] === HASH) return;
    this.#lines += 1;
    if (end - start > MAX_LINE) return void (this.#unreadable += 1);
    const metric = this.#metricAt(buffer, start, end);
    if (metric === NOT_WANTED) return;
    if (metric === IS_SCRAPE_ERROR) {
      this.#incomplete ||=
        Number(
          buffer
            .toString("latin1", start + SCRAPE_ERROR.length, end)
            .trim()
            .split(" ")[0],
        ) > 0;
      return;
    }
    const open = start + this.#name.length;
    const close = buffer[open] === OPEN ? closingBrace(buffer, open + 1, end) : -1;
    if (close < 0) return void (this.#unreadable += 1);
    const row = this.#rowAt(buffer, open + 1, close);
    if (row === null) return;
    // Few rows name a device, so their labels are read once more.
    const device = metric === STORAGE ? (parseLabels(buffer.toString("utf8", open + 1, close))?.device ?? null) : null;
    this.#value(row, { metric, device }, buffer, close + 1, end);
  }

  /** Which of the wanted metrics the line is about. */
  #metricAt(buffer: Buffer, start: number, end: number): number {
    const after = start + this.#name.length;
    if (
      this.#name.length > 0 &&
      after <= end &&
      isNameEnd(buffer[after]) &&
      buffer.compare(this.#name, 0, this.#name.length, start, after) === 0
    )
      return this.#metric;
    let stop = start;
    while (stop < end && !isNameEnd(buffer[stop])) stop++;
    this.#name = Buffer.from(buffer.subarray(start, stop));
    const found = NAMES.findIndex((name) => name.equals(this.#name));
    this.#metric = found >= 0 ? found : SCRAPE_ERROR.equals(this.#name) ? IS_SCRAPE_ERROR : NOT_WANTED;
    return this.#metric;
  }

  #rowAt(buffer: Buffer, start: number, end: number): CadvisorRow | null {
    const key = buffer.toString("latin1", start, end);
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const labels = parseLabels(buffer.toString("utf8", start, end));
    if (labels === null) this.#unreadable += 1;
    // A row per CPU is a part of the total, never added to it.
    if (labels === null || (labels.cpu !== null && labels.cpu !== "total")) return null;
    const identity = [labels.id, labels.container, labels.pod, labels.namespace].join("\n");
    let row = this.#byId.get(identity);
    if (row === undefined) {
      if (this.#byId.size >= MAX_ROWS) return this.#drop();
      row = newRow(labels);
      this.#byId.set(identity, row);
    }
    if (this.#rows.size < 2 * MAX_ROWS) this.#rows.set(key, row);
    return row;
  }

  #drop(): null {
    this.#dropped += 1;
    return null;
  }

  #value(
    row: CadvisorRow,
    { metric, device }: { metric: number; device: string | null },
    buffer: Buffer,
    start: number,
    end: number,
  ): void {
    let from = start;
    while (from < end && buffer[from] === SPACE) from++;
    let stop = from;
    while (stop < end && buffer[stop] !== SPACE) stop++;
    const text = buffer.toString("latin1", from, stop);
    const value = Number(text);
    if (stop === from || (Number.isNaN(value) && !/^[+-]?(nan|inf)/i.test(text))) return void (this.#unreadable += 1);
    const time = stop < end ? Number(buffer.toString("latin1", stop + 1, end)) : 0;
    putValue(row, metric, device, value, Number.isFinite(time) ? time : 0);
  }
}

/** Reads a page that is already whole. */
export function parseCadvisor(text: string | Buffer, scrapedAtMs: number): CadvisorPage {
  const parser = new CadvisorParser();
  parser.push(Buffer.from(text as string));
  return parser.end(scrapedAtMs);
}

const isNameEnd = (byte: number | undefined) => byte === OPEN || byte === SPACE || byte === undefined;

/** The brace that ends the labels: the last one before the value, outside of quotes. */
function closingBrace(buffer: Buffer, start: number, end: number): number {
  let close = buffer.lastIndexOf(CLOSE, end - 1);
  // A value holds no brace, so the last one ends the labels unless the line was cut inside a quoted value.
  if (close < start) return -1;
  if (close > start && buffer[close - 1] !== QUOTE && buffer[close - 1] !== SPACE && buffer[close - 1] !== 0x2c) close = -1;
  return close > start + 1 && buffer[close - 1] === QUOTE && buffer[close - 2] === BACKSLASH && isEscaped(buffer, close - 1) ? -1 : close;
}

function isEscaped(buffer: Buffer, quote: number): boolean {
  let slashes = 0;
  while (buffer[quote - 1 - slashes] === BACKSLASH) slashes++;
  return slashes % 2 === 1;
}
