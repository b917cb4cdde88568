import { z } from "zod";
import { timestampSchema } from "../base/known-schema.ts";

/** One thing that was read: by whom, which field, what it said, since when. */
export const evidenceSchema = z.object({
  source: z.string(),
  field: z.string(),
  value: z.string(),
  at: timestampSchema.nullable(),
});
export type Evidence = z.infer<typeof evidenceSchema>;
