/** Words that only server code holds. Text that a page may show a person (KUBECONFIG, kubectl) is not among them. */
const SERVER_WORDS = [
  "@kubernetes/client-node",
  "applySecurityAuthentication",
  "allowWatchBookmarks",
  "SelfSubjectAccessReview",
  "/var/run/secrets/",
  "client-key-data",
  "globalThis.__runnerscope",
  "prom-client",
  "undici",
  "node:fs",
  "node:tls",
  "child_process",
];

/** The server-only words in a browser file. */
export function findServerWords(text: string): string[] {
  return SERVER_WORDS.filter((word) => text.includes(word));
}
