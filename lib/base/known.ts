/** RFC 3339 UTC. Kubernetes times have whole seconds, our own arrival stamps milliseconds. Schema: `timestampSchema`. */
export type Timestamp = string;

/**
 * Why something is not known. An open world gets a closed list here, so that every reason has
 * a sentence in both languages (messages: `unknown.<reason>`).
 */
export const UNKNOWN_REASONS = [
  "not-collected", // no source of this version observes it
  "not-connected", // the source that would know it is not configured (for example GitLab)
  "forbidden", // a right is missing
  "stale", // the source fell silent before it could tell
  "not-seen", // happened while nobody watched, or left no trace
  "not-reached", // has not happened yet
  "not-sampled", // it runs, and the kubelet has not sampled it yet (it samples every 10–20 s)
  "not-measured", // the way in which its source is read does not tell it (for example throttling on /metrics/resource)
  "not-set", // the pod does not carry it (older runner, field left empty)
  "unreadable", // present, but not in a form that could be read
] as const;
export type UnknownReason = (typeof UNKNOWN_REASONS)[number];

export type Known<T> = { state: "known"; value: T; at: Timestamp; source: string } | { state: "unknown"; reason: UnknownReason };

/** `source` names object and field, for example `pod.status.conditions[PodScheduled]`; `at` is when the fact became true or was read. */
export function known<T>(value: T, at: Timestamp, source: string): Known<T> {
  return { state: "known", value, at, source };
}

type Unknown = Extract<Known<never>, { state: "unknown" }>;
/** One object for each reason: half of what is said about 10,000 jobs is not known. */
const UNKNOWN = Object.fromEntries(UNKNOWN_REASONS.map((reason) => [reason, Object.freeze({ state: "unknown", reason })])) as Record<
  UnknownReason,
  Unknown
>;

export function unknown(reason: UnknownReason): Known<never> {
  return UNKNOWN[reason];
}

/** The value, or null where it is not known. For sorting and searching only, never for display. */
export function valueOf<T>(fact: Known<T>): T | null {
  return fact.state === "known" ? fact.value : null;
}
