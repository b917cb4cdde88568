import { NextResponse, type NextRequest } from "next/server";
import { checkOrigin } from "@/app/api/check-origin.ts";
import { problemResponse } from "@/app/api/problem.ts";

/** Runs before every request but those for built files: refuses foreign hosts, gives pages a nonce for the scripts that are in the HTML. */
export function proxy(request: NextRequest): Response {
  const path = request.nextUrl.pathname;
  const problem = checkOrigin(request.headers, path, process.env["RUNNERSCOPE_HOST"] || "127.0.0.1");
  if (problem !== null) return problemResponse(problem);
  if (/^\/(api|healthz|readyz|metrics)(\/|$)/.test(path)) return NextResponse.next();
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
  const policy = contentPolicy(nonce, process.env.NODE_ENV === "development");
  const headers = new Headers(request.headers);
  // Next reads the nonce out of this request header and puts it on its own scripts; the layout may read x-nonce for its own.
  headers.set("content-security-policy", policy);
  headers.set("x-nonce", nonce);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  return response;
}

/** Scripts only with the nonce; style attributes are needed by charts and virtual lists. Development needs eval and a socket for reloading. */
function contentPolicy(nonce: string, development: boolean): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ""}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${development ? " ws:" : ""}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

export const config = { matcher: ["/((?!_next/static|_next/image).*)"] };
