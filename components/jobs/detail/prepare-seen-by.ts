/** Where a border of a phase was seen, as a message key (`job.seenBy.<kind>`). `other`: show the field itself. */
export type SeenBy = "conditions" | "containers" | "events" | "deletion" | "watch" | "creation" | "manager" | "log" | "gitlab" | "other";

const PATTERNS: readonly [RegExp, SeenBy][] = [
  [/^(job trace|container logs)\b/, "log"],
  [/^manager\b/i, "manager"],
  [/gitlab/i, "gitlab"],
  [/event/i, "events"],
  [/conditions/i, "conditions"],
  [/containerStatus|state\./i, "containers"],
  [/deletion/i, "deletion"],
  [/watch|DELETED/i, "watch"],
  [/creationTimestamp|createdAt/i, "creation"],
];

/** Sorts the source of a fact (`pod.status.conditions[PodScheduled]`) into what a reader calls it. */
export function seenByOf(source: string): SeenBy {
  return PATTERNS.find(([pattern]) => pattern.test(source))?.[1] ?? "other";
}
