import { NextResponse, type NextRequest } from "next/server";
import { checkOrigin, isApiPath } from "@/app/api/check-origin.ts";
import { API_POLICY, badPath, problemResponse } from "@/app/api/problem.ts";

const env = (name: string) => process.env[name] ?? "";
const rules = {
  listensOn: env("RUNNERSCOPE_HOST") || "127.0.0.1",
  allowedHosts: env("RUNNERSCOPE_ALLOWED_HOSTS")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== ""),
};

/** Runs before every request but those of `config` below: refuses foreign hosts, gives pages a nonce for the scripts that are in the HTML. */
export function proxy(request: NextRequest): Response {
  const path = request.nextUrl.pathname;
  const problem = checkOrigin(request.headers, path, rules) ?? (isApiPath(path) && !isDecodable(path) ? badPath() : null);
  if (problem !== null) return problemResponse(problem);
  if (isApiPath(path)) return NextResponse.next({ headers: { "content-security-policy": API_POLICY } });
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
  const policy = contentPolicy(nonce, process.env.NODE_ENV === "development");
  const headers = new Headers(request.headers);
  // Next reads the nonce out of this request header and puts it on its own scripts; the layout may read x-nonce for its own.
  headers.set("content-security-policy", policy);
  headers.set("x-nonce", nonce);
  const response = isDecodable(path)
    ? NextResponse.next({ request: { headers } })
    : NextResponse.rewrite(new URL(nowhere(path), request.url), { request: { headers } });
  response.headers.set("content-security-policy", policy);
  return response;
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Next answers 500 for a dynamic path whose escapes are broken. This path leads to the page that says that nothing is there; its first part stays,
 * because the shell is drawn by it here and in the browser.
 */
function nowhere(path: string): string {
  const first = /^\/[a-z]+(?=\/)/.exec(path)?.[0] ?? "";
  return `${first}/-/-/-/unreadable`;
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

// Built files need no nonce. Webhooks have a secret of their own, and must be refused before their body has come: Next holds back a request that passes
// through here until its body is whole.
export const config = { matcher: ["/((?!_next/static|_next/image|api/v1/hooks/gitlab$).*)"] };
