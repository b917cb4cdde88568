const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/;
/** Also the spellings that an operating system resolves to loopback when it is told to listen there. */
const LISTENS_ON_LOOPBACK = /^(localhost\.?|ip6-(localhost|loopback)|(::ffff:)?127(\.\d{1,3}){0,3}|\[?::1\]?)$/i;
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const IPV6 = /^\[[0-9a-f:.]+\]$/;
/** Names that nobody can register: without a dot, and those of Services in a cluster (Kubernetes, "DNS for Services and Pods"). */
const NOT_REGISTRABLE = /^([a-z0-9_-]+|[a-z0-9_.-]+\.svc(\.cluster\.local)?)$/;
/** A DNS name, also with `*.` for all names below it; `*`: every name. No port. */
const HOST_PATTERN = /^(\*|(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*)$/i;

export function isLoopbackAddress(listensOn: string): boolean {
  return LISTENS_ON_LOOPBACK.test(listensOn);
}

/** Whether it can stand in RUNNERSCOPE_ALLOWED_HOSTS. */
export function isHostPattern(pattern: string): boolean {
  return HOST_PATTERN.test(pattern);
}

/**
 * Whether a server that listens on `listensOn` answers for this `Host` header. A page that lets its own name point to an address in here (DNS rebinding)
 * sends that name, so a name is answered for only when it is `allowed` or nobody outside can own it. An address in the header is no such name; a
 * server on loopback needs none but its own. `allowed`: names without port, `*.example.com` for all below, `*` for every one.
 */
export function answersFor(hostHeader: string, listensOn: string, allowed: readonly string[]): boolean {
  const name = hostName(hostHeader);
  if (name === "") return false;
  if (LOOPBACK.test(name) || name === listensOn.toLowerCase()) return true;
  if (allowed.some((pattern) => matches(name, pattern.toLowerCase()))) return true;
  return !isLoopbackAddress(listensOn) && (IPV4.test(name) || IPV6.test(name) || NOT_REGISTRABLE.test(name));
}

function matches(name: string, pattern: string): boolean {
  if (pattern === "*") return true;
  return pattern.startsWith("*.") ? name.endsWith(pattern.slice(1)) && name.length > pattern.length - 1 : name === pattern;
}

/** Without port and without the root's dot, in lower case. */
function hostName(host: string): string {
  return (/^(\[[^\]]*\]|[^:]*)/.exec(host)?.[0] ?? "").toLowerCase().replace(/\.$/, "");
}
