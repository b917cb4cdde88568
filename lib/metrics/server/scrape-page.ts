import "server-only";
import { request, type Dispatcher } from "undici";
import { createGunzip } from "node:zlib";
import { askAgainIfClosed } from "../../base/ask-again.ts";
import type { SourceError } from "../../base/source-state.ts";
import { CadvisorParser } from "../parse-cadvisor.ts";
import type { CadvisorPage } from "../schema.ts";

/** Why a page could not be had. `detail` holds no header and no body. */
export class ScrapeError extends Error {
  readonly code: SourceError["code"] | "forbidden";

  constructor(code: ScrapeError["code"], detail: string) {
    super(detail);
    this.name = "ScrapeError";
    this.code = code;
  }
}

export interface PageRequest {
  dispatcher: Dispatcher;
  /** `https://<address>:<port>` of the kubelet. */
  origin: string;
  headers: Record<string, string>;
  timeoutMs: number;
  /** Bound of the unpacked page; a full node of 110 pods is about 14 MB. */
  maxBytes: number;
  now: () => number;
}

/** One GET of `/metrics/cadvisor`, parsed as it arrives; never held as a whole. Throws ScrapeError. */
export async function scrapePage({ dispatcher, origin, headers, timeoutMs, maxBytes, now }: PageRequest): Promise<CadvisorPage> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const options = { dispatcher, signal, headers: { ...headers, accept: "text/plain; version=0.0.4", "accept-encoding": "gzip" } };
    const response = await askAgainIfClosed(() => request(`${origin}/metrics/cadvisor`, options));
    if (response.statusCode !== 200) {
      await response.body.dump().catch(() => {});
      throw statusError(response.statusCode);
    }
    const gzip = response.headers["content-encoding"] === "gzip";
    const body = gzip ? response.body.pipe(createGunzip()) : response.body;
    // A reset while unzipping ends the gunzip too, else the loop below would wait for ever.
    if (gzip) response.body.once("error", (error) => body.destroy(error));
    const parser = new CadvisorParser();
    let bytes = 0;
    for await (const chunk of body) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes) throw new ScrapeError("protocol", `the page is larger than ${maxBytes} bytes`);
      parser.push(chunk as Buffer);
    }
    return parser.end(now());
  } catch (error) {
    throw error instanceof ScrapeError ? error : asScrapeError(error, signal.aborted, timeoutMs);
  }
}

function statusError(status: number): ScrapeError {
  if (status === 401) return new ScrapeError("unauthorized", "401: the kubelet does not take these credentials");
  if (status === 403) return new ScrapeError("forbidden", "403: get on nodes/metrics is missing");
  if (status === 429) return new ScrapeError("throttled", "429");
  return new ScrapeError(status >= 500 ? "server" : "protocol", `status ${status}`);
}

/** Node's and OpenSSL's codes for a certificate that is not taken. */
const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME|ERR_TLS|ERR_SSL|EPROTO/;

function asScrapeError(error: unknown, timedOut: boolean, timeoutMs: number): ScrapeError {
  if (timedOut) return new ScrapeError("timeout", `no whole page within ${timeoutMs} ms`);
  const { code, message } = error as { code?: string; message?: string };
  const detail = [code, message].filter(Boolean).join(": ").slice(0, 300);
  if (code !== undefined && TLS_CODE.test(code)) return new ScrapeError("tls", detail);
  if (code === "AccessError" || (error as Error).name === "AccessError") return new ScrapeError("credentials", detail);
  if (/^(Z_|ERR_INVALID|HPE_)/.test(code ?? "")) return new ScrapeError("protocol", detail);
  return new ScrapeError("unreachable", detail);
}
