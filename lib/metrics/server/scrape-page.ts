import "server-only";
import { request, type Dispatcher } from "undici";
import { createGunzip } from "node:zlib";
import { askAgainIfClosed } from "../../base/ask-again.ts";
import { PollError, toPollError } from "../../base/server/poll-error.ts";
import type { RbacRule } from "../../base/source-state.ts";
import { CadvisorParser } from "../parse-cadvisor.ts";
import { ResourceParser } from "../parse-resource.ts";
import type { CadvisorPage } from "../schema.ts";

const RULE: RbacRule = { apiGroup: "", resource: "nodes/metrics", verbs: ["get"], namespace: null };

/** The kubelet's pages that tell use, the richer one first. */
export const KUBELET_PAGES = { cadvisor: "/metrics/cadvisor", resource: "/metrics/resource" } as const;

export interface PageRequest {
  dispatcher: Dispatcher;
  /** `https://<address>:<port>` of the kubelet. */
  origin: string;
  page: keyof typeof KUBELET_PAGES;
  headers: Record<string, string>;
  timeoutMs: number;
  /** Bound of the unpacked page; a full node of 110 pods is about 14 MB. */
  maxBytes: number;
  now: () => number;
}

/** A page that this kubelet does not have. */
export class PageAbsent extends PollError {
  constructor(path: string) {
    super("protocol", `status 404: the kubelet has no ${path}`);
    this.name = "PageAbsent";
  }
}

/** One GET of a kubelet's page, parsed as it arrives; never held as a whole. Throws PollError. */
export async function scrapePage({ dispatcher, origin, page, headers, timeoutMs, maxBytes, now }: PageRequest): Promise<CadvisorPage> {
  const signal = AbortSignal.timeout(timeoutMs);
  const path = KUBELET_PAGES[page];
  try {
    const options = { dispatcher, signal, headers: { ...headers, accept: "text/plain; version=0.0.4", "accept-encoding": "gzip" } };
    const response = await askAgainIfClosed(() => request(`${origin}${path}`, options));
    if (response.statusCode !== 200) {
      await response.body.dump().catch(() => {});
      throw errorOf(response.statusCode, path);
    }
    const gzip = response.headers["content-encoding"] === "gzip";
    const body = gzip ? response.body.pipe(createGunzip()) : response.body;
    // A reset while unzipping ends the gunzip too, else the loop below would wait for ever.
    if (gzip) response.body.once("error", (error) => body.destroy(error));
    const parser = page === "cadvisor" ? new CadvisorParser() : new ResourceParser();
    let bytes = 0;
    for await (const chunk of body) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes) throw new PollError("protocol", `the page is larger than ${maxBytes} bytes`);
      parser.push(chunk as Buffer);
    }
    return parser.end(now());
  } catch (error) {
    throw toPollError(error, signal.aborted ? { afterMs: timeoutMs } : null);
  }
}

function errorOf(status: number, path: string): PollError {
  if (status === 404) return new PageAbsent(path);
  if (status === 401) return new PollError("unauthorized", "401: the kubelet does not take these credentials");
  if (status === 403) return PollError.forbidden("403: get on nodes/metrics is missing", RULE);
  if (status === 429) return new PollError("throttled", "429");
  return new PollError(status >= 500 ? "server" : "protocol", `status ${status}`);
}
