import { isFields, type Fields } from "../base/is-fields.ts";
import type { Timestamp } from "../base/known.ts";
import { shareText } from "../base/share-equal.ts";

const EMPTY: Fields = Object.freeze({});
const NONE: readonly unknown[] = Object.freeze([]);

/** The object, or an empty one where there is none. */
export function fields(raw: unknown): Fields {
  return isFields(raw) ? raw : EMPTY;
}

/** The objects of an array; anything else in it is left out. */
export function items(raw: unknown): Fields[] {
  return list(raw).filter(isFields);
}

export function list(raw: unknown): readonly unknown[] {
  return Array.isArray(raw) ? raw : NONE;
}

/** Longest name kept: 253 is the DNS subdomain limit, reasons and versions are far shorter. */
const NAME_LENGTH = 253;

/**
 * A name, reason, uid or version: text whose form the API server checks or a component of Kubernetes sets. Not scrubbed,
 * so nothing that a person may write freely: that is `readText`.
 */
export function name(raw: unknown): string | null {
  return typeof raw === "string" && raw !== "" ? raw.slice(0, NAME_LENGTH) : null;
}

export function integer(raw: unknown): number | null {
  return typeof raw === "number" && Number.isSafeInteger(raw) ? raw : null;
}

const WHOLE_SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** RFC 3339 to UTC: metav1.Time keeps its whole seconds, MicroTime is cut to milliseconds. null: missing or not a time. */
export function timestamp(raw: unknown): Timestamp | null {
  if (typeof raw !== "string" || !RFC3339.test(raw)) return null;
  const ms = Date.parse(raw);
  if (Number.isNaN(ms)) return null;
  // Go's zero time (year 1) and containerd's (1970, a container that could not be started) are "not set".
  if (ms <= 0) return null;
  return shareText(WHOLE_SECONDS.test(raw) ? raw : new Date(ms).toISOString());
}
