import { answersFor, isLoopbackAddress } from "@/lib/base/host-names.ts";
import type { Problem } from "./problem.ts";

/** What the answer depends on beside the request: where the server listens, and RUNNERSCOPE_ALLOWED_HOSTS. */
export interface OriginRules {
  listensOn: string;
  allowedHosts: readonly string[];
}

/**
 * Whether a request may be answered. The dashboard asks nobody who they are: what keeps other sites' pages out is the browser's same-origin policy, which a page
 * gets around by letting its own name point here (DNS rebinding): the Host header then still carries the foreign name, and is refused.
 * Requests that another site's page makes to the API are refused too (Sec-Fetch-Site); links to it are not.
 */
export function checkOrigin(headers: Headers, path: string, { listensOn, allowedHosts }: OriginRules): Problem | null {
  if (!answersFor(headers.get("host") ?? "", listensOn, allowedHosts)) return wrongHost(listensOn);
  const foreign = headers.get("sec-fetch-site") === "cross-site" && headers.get("sec-fetch-mode") !== "navigate";
  if (foreign && isApiPath(path)) {
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

/** Answers for programs, not pages. */
export function isApiPath(path: string): boolean {
  return /^\/(api|metrics|healthz|readyz)(\/|$)/.test(path);
}

function wrongHost(listensOn: string): Problem {
  const local = isLoopbackAddress(listensOn) ? "Open it as http://localhost with its port. " : "";
  return {
    status: 421,
    code: "wrong-host",
    title: "Misdirected request",
    detail: `This server listens on ${listensOn} and does not answer for the host name of this request.`,
    field: "Host",
    remedy: `${local}If people open it under that name, put the name into RUNNERSCOPE_ALLOWED_HOSTS.`,
  };
}
