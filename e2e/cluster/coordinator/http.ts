import type { IncomingMessage, ServerResponse } from "node:http";

const MAX_BODY = 256 << 20;

/** An answer other than success, thrown from anywhere below a route. */
export class HttpError extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BODY) throw new HttpError(413, "The body is too large.");
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

export async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = (await readBody(request)).toString();
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    throw new HttpError(400, "The body is not JSON.");
  }
}

/** `body` undefined: no content. */
export function sendJson(response: ServerResponse, status: number, body?: unknown, headers: Record<string, string> = {}): void {
  const text = body === undefined ? "" : JSON.stringify(body);
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text), ...headers });
  response.end(text);
}

/** A header's value, or the empty string. */
export const headerOf = (request: IncomingMessage, name: string): string => String(request.headers[name] ?? "");
