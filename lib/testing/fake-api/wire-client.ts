import https from "node:https";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { FakeApiServer } from "./fake-api-server.ts";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json: unknown;
}

export interface OpenWatch {
  /** Whole lines that came so far. */
  lines: string[];
  /** What came after the last line break. */
  rest(): string;
  /** Waits until `count` lines are there; throws after 5 s. */
  until(count: number): Promise<string[]>;
  /** How it ended: "end", or the error's code. */
  closed: Promise<string>;
  close(): void;
}

/** The plainest client there is, to look at the fake server's own bytes. */
export class WireClient {
  readonly #api: FakeApiServer;
  readonly #headers: Record<string, string>;

  /** `user` null: no credentials. */
  constructor(api: FakeApiServer, user: string | null = "admin") {
    this.#api = api;
    this.#headers = user === null ? {} : { authorization: `Bearer ${api.access.get(user).token}` };
  }

  async call(path: string, options: { method?: string; body?: unknown; headers?: Record<string, string> } = {}): Promise<Answer> {
    const { method = "GET", body, headers } = options;
    return new Promise((resolve, reject) => {
      const request = this.#request(path, method, { ...this.#headers, ...headers }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("error", reject);
        response.on("end", () => {
          try {
            const isJson = response.headers["content-type"] === "application/json";
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: isJson ? JSON.parse(text) : null });
          } catch (error) {
            reject(error as Error);
          }
        });
      });
      request.on("error", reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  watch(path: string): OpenWatch {
    const lines: string[] = [];
    let rest = "";
    let settle: (how: string) => void = () => {};
    const closed = new Promise<string>((resolve) => (settle = resolve));
    const request = this.#request(path, "GET", this.#headers, (response) => {
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        const parts = (rest + chunk).split("\n");
        rest = parts.pop() ?? "";
        lines.push(...parts);
      });
      response.on("end", () => settle("end"));
      response.on("error", (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    });
    request.on("error", (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    request.end();
    const until = async (count: number) => {
      for (const end = Date.now() + 5_000; lines.length < count; await new Promise((resolve) => setTimeout(resolve, 5))) {
        if (Date.now() > end) throw new Error(`${lines.length} of ${count} lines:\n${lines.join("\n")}`);
      }
      return lines.slice(0, count);
    };
    return { lines, rest: () => rest, until, closed, close: () => request.destroy() };
  }

  #request(path: string, method: string, headers: Record<string, string>, onResponse: (response: IncomingMessage) => void) {
    return https.request(`${this.#api.url}${path}`, { method, headers, agent: false, ca: this.#api.authority.certificate }, onResponse);
  }
}
