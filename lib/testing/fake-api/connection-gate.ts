import { createServer as createHttp, type RequestListener, type Server as HttpServer } from "node:http";
import { createServer as createHttps, type Server as HttpsServer } from "node:https";
import { createServer as createTcp, type AddressInfo, type Server as TcpServer, type Socket } from "node:net";
import type { Faults } from "./faults.ts";

export interface GateOptions {
  /** null: plain HTTP. */
  tls: { cert: string; key: string; ca: string } | null;
  /** 0: any free port. */
  port: number;
  host: string;
  /** How long a connection may be idle, ms; 0: for ever. */
  idleMs: number;
  faults: Faults;
  listener: RequestListener;
}

/** The TCP side: accepts, delays or refuses connections and can reset the one under a request. */
export class ConnectionGate {
  readonly #http: HttpServer | HttpsServer;
  readonly #sockets = new Map<string, Socket>();
  readonly #faults: Faults;
  readonly #host: string;
  #tcp: TcpServer | null = null;
  #port: number;

  constructor({ tls, port, host, idleMs, faults, listener }: GateOptions) {
    this.#http = tls
      ? createHttps({ ...tls, requestCert: true, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] }, listener)
      : createHttp(listener);
    this.#http.keepAliveTimeout = idleMs;
    this.#http.on("tlsClientError", () => {});
    this.#http.on("clientError", (_error, socket) => socket.destroy());
    this.#host = host;
    this.#port = port;
    this.#faults = faults;
  }

  get port(): number {
    return this.#port;
  }

  /** How many TCP connections are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Listens, again on the same port after `close`. */
  async open(): Promise<void> {
    const tcp = createTcp({ noDelay: true }, (socket) => this.#accept(socket));
    this.#tcp = tcp;
    await new Promise<void>((resolve, reject) => {
      tcp.once("error", reject);
      tcp.listen(this.#port, this.#host, resolve);
    });
    this.#port = (tcp.address() as AddressInfo).port;
  }

  /** Nothing listens any more and all connections are reset, as when the machine's process died. */
  async close(): Promise<void> {
    const tcp = this.#tcp;
    this.#tcp = null;
    if (!tcp) return;
    const closed = new Promise<void>((resolve) => tcp.close(() => resolve()));
    this.resetAll();
    await closed;
  }

  /** Shows this certificate from now on; all connections are reset, as when the process was started anew with it. */
  setCertificate(tls: { cert: string; key: string; ca: string }): void {
    if ("setSecureContext" in this.#http) this.#http.setSecureContext(tls);
    this.resetAll();
  }

  /** Resets all connections; new ones are taken. */
  resetAll(): void {
    for (const socket of this.#sockets.values()) reset(socket);
  }

  /** Resets the connection that this request came over. */
  reset(address: { remoteAddress?: string | undefined; remotePort?: number | undefined }): void {
    const socket = this.#sockets.get(`${address.remoteAddress}:${address.remotePort}`);
    if (socket) reset(socket);
  }

  #accept(socket: Socket): void {
    const key = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#sockets.set(key, socket);
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(key));
    if (this.#faults.claim(["refuse"], null)) return reset(socket);
    const slow = this.#faults.claim(["slow-tls"], null);
    if (!slow) return void this.#http.emit("connection", socket);
    setTimeout(() => {
      if (!socket.destroyed) this.#http.emit("connection", socket);
    }, slow.delayMs);
  }
}

function reset(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy();
}
