import "server-only";

export type Headers = Record<string, string | string[] | undefined>;

export function header(headers: Headers, name: string): string | null {
  const value = headers[name];
  return typeof value === "string" ? value : (value?.[0] ?? null);
}

/**
 * How long a 429 asks to wait, in milliseconds: `Retry-After` (seconds or a date), `RateLimit-Reset` (Unix seconds), `RateLimit-ResetTime` (a
 * date); the longest of them. null: application limits and GraphQL often send none (GitLab docs: rate limits).
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | null {
  const after = header(headers, "retry-after");
  const waits = [
    after !== null && /^\d{1,9}$/.test(after) ? Number(after) * 1_000 : untilDate(after, nowMs),
    resetMs(headers, nowMs),
    untilDate(header(headers, "ratelimit-resettime"), nowMs),
  ].filter((wait) => wait !== null && wait > 0);
  return waits.length === 0 ? null : Math.max(...waits.map(Number));
}

/** Milliseconds until GitLab's window begins anew. */
function resetMs(headers: Headers, nowMs: number): number | null {
  const reset = header(headers, "ratelimit-reset");
  return reset !== null && /^\d{1,12}$/.test(reset) ? Math.max(0, Number(reset) * 1_000 - nowMs) : null;
}

/** GitLab's own limit: requests in its window, how many of them are left, and until when. */
export function toldLimits(headers: Headers, nowMs: number): { limit: number | null; remaining: number | null; resetMs: number | null } {
  return {
    limit: countOf(headers, "ratelimit-limit"),
    remaining: countOf(headers, "ratelimit-remaining"),
    resetMs: resetMs(headers, nowMs),
  };
}

function countOf(headers: Headers, name: string): number | null {
  const count = header(headers, name);
  return count !== null && /^\d{1,9}$/.test(count) ? Number(count) : null;
}

function untilDate(text: string | null, nowMs: number): number | null {
  const ms = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? null : ms - nowMs;
}

/** The query of the next page: `Link: <…>; rel="next"` where it is of the same path, else `X-Next-Page`. null: the last page. */
export function nextPage(headers: Headers, current: URL): Record<string, string> | null {
  const link = /<([^<>]{1,4096})>;\s*rel="next"/.exec(header(headers, "link") ?? "")?.[1];
  if (link !== undefined && URL.canParse(link, current)) {
    const next = new URL(link, current);
    // Behind a proxy the host and the prefix in it may be GitLab's own idea: only its query is used.
    if (next.pathname.endsWith(current.pathname.slice(current.pathname.indexOf("/api/v4/")))) return Object.fromEntries(next.searchParams);
  }
  const page = header(headers, "x-next-page");
  return page !== null && /^\d{1,9}$/.test(page) ? { ...Object.fromEntries(current.searchParams), page } : null;
}
