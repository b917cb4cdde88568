import "server-only";
import { ApiError } from "./api-error.ts";

/** etcd takes objects up to 1.5 MiB; with JSON's overhead no honest line is longer. */
export const MAX_LINE_BYTES = 2 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * Bytes to lines: for each chunk the lines that it completes (an empty list when it completes none, so that the reader knows something came).
 * Lines are cut as bytes and then decoded, so a character may lie across chunks; the parts of a long line are joined once. What is left when
 * the stream ends is no line and is dropped. Throws ApiError("protocol") for a line longer than `maxBytes`.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, maxBytes = MAX_LINE_BYTES): AsyncGenerator<string[]> {
  let parts: Uint8Array[] = [];
  let size = 0;
  const take = (part: Uint8Array) => {
    size += part.length;
    if (size > maxBytes) throw new ApiError("protocol", `a line is longer than ${maxBytes} bytes`);
    parts.push(part);
  };
  for await (const chunk of chunks) {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      take(chunk.subarray(from, end));
      const line = (parts.length === 1 ? asBuffer(parts[0] as Uint8Array) : Buffer.concat(parts, size)).toString("utf8").trim();
      if (line !== "") lines.push(line);
      parts = [];
      size = 0;
      from = end + 1;
    }
    if (from < chunk.length) take(chunk.subarray(from));
    yield lines;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
