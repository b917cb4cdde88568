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

/** The problem as a response, `application/problem+json`. `type` is a relative reference (RFC 9457 §3.1.1) to the list in the API description. */
export function problemResponse({ code, status, ...rest }: Problem): Response {
  return new Response(JSON.stringify({ type: `/api/v1/openapi.json#${code}`, status, ...rest }), {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
  });
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
