/** RFC 9457 problem details. `field`: the parameter that is wrong; `remedy`: what to do about it. */
export interface Problem {
  status: number;
  /** Stable name, the end of `type`. */
  code:
    | "bad-parameter"
    | "unknown-parameter"
    | "not-found"
    | "not-in-this-version"
    | "not-ready"
    | "log-refused"
    | "wrong-host"
    | "cross-site"
    | "stopping";
  title: string;
  detail: string;
  field?: string;
  remedy?: string;
}

/** Thrown anywhere below a route; `answer` turns it into the response. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** For answers that are no pages: nothing in them is ever run or framed, even if a browser takes one for a page. */
export const API_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The problem as a response, `application/problem+json`. `type` is a relative reference (RFC 9457 §3.1.1) to the list in the API description. */
export function problemResponse({ code, status, ...rest }: Problem, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ type: `/api/v1/openapi.json#${code}`, status, ...rest }), {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", "content-security-policy": API_POLICY, ...headers },
  });
}

/** A path with escapes that are none, as `%ZZ`, or are no UTF-8. */
export function badPath(): Problem {
  return {
    status: 400,
    code: "bad-parameter",
    title: "Unreadable path",
    detail: "The path holds escapes that cannot be read.",
    field: "path",
    remedy: "Write each part of the path in UTF-8 and percent-encode it once.",
  };
}

export function notFound(detail: string, remedy: string): ProblemError {
  return new ProblemError({ status: 404, code: "not-found", title: "Not found", detail, remedy });
}

/** Answers for a part that later work brings. */
export function notInThisVersion(part: string, needs: string): Response {
  return problemResponse({
    status: 501,
    code: "not-in-this-version",
    title: "Not in this version",
    detail: `${part} is not served yet: ${needs} is missing in this version.`,
    remedy: "Use /api/v1/openapi.json to see what is served.",
  });
}
