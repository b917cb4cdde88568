import "server-only";
import { request, type Dispatcher } from "undici";
import { askAgainIfClosed } from "../../base/ask-again.ts";
import { PollError, statusError, toPollError } from "../../base/server/poll-error.ts";

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

/** One GET of a text over plain HTTP, without authentication, as the manager's port has it (runner `commands/multi.go`). No redirect is followed. Throws PollError. */
export async function fetchText({ dispatcher, url, timeoutMs, maxBytes, signal }: TextRequest): Promise<TextPage> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const options = { dispatcher, signal: AbortSignal.any([timeout, signal]), headers: { accept: "text/plain; version=0.0.4" } };
    const response = await askAgainIfClosed(() => request(url, options));
    if (response.statusCode !== 200) {
      await response.body.dump().catch(() => {});
      throw statusError(response.statusCode, "something before the manager");
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response.body) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes) throw new PollError("protocol", `the page is larger than ${maxBytes} bytes`);
      chunks.push(chunk as Buffer);
    }
    const version = response.headers["x-list-version"];
    return { text: Buffer.concat(chunks).toString("utf8"), listVersion: typeof version === "string" ? version : null };
  } catch (error) {
    throw toPollError(error, timeout.aborted ? { afterMs: timeoutMs } : null);
  }
}
