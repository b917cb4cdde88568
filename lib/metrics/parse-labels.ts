import type { CadvisorLabels } from "./cadvisor-rows.ts";

/** Longer label values are cut: names in Kubernetes have at most 253 characters, image references and cgroup paths less than this. */
const MAX_VALUE = 1_024;

/**
 * Reads `container="a",id="/b",…` (the part between the braces). null when it is not well formed.
 * Escapes of the exposition format: `\\`, `\"`, `\n`. Unknown labels are passed over.
 */
export function parseLabels(text: string): CadvisorLabels | null {
  const labels: CadvisorLabels = { container: "", id: "", image: "", name: "", namespace: "", pod: "", cpu: null, device: null };
  let at = 0;
  while (at < text.length) {
    const equals = text.indexOf("=", at);
    if (equals < 0 || text[equals + 1] !== '"') return null;
    const key = text.slice(at, equals).trim();
    const end = closingQuote(text, equals + 2);
    if (end < 0) return null;
    if (key in labels) labels[key as keyof CadvisorLabels] = unescape(text.slice(equals + 2, end)).slice(0, MAX_VALUE);
    at = end + 1;
    while (text[at] === " ") at++;
    if (at < text.length && text[at] !== ",") return null;
    at++;
    while (text[at] === " ") at++;
  }
  return labels;
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}

function unescape(value: string): string {
  if (!value.includes("\\")) return value;
  return value.replace(/\\(.)/g, (_, character: string) =>
    character === "n" ? "\n" : character === "\\" || character === '"' ? character : `\\${character}`,
  );
}
