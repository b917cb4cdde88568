import "server-only";
import { Agent, ProxyAgent, Socks5ProxyAgent, type Dispatcher } from "undici";
import type { ClusterAccess, Connection } from "./cluster-access.ts";

/** A server that does not begin to answer within this is broken: kube-apiserver's own time-out for a request is 60 s, but it sends no headers late. */
const HEADERS_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Lists and reviews beside the watches. Each open watch holds a connection of its own (HTTP/1.1), so the pool grows with them. */
const SPARE_CONNECTIONS = 8;
const MIN_CONNECTIONS = 16;

/**
 * One undici Agent for a cluster, HTTP/1.1: with HTTP/2 one dead TCP connection takes every watch with it. A new one is built when the
 * files behind the connection changed; what runs on the old one ends there in its own time.
 */
export class ApiAgent {
  readonly #access: ClusterAccess;
  #current: { version: string; connections: number; dispatcher: Dispatcher } | null = null;
  #watches = 0;
  #closed = false;
  /** Agents of older versions that still carry a watch. */
  readonly #retired = new Set<Dispatcher>();

  constructor(access: ClusterAccess) {
    this.#access = access;
  }

  /** How many watches will be open at the same time. */
  reserve(watches: number): void {
    this.#watches = watches;
  }

  /** The agent for the next request. Throws AccessError when credentials cannot be used. */
  async dispatcher(): Promise<Dispatcher> {
    const connection = await this.#access.connection();
    const connections = Math.max(MIN_CONNECTIONS, this.#watches + SPARE_CONNECTIONS);
    const current = this.#current;
    if (this.#closed) throw new Error("the agent is closed");
    if (current !== null && current.version === connection.version && current.connections >= connections) return current.dispatcher;
    const dispatcher = buildDispatcher(connection, connections);
    this.#current = { version: connection.version, connections, dispatcher };
    if (current !== null) this.#retire(current.dispatcher);
    return dispatcher;
  }

  /** Ends every socket that no stream holds; whoever has a stream ends it with its signal, before. */
  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#retired, ...(this.#current === null ? [] : [this.#current.dispatcher])];
    this.#retired.clear();
    this.#current = null;
    await Promise.allSettled(all.map((dispatcher) => dispatcher.destroy()));
  }

  #retire(dispatcher: Dispatcher): void {
    this.#retired.add(dispatcher);
    const done = () => void this.#retired.delete(dispatcher);
    dispatcher.close().then(done, done);
  }
}

function buildDispatcher(connection: Connection, connections: number): Dispatcher {
  const { ca, cert, key, servername, rejectUnauthorized, proxy } = connection;
  const tls = {
    rejectUnauthorized,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
  };
  const socket = { keepAlive: true, keepAliveInitialDelay: 30_000, timeout: CONNECT_TIMEOUT_MS, allowH2: false };
  // A watch may be quiet for longer than any body time-out: silence is the reflector's to judge.
  const options = { connections, allowH2: false, pipelining: 1, headersTimeout: HEADERS_TIMEOUT_MS, bodyTimeout: 0 };
  if (proxy === null) return new Agent({ ...options, connect: { ...socket, ...tls } });
  const url = new URL(proxy);
  if (url.protocol.startsWith("socks")) return new Socks5ProxyAgent(url, { ...options, requestTls: { ...socket, ...tls } });
  return new ProxyAgent({ ...options, uri: proxy, requestTls: { ...socket, ...tls } });
}
