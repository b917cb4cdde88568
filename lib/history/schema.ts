import { z } from "zod";
import { timestampSchema } from "../base/known-schema.ts";
import { findingKindSchema, verdictKindSchema, certaintySchema } from "../fleet/schema.ts";

/** One finished job as a line of `/history`. Times are ISO 8601 UTC. null: not known when the pod went. */
export const historyRowSchema = z.object({
  key: z.string(),
  cluster: z.string(),
  uid: z.string(),
  namespace: z.string(),
  pod: z.string(),
  node: z.string().nullable(),
  gitlabId: z.string().nullable(),
  gitlabUrl: z.string().nullable(),
  name: z.string().nullable(),
  project: z.string().nullable(),
  ref: z.string().nullable(),
  runner: z.string().nullable(),
  image: z.string().nullable(),
  failureReason: z.string().nullable(),
  verdict: verdictKindSchema,
  certainty: certaintySchema,
  container: z.string().nullable(),
  findings: z.array(findingKindSchema),
  createdAt: timestampSchema,
  endedAt: timestampSchema,
  /** Nobody saw when it ended: between this and `endedAt`. null: it was seen. */
  endedAfter: timestampSchema.nullable(),
});
export type HistoryRow = z.infer<typeof historyRowSchema>;

/** What `/history` filters by; each is an exact value but `q`, which is a GitLab job id, or the beginning of a job or project name. */
export const historyFilterSchema = z.object({
  verdict: verdictKindSchema.optional(),
  finding: findingKindSchema.optional(),
  cluster: z.string().optional(),
  project: z.string().optional(),
  node: z.string().optional(),
  image: z.string().optional(),
  runner: z.string().optional(),
  failureReason: z.string().optional(),
  q: z.string().optional(),
  since: timestampSchema.optional(),
  until: timestampSchema.optional(),
});
export type HistoryFilter = z.infer<typeof historyFilterSchema>;

/** Newest first. `cursor` of the next page; null: this was the last. */
export const historyPageSchema = z.object({ items: z.array(historyRowSchema), cursor: z.string().nullable() });
export type HistoryPage = z.infer<typeof historyPageSchema>;

/** A time in which nobody watched: what ended in it is not in the history. */
export const historyGapSchema = z.object({ cluster: z.string(), from: timestampSchema, to: timestampSchema });
export type HistoryGap = z.infer<typeof historyGapSchema>;

/**
 * Whether what ends is written. `error`: why not; `waiting`: jobs that wait for it; `lost`: jobs that could wait no longer. `writer`: of several dashboards
 * on one database, the one that writes: this one (`here`), or which; `name` null: nobody yet, or there is only this one.
 */
export const historyWritingSchema = z.object({
  error: z.string().nullable(),
  waiting: z.number().int(),
  lost: z.number().int(),
  writer: z.object({ here: z.boolean(), name: z.string().nullable() }),
});
export type HistoryWriting = z.infer<typeof historyWritingSchema>;

/** What is kept, and for how long. `bytes` null: the database does not say. */
export const historyKeptSchema = z.object({
  jobs: z.number().int(),
  oldestAt: timestampSchema.nullable(),
  bytes: z.number().nullable(),
  maxAgeMs: z.number(),
  maxBytes: z.number(),
  gaps: z.array(historyGapSchema),
});
export type HistoryKept = z.infer<typeof historyKeptSchema>;
