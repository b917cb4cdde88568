import type { IncomingMessage, ServerResponse } from "node:http";
import { gzip } from "node:zlib";
import { promisify } from "node:util";
import { ConnectionGate } from "../../testing/fake-api/connection-gate.ts";
import { Faults } from "../../testing/fake-api/faults.ts";
import type { ServerCertificates } from "./server-certificates.ts";
import { faultsOf, refuseAnswer, SLOW_TLS_MS, spoilAnswer, type ServerFault } from "./server-fault.ts";

const compress = promisify(gzip);

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
  /** Left out: plain HTTP. */
  certificates?: ServerCertificates;
  answer(request: IncomingMessage, url: URL, body: string): Answer | Promise<Answer>;
}

/** A small HTTP(S) server that answers from the model and can be told to misbehave, on all paths or on one. */
export class SimulatedServer {
  readonly name: string;
  /** The verbs it knows. */
  readonly faults: readonly ServerFault[];
  readonly #options: SimulatedServerOptions;
  readonly #gate: ConnectionGate;
  readonly #connectionFaults = new Faults();
  #fault: { fault: ServerFault; path: string | null } | null = null;
  #running = true;
  #closed = false;
  #open = false;
  #expired = false;
  #requests = 0;
  #turn = Promise.resolve();

  private constructor(options: SimulatedServerOptions, tls: { cert: string; key: string; ca: string } | null) {
    this.name = options.name;
    this.faults = faultsOf(tls !== null);
    this.#options = options;
    this.#gate = new ConnectionGate({
      tls,
      port: options.port ?? 0,
      host: options.host ?? "127.0.0.1",
      // Go's servers, which kubelets and managers are, keep idle connections for ever.
      idleMs: 0,
      faults: this.#connectionFaults,
      listener: (request, response) => void this.#handle(request, response).catch(() => response.destroy()),
    });
  }

  static async open(options: SimulatedServerOptions): Promise<SimulatedServer> {
    const server = new SimulatedServer(options, (await options.certificates?.get("now")) ?? null);
    await server.#gate.open();
    server.#open = true;
    return server;
  }

  /** Requests that came, however they were answered. */
  get requests(): number {
    return this.#requests;
  }

  get port(): number {
    return this.#gate.port;
  }

  /** Whether its process runs; without one nobody listens on the port and its connections are gone. */
  get running(): boolean {
    return this.#running;
  }

  set running(running: boolean) {
    this.#running = running;
    void this.#follow();
  }

  get fault(): string | null {
    return this.#fault === null ? null : `${this.#fault.fault}${this.#fault.path === null ? "" : ` ${this.#fault.path}`}`;
  }

  /** `path` null: everything. `fault` null: well again. Resolves when it is so. */
  misbehave(fault: ServerFault | null, path: string | null = null): Promise<void> {
    this.#fault = fault === null ? null : { fault, path };
    this.#connectionFaults.clear();
    if (fault === "slow TLS") this.#connectionFaults.add({ verb: "slow-tls", delayMs: SLOW_TLS_MS, times: "always" });
    if (fault === "cut" || fault === "slow TLS") this.#gate.resetAll();
    return this.#follow();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#follow();
  }

  /** Opens or closes the port and shows the certificate as it should be now, one after the other. */
  #follow(): Promise<void> {
    const open = this.#running && !this.#closed && !(this.#fault?.fault === "refuse" && this.#fault.path === null);
    const expired = this.#fault?.fault === "expired certificate";
    this.#turn = this.#turn.then(async () => {
      if (expired !== this.#expired && this.#options.certificates) {
        this.#expired = expired;
        this.#gate.setCertificate(await this.#options.certificates.get(expired ? "expired" : "now"));
      }
      if (open === this.#open) return;
      this.#open = open;
      if (!open) return this.#gate.close();
      // Somebody else has the port now.
      await this.#gate.open().catch(() => (this.#open = false));
    });
    return this.#turn;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#requests += 1;
    const url = new URL(request.url ?? "/", "http://simulated");
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const fault = this.#fault && (this.#fault.path === null || this.#fault.path === url.pathname) ? this.#fault.fault : null;
    if (fault && (await refuseAnswer(fault, request, response))) return;
    const { status = 200, type = "text/plain; charset=utf-8", headers = {}, body: text } = await this.#options.answer(request, url, body);
    if (fault && (await spoilAnswer(fault, response, type, text))) return;
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
}
