import "server-only";
import { setImmediate as nextTurn } from "node:timers/promises";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { stripAnsi } from "../parse-ansi.ts";

/** A block of this many characters packs in 2–4 ms and unpacks in one. */
const BLOCK_LENGTH = 192 * 1024;
/** Unpacked blocks that are kept: what a reader who scrolls looks at. */
const UNPACKED = 3;

interface Block {
  first: number;
  lines: number;
  packed: Buffer;
}

/** Lines in blocks, packed: a log is a tenth of its size in memory. Records are text without newline. Numbers begin at 1. */
export class PackedLines {
  readonly #maxBytes: number;
  readonly #blocks: Block[] = [];
  readonly #unpacked = new Map<Block, string[]>();
  #tail: string[] = [];
  #tailLength = 0;
  #packedBytes = 0;
  #lines = 0;

  /** `maxBytes`: of packed text; beyond it the oldest blocks go. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#lines;
  }

  /** The first line that is still there. */
  get first(): number {
    return this.#blocks[0]?.first ?? this.#lines - this.#tail.length + 1;
  }

  get packedBytes(): number {
    return this.#packedBytes + this.#tailLength * 2;
  }

  push(record: string): void {
    this.#tail.push(record);
    this.#tailLength += record.length + 1;
    this.#lines += 1;
    if (this.#tailLength >= BLOCK_LENGTH) this.#pack();
  }

  /** Records from line `from` on, at most `count`; what is no longer there is left out. */
  slice(from: number, count: number): { first: number; records: string[] } {
    const first = Math.max(from, this.first);
    const end = Math.min(from + count, this.#lines + 1);
    const records: string[] = [];
    for (const block of this.#blocks) {
      if (block.first >= end) break;
      if (block.first + block.lines <= first) continue;
      records.push(...this.#unpack(block).slice(Math.max(0, first - block.first), end - block.first));
    }
    const tailFirst = this.#lines - this.#tail.length + 1;
    if (end > tailFirst) records.push(...this.#tail.slice(Math.max(0, first - tailFirst), end - tailFirst));
    return { first, records };
  }

  /** Numbers of the lines whose text, without escapes and with its case folded, holds `needle`. Gives way to others between blocks. */
  async *search(needle: string, textOf: (record: string) => string): AsyncGenerator<number[]> {
    const parts: { first: number; records: () => string[] }[] = [
      ...this.#blocks.map((block) => ({ first: block.first, records: () => unpack(block) })),
      { first: this.#lines - this.#tail.length + 1, records: () => this.#tail },
    ];
    for (const { first, records } of parts) {
      const found: number[] = [];
      for (const [index, record] of records().entries())
        if (stripAnsi(textOf(record)).toLowerCase().includes(needle)) found.push(first + index);
      yield found;
      await nextTurn();
    }
  }

  /** All records in order, a block at a time. */
  *blocks(): Generator<string[]> {
    for (const block of this.#blocks) yield unpack(block);
    yield this.#tail;
  }

  #pack(): void {
    const packed = deflateRawSync(this.#tail.join("\n"), { level: 1 });
    this.#blocks.push({ first: this.#lines - this.#tail.length + 1, lines: this.#tail.length, packed });
    this.#packedBytes += packed.byteLength;
    this.#tail = [];
    this.#tailLength = 0;
    while (this.#packedBytes > this.#maxBytes && this.#blocks.length > 1) {
      const oldest = this.#blocks.shift();
      if (oldest === undefined) break;
      this.#packedBytes -= oldest.packed.byteLength;
      this.#unpacked.delete(oldest);
    }
  }

  #unpack(block: Block): string[] {
    const held = this.#unpacked.get(block);
    const records = held ?? unpack(block);
    this.#unpacked.delete(block);
    this.#unpacked.set(block, records);
    for (const oldest of this.#unpacked.keys()) {
      if (this.#unpacked.size <= UNPACKED) break;
      this.#unpacked.delete(oldest);
    }
    return records;
  }
}

function unpack({ packed }: Block): string[] {
  return inflateRawSync(packed).toString("utf8").split("\n");
}
