import type { Problem } from "./problem.ts";

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i;
/** Also the spellings that an operating system resolves to loopback when it is told to listen there. */
const LISTENS_ON_LOOPBACK = /^(localhost\.?|ip6-(localhost|loopback)|(::ffff:)?127(\.\d{1,3}){0,3}|::1|\[::1\])$/i;

/**
 * Whether a request may be answered. A server that listens on loopback is protected by nothing but the browser's same-origin policy, which a page
 * gets around by letting its own name point to 127.0.0.1 (DNS rebinding): the Host header then still carries the foreign name, and is refused.
 * Requests that another site's page makes to the API are refused too (Sec-Fetch-Site); links to it are not.
 */
export function checkOrigin(headers: Headers, path: string, listensOn: string): Problem | null {
  const name = hostName(headers.get("host") ?? "");
  if (LISTENS_ON_LOOPBACK.test(listensOn) && !LOOPBACK.test(name) && name !== listensOn.toLowerCase()) {
    return {
      status: 421,
      code: "wrong-host",
      title: "Misdirected request",
      detail: `This server listens on ${listensOn} and does not answer for the host name of this request.`,
      field: "Host",
      remedy:
        "Open it as http://localhost with its port. For another name, set RUNNERSCOPE_HOST to the address to listen on, or let the proxy in front send Host: localhost.",
    };
  }
  const foreign = headers.get("sec-fetch-site") === "cross-site" && headers.get("sec-fetch-mode") !== "navigate";
  if (foreign && /^\/(api|metrics|healthz|readyz)(\/|$)/.test(path)) {
    return {
      status: 403,
      code: "cross-site",
      title: "Request from another site",
      detail: "Pages of other sites may not read this API.",
      remedy: "Call it from the same origin or from a program.",
    };
  }
  return null;
}

function hostName(host: string): string {
  return (/^(\[[^\]]*\]|[^:]*)/.exec(host)?.[0] ?? "").toLowerCase();
}
