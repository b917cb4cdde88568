import type { Evidence } from "@/lib/fleet/schema.ts";

/** Facts in the order they happened; those without a time come last. The order of facts of the same time stays. */
export function prepareEvidence(evidence: readonly Evidence[]): (Evidence & { key: string })[] {
  return evidence
    .map((fact, index) => ({ ...fact, key: `${index} ${fact.source} ${fact.field}` }))
    .toSorted((a, b) => (a.at === null ? 1 : 0) - (b.at === null ? 1 : 0) || (a.at ?? "").localeCompare(b.at ?? ""));
}
