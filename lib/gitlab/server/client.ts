import "server-only";
import { Agent, EnvHttpProxyAgent, request, type Dispatcher } from "undici";
import type { Clock } from "../../base/clock.ts";
import { scrubText } from "../../base/scrub-text.ts";
import { AnswerCache } from "./answer-cache.ts";
import { GitlabError } from "./gitlab-error.ts";
import { readErrorText, readJson } from "./read-body.ts";
import { header, nextPage, retryAfterMs, toldLimits } from "./read-limits.ts";
import type { RequestBudget } from "./request-budget.ts";

const TIMEOUT_MS = 20_000;
/** 100 jobs are about 400 kB. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_REDIRECTS = 3;

export interface TokenSource {
  read(): Promise<string>;
  /** The token was refused: read the file again before the next use. */
  drop(): void;
}

export interface GitlabClientOptions {
  /** `https://host[:port][/prefix]`. */
  baseUrl: string;
  token: TokenSource;
  budget: RequestBudget;
  clock: Clock;
  /** PEM of a private CA. It replaces the built-in list. */
  ca?: string | Buffer;
  /** Through `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`. */
  useProxy?: boolean;
  timeoutMs?: number;
  maxBytes?: number;
}

export interface RestAnswer {
  body: unknown;
  /** The query of the next page; null: the last one. */
  next: Record<string, string> | null;
}

/** GitLab over HTTP: REST v4 and GraphQL. Only reads; every request counts against the budget, and none goes out beyond it. */
export class GitlabClient {
  readonly baseUrl: string;
  readonly #options: GitlabClientOptions;
  readonly #agent: Dispatcher;
  readonly #cache = new AnswerCache();
  readonly #ended = new AbortController();
  #token: string | null = null;
  #tokenChanges = 0;

  constructor(options: GitlabClientOptions) {
    this.baseUrl = options.baseUrl.replace(/\/+$/, "");
    this.#options = options;
    const connect = { timeout: 10_000, ...(options.ca === undefined ? {} : { ca: options.ca }) };
    const pool = { connections: 4, pipelining: 1, keepAliveTimeout: 30_000 };
    this.#agent = options.useProxy ? new EnvHttpProxyAgent({ ...pool, connect, requestTls: connect }) : new Agent({ ...pool, connect });
  }

  /** `path` below `/api/v4/`, its parts encoded. Where GitLab says that nothing changed (304), the body from before. Throws GitlabError. */
  async get(path: string, query: Record<string, string | readonly string[]> = {}): Promise<RestAnswer> {
    const url = new URL(`${this.baseUrl}/api/v4/${path}`);
    for (const [key, value] of Object.entries(query)) for (const one of [value].flat()) url.searchParams.append(key, one);
    const kept = this.#cache.get(url.href);
    const response = await this.#send(url, kept === null ? {} : { "if-none-match": kept.etag });
    if (response.statusCode === 304 && kept !== null) {
      await response.body.dump().catch(() => {});
      return kept.answer;
    }
    const { json, bytes } = await this.#guard(() => readJson(response, this.#options.maxBytes ?? MAX_BYTES));
    const answer = { body: json, next: nextPage(response.headers, url) };
    const etag = header(response.headers, "etag");
    if (etag !== null) this.#cache.set(url.href, { etag, answer, bytes });
    return answer;
  }

  /** A body as it comes, for what is no JSON and may be large. It lasts until `signal` aborts or the client closes. Throws GitlabError. */
  async *stream(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const url = new URL(`${this.baseUrl}/api/v4/${path}`);
    const whole = AbortSignal.any([signal, this.#ended.signal]);
    const response = await this.#send(url, { accept: "text/plain", "accept-encoding": "identity" }, undefined, whole);
    try {
      for await (const chunk of response.body as AsyncIterable<Buffer>) yield chunk;
    } catch (error) {
      throw asGitlabError(error);
    }
  }

  /** The whole answer, `errors` included. Throws GitlabError. */
  async graphql(query: string, variables: Record<string, unknown>): Promise<unknown> {
    const url = new URL(`${this.baseUrl}/api/graphql`);
    const response = await this.#send(url, { "content-type": "application/json" }, JSON.stringify({ query, variables }));
    return (await this.#guard(() => readJson(response, this.#options.maxBytes ?? MAX_BYTES))).json;
  }

  /** How often the token was exchanged: another one may see other things. */
  get tokenChanges(): number {
    return this.#tokenChanges;
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#agent.destroy().catch(() => {});
  }

  /** Answers 200 and 304; everything else is thrown. After a 401 the token file is read again, and a new token tried once. */
  async #send(url: URL, headers: Record<string, string>, body?: string, signal?: AbortSignal): Promise<Dispatcher.ResponseData> {
    const token = this.#used(await this.#options.token.read());
    const response = await this.#once(url, headers, body, token, signal);
    if (response.statusCode !== 401) return this.#checked(response);
    await response.body.dump().catch(() => {});
    this.#options.token.drop();
    const fresh = await this.#options.token.read();
    if (fresh === token)
      throw new GitlabError("unauthorized", "401: GitLab does not take this token (expired, revoked, or of another instance)");
    return this.#checked(await this.#once(url, headers, body, this.#used(fresh), signal));
  }

  /** Notes when the token is another one than before. */
  #used(token: string): string {
    if (this.#token !== null && this.#token !== token) this.#tokenChanges += 1;
    this.#token = token;
    return token;
  }

  async #once(
    url: URL,
    headers: Record<string, string>,
    body: string | undefined,
    token: string,
    signal?: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    let target = url;
    for (let redirects = 0; ; redirects++) {
      this.#spend();
      const response = await this.#guard(() =>
        request(target, {
          dispatcher: this.#agent,
          method: body === undefined ? "GET" : "POST",
          signal: signal ?? this.#signal(),
          headers: { accept: "application/json", "accept-encoding": "gzip", ...headers, authorization: `Bearer ${token}` },
          ...(body === undefined ? {} : { body }),
        }),
      );
      if (![301, 302, 303, 307, 308].includes(response.statusCode)) return response;
      await response.body.dump().catch(() => {});
      target = this.#redirected(target, header(response.headers, "location"), redirects, body !== undefined);
    }
  }

  /** Inside the instance only: the token goes with the request. */
  #redirected(from: URL, location: string | null, redirects: number, post: boolean): URL {
    const base = new URL(`${this.baseUrl}/`);
    const target = location !== null && URL.canParse(location, from) ? new URL(location, from) : null;
    if (target === null || target.origin !== base.origin || !target.pathname.startsWith(`${base.pathname}api/`)) {
      throw new GitlabError(
        "protocol",
        "GitLab answers with a redirect to another place, which is not followed: is GITLAB_URL its final address?",
      );
    }
    if (post || redirects >= MAX_REDIRECTS) throw new GitlabError("protocol", "too many redirects");
    return target;
  }

  #spend(): void {
    const { budget } = this.#options;
    const waitMs = budget.waitMs();
    if (waitMs > 0) throw new GitlabError(budget.paused ? "throttled" : "budget", "the budget of requests is used up", waitMs);
    budget.take();
  }

  async #checked(response: Dispatcher.ResponseData): Promise<Dispatcher.ResponseData> {
    const { statusCode, headers } = response;
    const { budget, clock } = this.#options;
    const told = toldLimits(headers, clock.now());
    if (statusCode === 429) {
      const waitMs = budget.throttled(retryAfterMs(headers, clock.now()), told);
      await response.body.dump().catch(() => {});
      throw new GitlabError("throttled", `429: GitLab asks to wait ${Math.ceil(waitMs / 1_000)} s`, waitMs);
    }
    budget.answered(told);
    if (statusCode === 200 || statusCode === 304) return response;
    throw statusError(statusCode, await readErrorText(response));
  }

  #signal(): AbortSignal {
    return AbortSignal.any([this.#ended.signal, AbortSignal.timeout(this.#options.timeoutMs ?? TIMEOUT_MS)]);
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof GitlabError ? error : asGitlabError(error);
    }
  }
}

function statusError(status: number, { code, text }: { code: string; text: string }): GitlabError {
  const detail = text === "" ? `status ${status}` : `${status}: ${text}`;
  if (status === 401) return new GitlabError("unauthorized", detail);
  if (status === 403) return new GitlabError(code === "insufficient_scope" ? "insufficient-scope" : "forbidden", detail);
  if (status === 404) return new GitlabError("not-found", detail);
  return new GitlabError(status >= 500 || status === 408 ? "server" : "protocol", detail);
}

/** Node's and OpenSSL's codes for a certificate that is not taken. */
const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME|ERR_TLS|ERR_SSL|EPROTO/;

function asGitlabError(error: unknown): GitlabError {
  const { code = "", message = "", name } = error as { code?: string; message?: string; name?: string };
  if (name === "TimeoutError" || /TIMEOUT|ETIMEDOUT/.test(String(code))) return new GitlabError("timeout", "no whole answer in time");
  const detail = scrubText([code, message].filter(Boolean).join(": "), 300);
  if (TLS_CODE.test(String(code))) return new GitlabError("tls", detail);
  return new GitlabError(/^(?:Z_|HPE_|ERR_INVALID)/.test(String(code)) ? "protocol" : "unreachable", detail);
}
