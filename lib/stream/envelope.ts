import { isFields, type Fields } from "../base/is-fields.ts";
import type { Frame } from "./frame.ts";

/**
 * The outside of a frame, checked on every frame in the browser: type, epoch, revisions, and that collections are arrays.
 * Rows are not looked into (10,000 of them come with a snapshot); they were made from the same schemas on the server.
 * Written by hand: a schema library would be an eighth of the script that a page loads first.
 */
const CHECKS: Readonly<Record<Frame["type"], (frame: Fields) => boolean>> = {
  snapshot: ({ topic, revision, entities, sources }) =>
    typeof topic === "string" && Number.isSafeInteger(revision) && isLists(entities) && Array.isArray(sources),
  patch: ({ from, revision, upsert, change = {}, remove }) =>
    Number.isSafeInteger(from) && Number.isSafeInteger(revision) && isLists(upsert) && isLists(change) && isLists(remove),
  source: ({ sources }) => Array.isArray(sources),
  ping: ({ revision }) => Number.isSafeInteger(revision),
};

const isLists = (value: unknown): boolean => isFields(value) && Object.values(value).every((list) => Array.isArray(list));

/** The frame in one `data:` field, or null when it is not one. */
export function readFrame(data: string): Frame | null {
  try {
    return checkFrame(JSON.parse(data));
  } catch {
    return null;
  }
}

/** The value as a frame, or null when its envelope is not one's. */
export function checkFrame(value: unknown): Frame | null {
  if (!isFields(value) || typeof value["epoch"] !== "string" || typeof value["at"] !== "string") return null;
  const type = value["type"];
  if (typeof type !== "string" || !Object.hasOwn(CHECKS, type)) return null;
  return CHECKS[type as Frame["type"]](value) ? (value as unknown as Frame) : null;
}
