import { z } from "zod";
import type { Frame } from "./frame.ts";

/**
 * The outside of a frame, checked on every frame in the browser: type, epoch, revisions, and that collections are arrays.
 * Rows are not looked into (10,000 of them come with a snapshot); they were made from the same schemas on the server.
 */
const array = z.custom<unknown[]>((value) => Array.isArray(value));
const lists = z.record(z.string(), array);
const head = { epoch: z.string(), at: z.string() };
const envelopeSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("snapshot"), ...head, topic: z.string(), revision: z.int(), entities: lists, sources: array }),
  z.object({ type: z.literal("patch"), ...head, from: z.int(), revision: z.int(), upsert: lists, remove: lists }),
  z.object({ type: z.literal("source"), ...head, sources: array }),
  z.object({ type: z.literal("ping"), ...head, revision: z.int() }),
]);

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
  const result = envelopeSchema.safeParse(value);
  return result.success ? (result.data as Frame) : null;
}
