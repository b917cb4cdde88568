import "server-only";
import { createGunzip } from "node:zlib";
import type { Dispatcher } from "undici";
import { scrubText } from "../../base/scrub-text.ts";
import { GitlabError } from "./gitlab-error.ts";

export interface JsonBody {
  json: unknown;
  /** Unpacked. */
  bytes: number;
}

/** A body of at most `maxBytes`, unpacked, as JSON. Throws GitlabError `protocol`, or what the stream throws. */
export async function readJson(response: Dispatcher.ResponseData, maxBytes: number): Promise<JsonBody> {
  const gzip = response.headers["content-encoding"] === "gzip";
  const body = gzip ? response.body.pipe(createGunzip()) : response.body;
  // A reset while unpacking ends the unpacking too, else the loop below would wait for ever.
  if (gzip) response.body.once("error", (error) => body.destroy(error));
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) throw new GitlabError("protocol", `the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  try {
    return { json: JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown, bytes };
  } catch {
    throw new GitlabError("protocol", "the answer is not JSON: is there a sign-in page or a proxy before GitLab?");
  }
}

const MAX_ERROR_BYTES = 16 * 1024;

/** GitLab's own words about an error: `message`, `error`, `error_description`. Empty where there are none. Never throws. */
export async function readErrorText(response: Dispatcher.ResponseData): Promise<{ code: string; text: string }> {
  try {
    const { json } = await readJson(response, MAX_ERROR_BYTES);
    const body = (json ?? {}) as { message?: unknown; error?: unknown; error_description?: unknown };
    const text = [body.message, body.error, body.error_description].filter((part) => typeof part === "string").join(": ");
    return { code: typeof body.error === "string" ? body.error : "", text: scrubText(text, 200) };
  } catch {
    return { code: "", text: "" };
  }
}
