import "server-only";
import { scrubText } from "../scrub-text.ts";
import type { RbacRule, SourceError } from "../source-state.ts";

/** As `sourceErrorSchema` promises. */
const DETAIL_LENGTH = 300;

/** Why a target that is polled over HTTP could not be read. The text is scrubbed and cut, and holds no header and no body. */
export class PollError extends Error {
  readonly code: SourceError["code"] | "forbidden";
  /** The right that is missing, with `forbidden`. */
  readonly rule: RbacRule | null;

  constructor(code: SourceError["code"], detail: string, rule: RbacRule | null = null) {
    super(scrubText(detail, DETAIL_LENGTH));
    this.name = "PollError";
    this.code = rule === null ? code : "forbidden";
    this.rule = rule;
  }

  /** 403 of something that knows Kubernetes' rights. */
  static forbidden(detail: string, rule: RbacRule): PollError {
    return new PollError("unauthorized", detail, rule);
  }
}

/** Node's and OpenSSL's codes for a certificate that is not taken. */
const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME|ERR_TLS|ERR_SSL|EPROTO/;
/** llhttp could not read it, zlib could not unpack it, or the header block is too large. */
const PROTOCOL_CODE = /^(?:Z_|ERR_INVALID|HPE_|UND_ERR_(?:HEADERS_OVERFLOW|INVALID|RES_))/;

/** Any failure of a request as a PollError, by the codes of Node, OpenSSL, zlib and undici. `timedOut`: our own time-out ended it. */
export function toPollError(error: unknown, timedOut: { afterMs: number } | null): PollError {
  if (error instanceof PollError) return error;
  if (timedOut !== null) return new PollError("timeout", `no whole page within ${timedOut.afterMs} ms`);
  const { code, message, name } = error as { code?: unknown; message?: string; name?: string };
  const known = typeof code === "string" ? code : "";
  // What AccessError says is about a file or a plug-in of our own.
  if (name === "AccessError") return new PollError("credentials", message ?? "");
  const detail = [known, message].filter(Boolean).join(": ");
  if (TLS_CODE.test(known)) return new PollError("tls", detail);
  return new PollError(PROTOCOL_CODE.test(known) ? "protocol" : "unreachable", detail);
}

/** The error that a status means where 403 is not a Kubernetes right. `who` answers. */
export function statusError(status: number, who: string): PollError {
  if (status === 401 || status === 403) return new PollError("unauthorized", `status ${status}: ${who} does not take these credentials`);
  if (status === 429) return new PollError("throttled", "429");
  return new PollError(status >= 500 ? "server" : "protocol", `status ${status}`);
}
