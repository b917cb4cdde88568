import "server-only";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Dispatcher } from "undici";
import type { Clock } from "../../base/clock.ts";
import { leasePath, type LeaseName } from "../read-lease.ts";
import type { ApiAgent } from "./api-agent.ts";
import { ApiError, errorOfStatus, readRetryAfter, toApiError } from "./api-error.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import type { RequestMeter } from "./request-meter.ts";

const unzip = promisify(gunzip);
/** A page of 500 pods of 41 KB is 20 MB (kubernetes-signals: scale); more than this is not a page. */
const MAX_BODY_BYTES = 256 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;
/** A body that pauses for this long in the middle of a list is broken. */
const LIST_BODY_TIMEOUT_MS = 30_000;

export interface Ask {
  signal: AbortSignal;
  meter: RequestMeter;
  /** Told the size of a document in bytes, not compressed. */
  onSize?: (bytes: number) => void;
  /** The request goes out now; a second time after 401. */
  onSent?: () => void;
  /** Without it JSON; a log is plain text, and the API server refuses to call it anything else. */
  accept?: string;
  /** The server began to answer, with any status. */
  onStatus?: (status: number) => void;
}

/** What the loops need of an API server. All methods throw ApiError, and nothing else except when `signal` aborts. */
export interface Api {
  /** GET of a JSON document. `path` begins with a slash and may hold a query. */
  get(path: string, ask: Ask): Promise<unknown>;
  /** POST of a review; nothing else is ever posted. */
  review(path: string, body: unknown, ask: Ask): Promise<unknown>;
  /** GET of a stream: resolves when the headers are in. */
  open(path: string, ask: Ask): Promise<AsyncIterable<Uint8Array>>;
}

interface Message {
  method: "GET" | "POST" | "PUT";
  path: string;
  body?: string;
  bodyTimeout: number;
  gzip: boolean;
}

/** HTTP only: addresses, credentials, status codes. 401 is answered once with fresh credentials. */
export class ApiRequest implements Api {
  readonly #access: ClusterAccess;
  readonly #agent: ApiAgent;
  readonly #clock: Clock;
  readonly #origin: string;
  /** API servers behind a gateway have a path of their own. */
  readonly #prefix: string;

  constructor(access: ClusterAccess, agent: ApiAgent, clock: Clock) {
    this.#access = access;
    this.#agent = agent;
    this.#clock = clock;
    const url = new URL(access.server);
    this.#origin = url.origin;
    this.#prefix = url.pathname.replace(/\/$/, "");
  }

  async get(path: string, ask: Ask): Promise<unknown> {
    const response = await this.#send({ method: "GET", path, bodyTimeout: LIST_BODY_TIMEOUT_MS, gzip: true }, ask);
    return readJson(response, ask);
  }

  async review(path: string, body: unknown, ask: Ask): Promise<unknown> {
    const text = JSON.stringify(body);
    return readJson(await this.#send({ method: "POST", path, body: text, bodyTimeout: LIST_BODY_TIMEOUT_MS, gzip: false }, ask), ask);
  }

  /**
   * PUT of one Lease: the only thing that is ever written, and only where RUNNERSCOPE_LEASE names it. Rejects with status 409 when it is no longer the version
   * in `body`.
   */
  async replaceLease(lease: LeaseName, body: unknown, ask: Ask): Promise<unknown> {
    const what = {
      method: "PUT",
      path: leasePath(lease),
      body: JSON.stringify(body),
      bodyTimeout: LIST_BODY_TIMEOUT_MS,
      gzip: false,
    } as const;
    return readJson(await this.#send(what, ask), ask);
  }

  async open(path: string, ask: Ask): Promise<AsyncIterable<Uint8Array>> {
    return (await this.#send({ method: "GET", path, bodyTimeout: 0, gzip: false }, ask)).body;
  }

  async #send(what: Message, ask: Ask): Promise<Dispatcher.ResponseData> {
    const first = await this.#once(what, ask, false);
    if (first.statusCode !== 401) return this.#accept(first);
    await drop(first);
    return this.#accept(await this.#once(what, ask, true));
  }

  async #once(what: Message, ask: Ask, fresh: boolean): Promise<Dispatcher.ResponseData> {
    ask.signal.throwIfAborted();
    try {
      const credentials = await this.#access.authorize({ fresh });
      const dispatcher = await this.#agent.dispatcher();
      ask.signal.throwIfAborted();
      ask.meter.count();
      ask.onSent?.();
      const response = await dispatcher.request({
        origin: this.#origin,
        path: this.#prefix + what.path,
        method: what.method,
        headers: {
          ...credentials,
          accept: ask.accept ?? "application/json",
          "user-agent": "runnerscope",
          ...(what.gzip ? { "accept-encoding": "gzip" } : {}),
          ...(what.body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(what.body === undefined ? {} : { body: what.body }),
        bodyTimeout: what.bodyTimeout,
        signal: ask.signal,
      });
      ask.onStatus?.(response.statusCode);
      return response;
    } catch (error) {
      ask.signal.throwIfAborted();
      throw toApiError(error);
    }
  }

  async #accept(response: Dispatcher.ResponseData): Promise<Dispatcher.ResponseData> {
    const { statusCode, headers } = response;
    if (statusCode >= 200 && statusCode < 300) return response;
    const retryAfter = headers["retry-after"];
    const body = await readErrorBody(response);
    throw errorOfStatus(statusCode, body, readRetryAfter(typeof retryAfter === "string" ? retryAfter : null, this.#clock.now()));
  }
}

async function readJson(response: Dispatcher.ResponseData, { onSize }: Ask): Promise<unknown> {
  const bytes = await readBody(response, MAX_BODY_BYTES);
  let plain: Uint8Array;
  try {
    plain = response.headers["content-encoding"] === "gzip" ? await unzip(bytes, { maxOutputLength: MAX_BODY_BYTES }) : bytes;
    onSize?.(plain.byteLength);
    return JSON.parse(Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength).toString("utf8"));
  } catch (error) {
    throw new ApiError("protocol", `the answer is not JSON: ${error instanceof Error ? error.message : "unreadable"}`);
  }
}

async function readBody(response: Dispatcher.ResponseData, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw new ApiError("protocol", `the answer is larger than ${limit} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw toApiError(error);
  }
  return Buffer.concat(chunks, size);
}

async function readErrorBody(response: Dispatcher.ResponseData): Promise<unknown> {
  try {
    return JSON.parse((await readBody(response, MAX_ERROR_BYTES)).toString("utf8"));
  } catch {
    // A proxy's page, or nothing: the status says enough.
    return null;
  }
}

async function drop(response: Dispatcher.ResponseData): Promise<void> {
  await response.body.dump({ limit: MAX_ERROR_BYTES }).catch(() => {});
}
