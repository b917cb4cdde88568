import { describe, expect, it } from "vitest";
import { readLines } from "./read-lines.ts";
import { processorMs } from "../../testing/processor-time.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function collect(chunks: AsyncIterable<Uint8Array>, maxBytes?: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const some of readLines(chunks, maxBytes)) lines.push(...some);
  return lines;
}

describe("lines of a stream", () => {
  const text = '{"a":"grün 中文 🚀"}\n{"b":2}\r\n\n\n{"c":"ünd"}\n';
  const expected = ['{"a":"grün 中文 🚀"}', '{"b":2}', '{"c":"ünd"}'];

  it("are the same wherever the bytes were cut, also inside a character", async () => {
    const bytes = Buffer.from(text);
    for (let size = 1; size <= bytes.length; size++) expect(await collect(pieces(bytes, size))).toEqual(expected);
  });

  it("do not hold what came after the last line end", async () => {
    expect(await collect(pieces(Buffer.from(`${text}{"half":`), 7))).toEqual(expected);
  });

  it("have a longest length, counted in bytes and over chunks", async () => {
    expect(await collect(pieces(Buffer.from("12345678\nabc\n"), 3), 8)).toEqual(["12345678", "abc"]);
    await expect(collect(pieces(Buffer.from("abc\n123456789\n"), 3), 8)).rejects.toMatchObject({ kind: "protocol" });
    await expect(collect(pieces(Buffer.alloc(100, "x"), 3), 8)).rejects.toMatchObject({ kind: "protocol" });
  });

  it("tell of each piece that came, also when it completes nothing", async () => {
    const counts: number[] = [];
    for await (const lines of readLines(pieces(Buffer.from("abcdef\n"), 2))) counts.push(lines.length);
    expect(counts).toEqual([0, 0, 0, 1]);
  });

  it("take time in proportion to their length: 2 MB that drip in come as fast as 2 MB in lines", async () => {
    const bytes = Buffer.alloc(2 * 1024 * 1024, "x");
    bytes[bytes.length - 1] = 0x0a;
    let line: string | Buffer | undefined;
    // 32,768 pieces: joining at each would copy 32 GB.
    const took = await processorMs(async () => ([line] = await collect(pieces(bytes, 64))));
    expect(line).toHaveLength(bytes.length - 1);
    expect(took).toBeLessThan(4_000);
  });
});
