import { z } from "zod";
import { UNKNOWN_REASONS } from "./known.ts";

/** RFC 3339 UTC. Kubernetes times have whole seconds, our own arrival stamps milliseconds. */
export const timestampSchema = z.iso.datetime();

export function knownSchema<T extends z.ZodType>(value: T) {
  return z.discriminatedUnion("state", [
    z.object({ state: z.literal("known"), value, at: timestampSchema, source: z.string() }),
    z.object({ state: z.literal("unknown"), reason: z.enum(UNKNOWN_REASONS) }),
  ]);
}
