import type { KubeObject } from "./kube-object.ts";

export type Selector = (object: KubeObject) => boolean;

/** A selector that is not understood (code 400 on the wire). */
export class BadSelector extends Error {}

/** `a=b,a!=b,a in (x,y),a notin (x,y),a,!a` (k8s.io/apimachinery/pkg/labels). */
export function parseLabelSelector(text: string): Selector {
  const requirements = splitOutsideParentheses(text).map(parseRequirement);
  return (object) => requirements.every((matches) => matches(object.metadata.labels ?? {}));
}

function splitOutsideParentheses(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function parseRequirement(text: string): (labels: Record<string, string>) => boolean {
  const set = /^([^\s!=]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(text);
  if (set) {
    const [, key = "", operator, list = ""] = set;
    const values = list.split(",").map((value) => value.trim());
    return (labels) => values.includes(labels[key] ?? "\0") === (operator === "in");
  }
  const equality = /^([^\s!=]+)\s*(==|=|!=)\s*(\S*)$/.exec(text);
  if (equality) {
    const [, key = "", operator, value = ""] = equality;
    return (labels) => (labels[key] === value) === (operator !== "!=");
  }
  const existence = /^(!?)\s*([^\s!=()]+)$/.exec(text);
  if (existence) return (labels) => (existence[2] ?? "") in labels === (existence[1] !== "!");
  throw new BadSelector(`unable to parse requirement: ${text}`);
}

const FIELDS = [
  "metadata.name",
  "metadata.namespace",
  "spec.nodeName",
  "spec.restartPolicy",
  "status.phase",
  "status.podIP",
  "type",
  "reason",
  "source",
  "reportingComponent",
  "involvedObject.kind",
  "involvedObject.namespace",
  "involvedObject.name",
  "involvedObject.uid",
];

/** `a=b,c!=d` over the fields the real server knows for pods, nodes and events; any other field is refused, as there. */
export function parseFieldSelector(text: string): Selector {
  const requirements = text.split(",").map((part) => {
    const [, field = "", operator, value = ""] = /^([\w.]+)(==|=|!=)(.*)$/.exec(part.trim()) ?? [];
    if (!FIELDS.includes(field)) throw new BadSelector(`field label not supported: ${field || part}`);
    return (object: KubeObject) => (fieldOf(object, field) === value) === (operator !== "!=");
  });
  return (object) => requirements.every((matches) => matches(object));
}

function fieldOf(object: KubeObject, field: string): string {
  if (field === "source") field = "source.component";
  let value: unknown = object;
  for (const part of field.split("."))
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[part] : undefined;
  return typeof value === "string" ? value : "";
}

/** Both selectors of a request; null when it has none. */
export function readSelectors(query: URLSearchParams): Selector | null {
  const parts = [
    query.get("labelSelector") ? parseLabelSelector(query.get("labelSelector") ?? "") : null,
    query.get("fieldSelector") ? parseFieldSelector(query.get("fieldSelector") ?? "") : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : (object) => parts.every((part) => part(object));
}
