import { z } from "zod";
import { timestampSchema } from "../../base/known-schema.ts";
import { certaintySchema, verdictKindSchema } from "../schema.ts";
import { PHASE_NAMES } from "../kinds.ts";

/** Another run of the same job (project and name). `tookMs`: from the pod's creation to its end; null: it lives. */
export const runSchema = z.object({
  key: z.string(),
  gitlabId: z.string().nullable(),
  ref: z.string().nullable(),
  at: timestampSchema,
  tookMs: z.number().nullable(),
  verdict: z.object({ kind: verdictKindSchema, certainty: certaintySchema }),
  /** It and the job belong together: the same commit, so that one is a retry of the other. */
  retry: z.boolean(),
});
export type Run = z.infer<typeof runSchema>;

/** What a phase usually takes: the median of `runs` earlier runs that did not fail. */
export const usualPhaseSchema = z.object({ phase: z.enum(PHASE_NAMES), ms: z.number(), runs: z.number().int() });
export type UsualPhase = z.infer<typeof usualPhaseSchema>;

/** A job that was on the same node at the same time. Amounts are what was measured, summed over its containers; null: nothing was. */
export const neighbourSchema = z.object({
  key: z.string(),
  name: z.string(),
  project: z.string().nullable(),
  verdict: z.object({ kind: verdictKindSchema, certainty: certaintySchema }),
  overlapMs: z.number(),
  cpuMillicores: z.number().nullable(),
  peakBytes: z.number().nullable(),
});
export type Neighbour = z.infer<typeof neighbourSchema>;

/** What stands around one job. `whole: false`: the history did not answer, so only what is in memory is told. */
export const jobContextSchema = z.object({
  whole: z.boolean(),
  /** Newest first, the job itself not among them. */
  runs: z.array(runSchema),
  usual: z.array(usualPhaseSchema),
  neighbours: z.array(neighbourSchema),
});
export type JobContext = z.infer<typeof jobContextSchema>;
