import { z } from "zod";
import { timestampSchema } from "@/lib/base/known-schema.ts";
import { sourceReportSchema } from "@/lib/base/source-state.ts";
import {
  clusterViewSchema,
  findingSchema,
  jobEventSchema,
  jobSchema,
  jobSeriesSchema,
  managerSchema,
  nodeViewSchema,
  overviewSchema,
  problemSchema,
  verdictKindSchema,
  verdictSchema,
} from "@/lib/fleet/schema.ts";
import { logMatchesSchema, logSourceSchema, logStateSchema, logWindowSchema } from "@/lib/logs/schema.ts";
import { isHistoryCursor } from "@/lib/history/cursor.ts";
import { historyFilterSchema, historyKeptSchema, historyPageSchema, historyWritingSchema } from "@/lib/history/schema.ts";

/** Answers of `/api/v1`. Where the stream carries a sentence as key and values, the API has the text, in the language of Accept-Language (en, zh-CN). */
const text = { sentence: z.string(), remedy: z.string().nullable() };
export const apiJobSchema = jobSchema.extend({ verdict: verdictSchema.extend(text), findings: z.array(findingSchema.extend(text)) });
export const apiProblemSchema = problemSchema.extend({ title: z.string(), detail: z.string().nullable(), remedy: z.string().nullable() });
export const apiOverviewSchema = overviewSchema.extend({ headline: z.string(), problems: z.array(apiProblemSchema) });

const stamp = { at: timestampSchema };
export const fleetAnswerSchema = z.object({
  ...stamp,
  clusters: z.array(clusterViewSchema),
  overview: apiOverviewSchema,
  sources: z.array(sourceReportSchema),
});
export const jobsAnswerSchema = z.object({ ...stamp, items: z.array(apiJobSchema), nextCursor: z.string().nullable() });
export const eventsAnswerSchema = z.object({ ...stamp, items: z.array(jobEventSchema) });
export const managersAnswerSchema = z.object({ ...stamp, items: z.array(managerSchema) });
export const nodesAnswerSchema = z.object({ ...stamp, items: z.array(nodeViewSchema) });
export const sourcesAnswerSchema = z.object({ ...stamp, items: z.array(sourceReportSchema) });

/** RFC 9457. */
export const problemDetailsSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  field: z.string().optional(),
  remedy: z.string().optional(),
});

const verdicts = z.string().transform((value, context) => {
  const kinds = value.split(",");
  const wrong = kinds.find((kind) => !verdictKindSchema.safeParse(kind).success);
  if (wrong !== undefined) context.addIssue(`"${wrong.slice(0, 40)}" is not a verdict`);
  return kinds;
});

const limitOf = (most: number, without: number) =>
  z
    .string()
    .regex(/^\d{1,4}$/, "not a whole number")
    .transform(Number)
    .pipe(z.int().min(1).max(most))
    .optional()
    .describe(`How many jobs a page holds, 1 to ${most}; ${without} without it.`);

/** Parameters of `GET /jobs`; all are optional and narrow the answer. */
export const jobsQuerySchema = z.object({
  state: z.enum(["live", "finished"]).optional().describe("live: the pod exists. finished: it is gone and still kept. Without it: both."),
  verdict: verdicts.optional().describe(`One or more of, separated by commas: ${verdictKindSchema.options.join(", ")}.`),
  project: z.string().optional().describe("Full path of the project, exactly."),
  node: z.string().optional().describe("Name of the node, exactly."),
  manager: z.string().optional().describe("Pod name of the manager, exactly."),
  q: z.string().max(200).optional().describe("Text in the job's name, id, project, ref, pod, node or image; at most 200 characters."),
  since: z.iso
    .datetime({ offset: true })
    .optional()
    .describe("Only jobs seen at or after this time, RFC 3339, for example 2026-03-01T12:00:00Z."),
  cursor: z.string().optional().describe("nextCursor of the page before, unchanged."),
  limit: limitOf(500, 100),
});
export type JobsQuery = z.infer<typeof jobsQuerySchema>;

/** Parameters of `GET /history`. */
export const historyQuerySchema = historyFilterSchema.extend({
  cursor: z
    .string()
    .max(200)
    .refine(isHistoryCursor, "not a cursor of this path")
    .optional()
    .describe("cursor of the page before, unchanged; leave it out for the first page."),
  limit: limitOf(500, 50),
});
/** `writing.error`: why finished jobs cannot be written now, null: they are; `waiting` of them are held in memory, `lost` are gone. */
export const historyAnswerSchema = historyPageSchema.extend({
  kept: historyKeptSchema,
  writing: historyWritingSchema,
});
export const seriesAnswerSchema = z.object({ ...stamp, items: z.array(jobSeriesSchema) });

const look = {
  source: logSourceSchema.describe("gitlab, or pod:<container>."),
  look: z
    .string()
    .regex(/^[\w-]{8,64}$/, "not a name of 8 to 64 letters")
    .optional()
    .describe("A random name of the caller's own: requests with the same one are written down as one look."),
};
const lineNumber = z
  .string()
  .regex(/^\d{1,9}$/, "not a line number")
  .transform(Number);
/** Parameters of `GET /jobs/{cluster}/{uid}/logs` and below it. */
export const logQuerySchema = z.object({
  ...look,
  from: lineNumber.optional().describe("First line, 1 without it."),
  count: lineNumber.pipe(z.int().min(1).max(500)).optional().describe("How many lines, 1 to 500; 200 without it."),
});
export const logLookSchema = z.object(look);
export const logSearchSchema = z.object({ ...look, q: z.string().min(1).max(200).describe("Text to find, without regard to case.") });
export const logAnswerSchema = z.object({ ...stamp, state: logStateSchema, window: logWindowSchema });
export const logMatchesAnswerSchema = logMatchesSchema.extend(stamp);

export const streamQuerySchema = z.object({
  topic: z
    .string()
    .regex(/^(fleet|job:.+\/[^/]+)$/, "neither fleet nor job:<cluster>/<uid>")
    .optional()
    .describe("fleet, or job:<cluster>/<uid>; fleet without it."),
  epoch: z.string().max(100).optional().describe("Epoch of the snapshot that is held, to resume after it."),
  after: z
    .string()
    .regex(/^\d{1,15}$/, "not a revision")
    .transform(Number)
    .optional()
    .describe("Revision that is held; together with epoch."),
  once: z
    .literal("1")
    .optional()
    .describe("1: the answer ends as soon as it has brought the viewer up to date, for proxies that pass on only whole answers."),
});
