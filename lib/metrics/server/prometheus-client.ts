import "server-only";
import { EnvHttpProxyAgent, request, type Dispatcher } from "undici";
import { askAgainIfClosed } from "../../base/ask-again.ts";
import type { Clock } from "../../base/clock.ts";
import { PollError, statusError, toPollError } from "../../base/server/poll-error.ts";
import { SecretFile } from "../../base/server/secret-file.ts";
import { readAnswer, type Answer } from "../read-prometheus.ts";

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 64 * 1024 * 1024;
/** Tokens of Kubernetes and OIDC are about 1 kB. */
const MAX_TOKEN = 8_192;
/** An error is a line or two; a login page is more, and no help. */
const MAX_ERROR_BYTES = 16 * 1024;

export interface PrometheusSettings {
  /** Base URL without a trailing slash: `/api/v1/query` is below it (Mimir: with `/prometheus`). */
  readonly url: string;
  /** Bearer token; null: none is sent. */
  readonly tokenFile: string | null;
  readonly ca: Buffer | null;
  /** Header `X-Scope-OrgID` of Mimir, Cortex and Loki's kin; null: none is sent. */
  readonly tenant: string | null;
}

export interface Ask {
  signal: AbortSignal;
  /** One request goes out. */
  count?: () => void;
}

/** The HTTP API of Prometheus (v1) and of what speaks it: Thanos, Mimir, VictoriaMetrics. Reads only. */
export class PrometheusClient {
  readonly #settings: PrometheusSettings;
  readonly #token: SecretFile | null;
  readonly #agent: Dispatcher;
  readonly #timeoutMs: number;

  constructor(settings: PrometheusSettings, clock: Clock, timeoutMs: number = TIMEOUT_MS) {
    this.#settings = settings;
    this.#timeoutMs = timeoutMs;
    const fail = (text: string) => new PollError("credentials", text);
    this.#token =
      settings.tokenFile === null
        ? null
        : new SecretFile({ file: settings.tokenFile, variable: "PROMETHEUS_TOKEN_FILE", maxLength: MAX_TOKEN, fail }, clock);
    const tls = settings.ca === null ? {} : { ca: settings.ca };
    this.#agent = new EnvHttpProxyAgent({ connections: 4, pipelining: 1, connect: { timeout: 5_000, ...tls }, requestTls: tls });
  }

  /** A range vector as it was sampled. `atMs`: its end, ms since the epoch; null: the server's now. Throws PollError. */
  query(text: string, atMs: number | null, ask: Ask): Promise<Answer> {
    return this.#post("/api/v1/query", { query: text, ...(atMs === null ? {} : { time: seconds(atMs) }) }, ask);
  }

  /** The value at each step. Throws PollError. */
  queryRange(text: string, { fromMs, toMs, stepMs }: { fromMs: number; toMs: number; stepMs: number }, ask: Ask): Promise<Answer> {
    return this.#post("/api/v1/query_range", { query: text, start: seconds(fromMs), end: seconds(toMs), step: seconds(stepMs) }, ask);
  }

  async close(): Promise<void> {
    await this.#agent.destroy().catch(() => {});
  }

  /** By POST, as Prometheus allows, because a query names a hundred pods. */
  async #post(path: string, fields: Record<string, string>, { signal, count }: Ask): Promise<Answer> {
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const body = new URLSearchParams({ ...fields, timeout: `${Math.ceil(this.#timeoutMs / 1_000)}s` }).toString();
    const send = async () => {
      count?.();
      return request(`${this.#settings.url}${path}`, {
        method: "POST",
        dispatcher: this.#agent,
        signal: AbortSignal.any([timeout, signal]),
        headers: await this.#headers(),
        body,
      });
    };
    try {
      let response = await askAgainIfClosed(send);
      if (response.statusCode === 401 && this.#token !== null) {
        await response.body.dump().catch(() => {});
        this.#token.drop();
        response = await askAgainIfClosed(send);
      }
      if (response.statusCode !== 200) throw await errorOf(response);
      const answer = readAnswer(parse(await readBody(response, MAX_BYTES)));
      if (answer === null) throw new PollError("protocol", "the answer is no matrix of the Prometheus HTTP API");
      return answer;
    } catch (error) {
      throw toPollError(error, timeout.aborted ? { afterMs: this.#timeoutMs } : null);
    }
  }

  async #headers(): Promise<Record<string, string>> {
    const { tenant } = this.#settings;
    return {
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
      "user-agent": "runnerscope",
      ...(this.#token === null ? {} : { authorization: `Bearer ${await this.#token.read()}` }),
      ...(tenant === null ? {} : { "x-scope-orgid": tenant }),
    };
  }
}

const seconds = (ms: number) => String(ms / 1_000);

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    throw new PollError("protocol", "the answer is not JSON: another server, or a login page");
  }
}

async function readBody(response: Dispatcher.ResponseData, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += (chunk as Buffer).length;
    if (bytes > limit) throw new PollError("protocol", `the answer is larger than ${limit} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** 400, 422 and 503 carry what Prometheus has to say; anything else is a proxy's. */
async function errorOf(response: Dispatcher.ResponseData): Promise<PollError> {
  const { statusCode } = response;
  const body = await readBody(response, MAX_ERROR_BYTES)
    .then((bytes) => JSON.parse(bytes.toString("utf8")) as { errorType?: unknown; error?: unknown } | null)
    .catch(() => null);
  await response.body.dump().catch(() => {});
  const plain = statusError(statusCode, "Prometheus");
  if (typeof body?.error !== "string") return plain;
  const code = body.errorType === "timeout" ? "timeout" : plain.code === "forbidden" ? "unauthorized" : plain.code;
  return new PollError(code, `status ${statusCode}, ${String(body.errorType)}: ${body.error}`);
}
