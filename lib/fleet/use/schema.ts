import { z } from "zod";
import { knownSchema, timestampSchema } from "../../base/known-schema.ts";
import { sentenceSchema } from "../../base/sentence.ts";
import { usagePointSchema } from "../../metrics/schema.ts";

/** The container of a job that is nearest to its limit; null: it has no limit, or the kubelet gives no such figure. Never a sum. */
const containerUseSchema = z.object({
  container: z.string(),
  /** Millicores over the last step, or bytes of the working set. */
  used: z.number().nullable(),
  limit: z.number().nullable(),
  at: timestampSchema,
});

/** What a line of the table shows of CPU and memory. */
export const rowUseSchema = z.object({
  /**
   * `throttledShare`: of the container's CFS periods over its life, 0–1; null: `unthrottled` says why: no CPU quota, so it cannot be throttled; no period
   * ran yet; or the way in which it is read does not tell.
   */
  cpu: knownSchema(
    containerUseSchema.extend({
      throttledShare: z.number().nullable(),
      unthrottled: z.enum(["no-quota", "no-periods", "not-measured"]).nullable().default(null),
    }),
  ),
  memory: knownSchema(containerUseSchema.extend({ peak: z.number().nullable() })),
});

/** How one container used CPU and memory over time. `key` = the container's name; points in order, oldest first. */
export const jobSeriesSchema = z.object({ key: z.string(), points: z.array(usagePointSchema) });
export type JobSeries = z.infer<typeof jobSeriesSchema>;

const lastHourKindSchema = z.enum(["oom-kill", "cpu-throttling"]);

/**
 * Kills and throttling of live and kept jobs since `since`. OOM kills are known once pods are listed (`OOMKilled` in a status needs no
 * kubelet), throttling only where kubelets are read.
 */
export const lastHourSchema = z.object({
  /** Whole minutes, so that the overview does not change every second. */
  since: timestampSchema,
  /** Containers in which something was killed. */
  oomKills: knownSchema(z.number().int()),
  oomJobs: knownSchema(z.number().int()),
  throttledJobs: knownSchema(z.number().int()),
  /** Some kubelet is not read, or jobs were missed: the figures are lower bounds. */
  partial: z.boolean(),
  /** What harmed most: OOM kills before throttling, then the job that had it most often (`runs`), then the longest throttled. */
  worst: z
    .object({
      kind: lastHourKindSchema,
      job: z.string(),
      container: z.string(),
      project: z.string().nullable(),
      name: z.string().nullable(),
      runs: z.number().int(),
      throttledShare: z.number().nullable(),
      throttledSeconds: z.number().nullable(),
      sentence: sentenceSchema,
    })
    .nullable(),
  /** Newest first, at most 50. `job`: its key. */
  marks: z.array(
    z.object({
      at: timestampSchema,
      kind: lastHourKindSchema,
      job: z.string(),
      container: z.string(),
      project: z.string().nullable(),
      name: z.string().nullable(),
    }),
  ),
});
export type LastHour = z.infer<typeof lastHourSchema>;
