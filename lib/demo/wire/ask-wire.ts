import http, { type IncomingHttpHeaders } from "node:http";
import https from "node:https";

/** What came of one request, down to when. */
export interface WireAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  /** When the first byte of the body came, ms after the request. */
  firstMs: number;
}

export interface WireAsk {
  headers: Record<string, string>;
  /** PEM of who signed the server's certificate. */
  ca: string;
  giveUpMs?: number | undefined;
}

/** For tests: one GET on a connection of its own. Rejects with the error's code; with "silent" when nothing came for `giveUpMs` (30 s). */
export function askWire(url: string, { headers, ca, giveUpMs = 30_000 }: WireAsk): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const fail = (error: NodeJS.ErrnoException) => reject(new Error(error.code ?? error.message));
    const request = (url.startsWith("https:") ? https : http).get(url, { headers, agent: false, ca }, (response) => {
      let body = "";
      let firstMs = 0;
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        if (body === "") firstMs = performance.now() - start;
        body += chunk;
      });
      response.on("error", fail);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body, firstMs }));
    });
    request.setTimeout(giveUpMs, () => request.destroy(Object.assign(new Error("silent"), { code: "silent" })));
    request.on("error", fail);
  });
}
