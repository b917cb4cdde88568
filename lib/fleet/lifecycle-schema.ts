import { z } from "zod";
import { knownSchema, timestampSchema } from "../base/known-schema.ts";
import { PHASE_NAMES } from "./kinds.ts";

/**
 * One of the eight phases. `current`: it runs now (end is unknown `not-reached`). `unseen`: it happened (or may have) but no source saw its borders.
 */
export const lifecyclePhaseSchema = z.object({
  phase: z.enum(PHASE_NAMES),
  status: z.enum(["done", "current", "pending", "unseen"]),
  start: knownSchema(timestampSchema),
  end: knownSchema(timestampSchema),
});
/** A stage of the runner inside a phase. `from`: the job's trace, its containers' logs, or its manager's list (times to 5 s). `endAt` null: under way, or not seen. */
export const jobStageSchema = z.object({
  stage: z.string(),
  phase: z.enum(["starting", "sources", "script", "artifacts"]),
  from: z.enum(["trace", "containers", "list"]),
  startAt: timestampSchema,
  endAt: timestampSchema.nullable(),
});
export type JobStage = z.infer<typeof jobStageSchema>;

export type LifecyclePhase = z.infer<typeof lifecyclePhaseSchema>;
