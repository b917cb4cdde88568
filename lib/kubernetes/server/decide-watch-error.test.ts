import { describe, expect, it } from "vitest";
import { ApiError, errorOfStatus, readRetryAfter, toApiError } from "./api-error.ts";
import { decideWatchError, type WatchFailure } from "./decide-watch-error.ts";

function decide(error: ApiError, more: Partial<WatchFailure> = {}) {
  return decideWatchError({
    error,
    phase: "watch",
    delivered: false,
    bookmarked: false,
    bookmarksExpected: true,
    livedMs: 0,
    repeated: false,
    ...more,
  });
}
const ended = new ApiError("ended", "");
const silent = new ApiError("silent", "");

describe("what a failed watch means", () => {
  it("an orderly end is no alarm; one right after the start is, and never a busy loop", () => {
    expect(decide(ended, { livedMs: 300_000 })).toMatchObject({ next: "resume", wait: "none", show: "nothing" });
    expect(decide(ended, { delivered: true, livedMs: 3 })).toMatchObject({ wait: "back-off", show: "nothing" });
    expect(decide(ended, { livedMs: 3 })).toMatchObject({ wait: "back-off", show: { code: "protocol" }, doubt: "life" });
  });

  it("silence proves a dead connection only where bookmarks came", () => {
    expect(decide(silent, { livedMs: 90_000, bookmarked: true, delivered: true })).toMatchObject({
      next: "resume",
      show: { code: "timeout" },
    });
    expect(decide(silent, { livedMs: 90_000 })).toMatchObject({ next: "resume", wait: "none", show: "nothing" });
    expect(decide(silent, { livedMs: 90_000, repeated: true, bookmarksExpected: false })).toMatchObject({ wait: "none", show: "nothing" });
    expect(decide(silent, { livedMs: 90_000, repeated: true })).toMatchObject({ show: { code: "timeout" }, doubt: "delivery" });
  });

  it("410 needs a list, at once the first time and with a wait when it comes again", () => {
    const expired = errorOfStatus(410, { message: "too old resource version: 1 (2)" });
    expect(decide(expired)).toMatchObject({ next: "relist", wait: "none", show: "nothing" });
    expect(decide(expired, { repeated: true })).toMatchObject({
      next: "relist",
      wait: "back-off",
      show: { code: "server" },
      doubt: "life",
    });
    expect(decide(expired, { phase: "list" })).toMatchObject({ wait: "back-off" });
    expect(errorOfStatus(504, { message: "Too large resource version: 900, current: 3" }).kind).toBe("expired");
  });

  it("a garbled line is read again once, then a list helps", () => {
    const garbled = new ApiError("protocol", "");
    expect(decide(garbled, { delivered: true })).toMatchObject({ next: "resume", wait: "back-off", show: { code: "protocol" } });
    expect(decide(garbled, { repeated: true })).toMatchObject({ next: "relist", wait: "back-off" });
    expect(decide(errorOfStatus(400, null))).toMatchObject({ next: "relist", wait: "back-off" });
  });

  it("statuses: what is told and how long to wait", () => {
    expect(decide(errorOfStatus(403, null))).toMatchObject({ wait: "forbidden", show: "forbidden" });
    expect(decide(errorOfStatus(429, null, 7_000))).toMatchObject({
      next: "resume",
      wait: "back-off",
      atLeastMs: 7_000,
      show: { code: "throttled" },
    });
    expect(decide(errorOfStatus(401, { message: "Unauthorized" }))).toMatchObject({
      show: { code: "unauthorized", detail: "HTTP 401: Unauthorized" },
    });
    expect(decide(errorOfStatus(503, "<html>"))).toMatchObject({ show: { code: "server", detail: "HTTP 503" } });
    expect(decide(errorOfStatus(404, null))).toMatchObject({ show: { code: "protocol" } });
  });
});

describe("errors of requests", () => {
  const coded = (code: string, message = "boom", cause?: unknown) => Object.assign(new Error(message, { cause }), { code });

  it("are told apart by their codes, wherever in the chain of causes they stand", () => {
    for (const [error, kind] of [
      [coded("ECONNREFUSED"), "unreachable"],
      [coded("UND_ERR_SOCKET", "other side closed"), "unreachable"],
      [coded("UND_ERR_CONNECT_TIMEOUT"), "unreachable"],
      [new AggregateError([coded("ECONNREFUSED"), coded("ENETUNREACH")], ""), "unreachable"],
      [coded("ENOTFOUND"), "unreachable"],
      [coded("CERT_HAS_EXPIRED"), "tls"],
      [new Error("fetch failed", { cause: coded("ERR_TLS_CERT_ALTNAME_INVALID") }), "tls"],
      [coded("DEPTH_ZERO_SELF_SIGNED_CERT"), "tls"],
      [coded("UNABLE_TO_VERIFY_LEAF_SIGNATURE"), "tls"],
      [coded("ERR_SSL_WRONG_VERSION_NUMBER"), "tls"],
      [coded("UND_ERR_HEADERS_TIMEOUT"), "timeout"],
      [coded("UND_ERR_BODY_TIMEOUT"), "timeout"],
      [coded("HPE_INVALID_CONSTANT"), "protocol"],
      [coded("credentials", "tokenFile: is empty"), "credentials"],
      [new TypeError("x is not a function"), "protocol"],
      ["a text", "protocol"],
    ] as const)
      expect([toApiError(error).kind, error]).toEqual([kind, error]);
    const same = new ApiError("silent", "");
    expect(toApiError(same)).toBe(same);
  });

  it("hold no secret and are no longer than the screen takes", () => {
    const error = errorOfStatus(500, { message: `Bearer abcdefgh12345678 ${"x".repeat(900)}` });
    expect(error.message).not.toContain("abcdefgh12345678");
    expect(error.message.length).toBeLessThanOrEqual(300);
  });

  it("take Retry-After as seconds or as a date, within bounds", () => {
    const now = Date.parse("2026-03-01T12:00:00Z");
    expect(readRetryAfter("7", now)).toBe(7_000);
    expect(readRetryAfter("Sun, 01 Mar 2026 12:00:05 GMT", now)).toBe(5_000);
    expect(readRetryAfter("Sun, 01 Mar 2026 11:00:05 GMT", now)).toBe(0);
    expect(readRetryAfter("99999999", now)).toBe(600_000);
    expect(readRetryAfter("soon", now)).toBeNull();
    expect(readRetryAfter(null, now)).toBeNull();
  });
});
