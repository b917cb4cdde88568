import "server-only";
import { request, type Dispatcher } from "undici";
import { askAgainIfClosed } from "../../base/ask-again.ts";
import { scrubText } from "../../base/scrub-text.ts";
import type { SourceError } from "../../base/source-state.ts";

/** Why a page of a manager could not be had. */
export class ManagerError extends Error {
  readonly code: SourceError["code"];

  constructor(code: SourceError["code"], detail: string) {
    super(detail);
    this.name = "ManagerError";
    this.code = code;
  }
}

export interface TextRequest {
  dispatcher: Dispatcher;
  url: string;
  timeoutMs: number;
  maxBytes: number;
  signal: AbortSignal;
}

export interface TextPage {
  text: string;
  /** Header `X-List-Version` of `/debug/jobs/list`; null on every other page. */
  listVersion: string | null;
}

/** One GET of a text over plain HTTP, without authentication, as the manager's port has it (runner `commands/multi.go`). No redirect is followed. Throws ManagerError. */
export async function fetchText({ dispatcher, url, timeoutMs, maxBytes, signal }: TextRequest): Promise<TextPage> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const options = { dispatcher, signal: AbortSignal.any([timeout, signal]), headers: { accept: "text/plain; version=0.0.4" } };
    const response = await askAgainIfClosed(() => request(url, options));
    if (response.statusCode !== 200) {
      await response.body.dump().catch(() => {});
      throw statusError(response.statusCode);
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response.body) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes) throw new ManagerError("protocol", `the page is larger than ${maxBytes} bytes`);
      chunks.push(chunk as Buffer);
    }
    const version = response.headers["x-list-version"];
    return { text: Buffer.concat(chunks).toString("utf8"), listVersion: typeof version === "string" ? version : null };
  } catch (error) {
    if (error instanceof ManagerError) throw error;
    if (timeout.aborted) throw new ManagerError("timeout", `no whole page within ${timeoutMs} ms`);
    throw asManagerError(error);
  }
}

function statusError(status: number): ManagerError {
  if (status === 401 || status === 403)
    return new ManagerError("unauthorized", `status ${status}: something before the manager asks for credentials`);
  if (status === 429) return new ManagerError("throttled", "429");
  return new ManagerError(status >= 500 ? "server" : "protocol", `status ${status}`);
}

function asManagerError(error: unknown): ManagerError {
  const { code, message } = error as { code?: string; message?: string };
  const detail = scrubText([code, message].filter(Boolean).join(": "), 300);
  return new ManagerError(/^(?:HPE_|UND_ERR_(?:HEADERS_OVERFLOW|INVALID))/.test(code ?? "") ? "protocol" : "unreachable", detail);
}
