import "server-only";
import type { SourceError } from "../../base/source-state.ts";
import { scrubText } from "../../base/scrub-text.ts";

/**
 * What went wrong with a request or a watch. Besides the codes people see: `forbidden` (403), `expired` (410: the resourceVersion or the
 * continue token is too old), `ended` (the server closed the watch in an orderly way), `silent` (no byte for too long).
 */
export type ApiErrorKind = SourceError["code"] | "forbidden" | "expired" | "ended" | "silent";

/** As `sourceErrorSchema` promises. */
const DETAIL_LENGTH = 300;

export class ApiError extends Error {
  readonly kind: ApiErrorKind;
  /** HTTP status, or the code of a Status object in the stream; null: there was none. */
  readonly status: number | null;
  /** What the server asked for with Retry-After; null: nothing. */
  readonly retryAfterMs: number | null;

  /** `detail` may hold foreign text: it is scrubbed and cut here. What AccessError says holds no secret, and is only cut. */
  constructor(kind: ApiErrorKind, detail: string, about: { status?: number; retryAfterMs?: number | null; cause?: unknown } = {}) {
    super(
      kind === "credentials" ? detail.slice(0, DETAIL_LENGTH) : scrubText(detail, DETAIL_LENGTH),
      "cause" in about ? { cause: about.cause } : undefined,
    );
    this.name = "ApiError";
    this.kind = kind;
    this.status = about.status ?? null;
    this.retryAfterMs = about.retryAfterMs ?? null;
  }
}

/** No wait that a server asks for is longer than this, whatever it says. */
const MAX_RETRY_AFTER_MS = 600_000;

/** Retry-After in seconds or as a date (RFC 9110, 10.2.3); null when it is neither. `now` in milliseconds since the epoch. */
export function readRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms)) : null;
}

/**
 * The error that an HTTP status means. `body` is the Status object of the API server (apimachinery `metav1.Status`) or anything else a proxy sent;
 * only its message is used.
 */
export function errorOfStatus(status: number, body: unknown, retryAfterMs: number | null = null): ApiError {
  const message = messageOf(body);
  const detail = message === "" ? `HTTP ${status}` : `HTTP ${status}: ${message}`;
  return new ApiError(kindOfStatus(status, message), detail, { status, retryAfterMs });
}

function kindOfStatus(status: number, message: string): ApiErrorKind {
  // An API server that was restored from a backup, or lags behind the one asked before (apimachinery errors.NewTimeoutError with
  // cause ResourceVersionTooLarge): the version held is of no use here, as with 410.
  if (status === 504 && message.includes("Too large resource version")) return "expired";
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 410) return "expired";
  if (status === 429) return "throttled";
  return status >= 500 ? "server" : "protocol";
}

function messageOf(body: unknown): string {
  if (typeof body !== "object" || body === null || !("message" in body)) return "";
  return typeof body.message === "string" ? body.message : "";
}

/** Codes of Node's TLS and of OpenSSL; `ERR_TLS_CERT_ALTNAME_INVALID` is the wrong name, `CERT_HAS_EXPIRED` the expired certificate. */
const TLS_CODE =
  /^(CERT_|UNABLE_TO_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_IN_CHAIN$|HOSTNAME_MISMATCH$|INVALID_CA$|EPROTO$)/;
const TIMEOUT_CODES = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"]);
/** llhttp could not read it, or the header block is too large. */
const PROTOCOL_CODE = /^(HPE_|UND_ERR_HEADERS_OVERFLOW$|UND_ERR_RES_|Z_)/;

/** Any failure of a request as an ApiError, by the codes of Node, OpenSSL and undici along the causes. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const chain = causesOf(error);
  const first = chain[0];
  const codes = chain.map((link) => codeOf(link)).filter((code) => code !== null);
  const tls = codes.find((code) => TLS_CODE.test(code));
  const detail = chain.map((link) => link.message).find((message) => message !== "") ?? codes[0] ?? String(error);
  const withCode = (code: string | undefined) => (code === undefined || detail.includes(code) ? detail : `${code}: ${detail}`);
  if (codes.includes("credentials")) return new ApiError("credentials", detail, { cause: first });
  if (tls !== undefined) return new ApiError("tls", withCode(tls), { cause: first });
  const timeout = codes.find((code) => TIMEOUT_CODES.has(code));
  if (timeout !== undefined) return new ApiError("timeout", withCode(timeout), { cause: first });
  const protocol = codes.find((code) => PROTOCOL_CODE.test(code));
  if (protocol !== undefined) return new ApiError("protocol", withCode(protocol), { cause: first });
  // Sockets, DNS and undici always give a code; an error without one is ours or a proxy's.
  return new ApiError(codes.length === 0 ? "protocol" : "unreachable", withCode(codes[0]), { cause: first });
}

function causesOf(error: unknown): Error[] {
  const chain: Error[] = [];
  // Happy Eyeballs fails with an AggregateError: one error for each address.
  const add = (link: unknown, depth: number): void => {
    if (!(link instanceof Error) || depth > 5) return;
    chain.push(link);
    if (link instanceof AggregateError) for (const one of link.errors) add(one, depth + 1);
    add(link.cause, depth + 1);
  };
  add(error, 0);
  return chain;
}

function codeOf(error: Error): string | null {
  return "code" in error && typeof error.code === "string" ? error.code : null;
}
