import { createServer as createHttp, type IncomingMessage, type ServerResponse, type Server } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { gzip } from "node:zlib";
import { promisify } from "node:util";

const compress = promisify(gzip);

/** How a plain server can misbehave; the API server has its own, finer set. */
export const SERVER_FAULTS = ["refuse", "cut", "stall", "drip", "garble", "401", "403", "429", "500", "slow"] as const;
export type ServerFault = (typeof SERVER_FAULTS)[number];

export interface Answer {
  status?: number;
  type?: string;
  headers?: Record<string, string>;
  body: string;
}

export interface SimulatedServerOptions {
  /** Shown on the control page. */
  name: string;
  host?: string;
  port?: number;
  tls?: { cert: string; key: string } | null;
  answer(request: IncomingMessage, url: URL, body: string): Answer | Promise<Answer>;
}

/** A small HTTP(S) server that answers from the model and can be told to misbehave, on all paths or on one. */
export class SimulatedServer {
  readonly name: string;
  readonly #server: Server;
  readonly #options: SimulatedServerOptions;
  #fault: { fault: ServerFault; path: string | null } | null = null;
  #port = 0;
  #running = true;
  #closed = false;
  #turn = Promise.resolve();

  private constructor(options: SimulatedServerOptions) {
    this.name = options.name;
    this.#options = options;
    const listener = (request: IncomingMessage, response: ServerResponse) =>
      void this.#handle(request, response).catch(() => response.destroy());
    this.#server = options.tls ? createHttps(options.tls, listener) : createHttp(listener);
    // Go's servers, which kubelets and managers are, keep idle connections for ever.
    this.#server.keepAliveTimeout = 0;
    this.#server.on("clientError", (_error, socket) => socket.destroy());
  }

  static async open(options: SimulatedServerOptions): Promise<SimulatedServer> {
    const server = new SimulatedServer(options);
    await server.#listen(options.port ?? 0);
    server.#port = (server.#server.address() as AddressInfo).port;
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** Whether its process runs; without one nobody listens on the port and its connections are gone. */
  get running(): boolean {
    return this.#running;
  }

  set running(running: boolean) {
    this.#running = running;
    this.#follow();
  }

  get fault(): string | null {
    return this.#fault === null ? null : `${this.#fault.fault}${this.#fault.path === null ? "" : ` ${this.#fault.path}`}`;
  }

  /** `path` null: everything. `fault` null: well again. */
  misbehave(fault: ServerFault | null, path: string | null = null): void {
    this.#fault = fault === null ? null : { fault, path };
    if (fault === "cut") this.#server.closeAllConnections();
    this.#follow();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#follow();
    await this.#turn;
  }

  /** Opens or closes the port as it should be now, one after the other. */
  #follow(): void {
    const open = this.#running && !this.#closed && !(this.#fault?.fault === "refuse" && this.#fault.path === null);
    this.#turn = this.#turn.then(async () => {
      if (open === this.#server.listening) return;
      if (open) return this.#listen(this.#port).catch(() => {});
      this.#server.closeAllConnections();
      await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    });
  }

  async #listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, this.#options.host ?? "127.0.0.1", () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://simulated");
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const fault = this.#fault && (this.#fault.path === null || this.#fault.path === url.pathname) ? this.#fault.fault : null;
    if (fault && (await this.#misbehaved(fault, request, response))) return;
    const { status = 200, type = "text/plain; charset=utf-8", headers = {}, body: text } = await this.#options.answer(request, url, body);
    if (fault) return this.#spoil(fault, response, text);
    const zipped = text.length > 1400 && /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
    const bytes = zipped ? await compress(text, { level: 1 }) : Buffer.from(text);
    response.writeHead(status, {
      "content-type": type,
      "content-length": bytes.length,
      ...(zipped ? { "content-encoding": "gzip" } : {}),
      ...headers,
    });
    response.end(bytes);
  }

  /** Faults that need no answer; true: the request is dealt with. */
  async #misbehaved(fault: ServerFault, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (fault === "refuse") request.socket.destroy();
    else if (fault === "slow") {
      await wait(8000);
      return false;
    } else if (/^\d+$/.test(fault)) {
      response.writeHead(Number(fault), {
        "content-type": "application/json",
        ...(fault === "429" ? { "retry-after": "15", "ratelimit-reset": String(Math.floor(Date.now() / 1000) + 15) } : {}),
      });
      response.end(JSON.stringify({ message: `${fault} (simulated fault)` }));
    } else return fault === "stall";
    return true;
  }

  async #spoil(fault: ServerFault, response: ServerResponse, text: string): Promise<void> {
    if (fault === "slow") return void response.end(text);
    if (fault === "garble") return void response.end(`${text.slice(0, text.length / 2)}\u0000}{ garbled`);
    response.writeHead(200, { "content-length": Buffer.byteLength(text) });
    if (fault === "cut") {
      response.write(text.slice(0, text.length / 2), () => response.socket?.destroy());
      return;
    }
    for (let index = 0; index < text.length && !response.destroyed; index += 64) {
      response.write(text.slice(index, index + 64));
      await wait(50);
    }
    response.end();
  }
}
