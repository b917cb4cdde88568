import { z } from "zod";
import { timestampSchema } from "../../base/known-schema.ts";

const whole = z.number().int();
/** One value a step; null: it was not known then. */
const values = z.array(whole.nullable());

/** A few minutes of the fleet's figures, all lists equally long, one value each `stepMs` milliseconds from `from` on. `key`: its place in time. */
export const trendChunkSchema = z.object({
  key: z.string(),
  from: timestampSchema,
  stepMs: whole,
  /** Live job pods. */
  live: values,
  /** Jobs that wait in GitLab. */
  waiting: values,
  /** Slots of the managers that tell. */
  slots: values,
  /** Jobs that a problem harms, by its key; a problem that is not here did not exist. */
  problems: z.record(z.string(), values),
});
export type TrendChunk = z.infer<typeof trendChunkSchema>;
