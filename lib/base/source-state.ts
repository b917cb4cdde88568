import { z } from "zod";
import { timestampSchema } from "./known-schema.ts";
import { SOURCE_NAMES } from "./source-names.ts";
import { USE_FIGURES, USE_WAYS } from "./use-ways.ts";

export type { SourceName } from "./source-names.ts";

/** One RBAC rule as an administrator would have to write it; `namespace: null` means cluster-wide. */
export const rbacRuleSchema = z.object({
  apiGroup: z.string(),
  resource: z.string(),
  verbs: z.array(z.string()),
  namespace: z.string().nullable(),
});
export type RbacRule = z.infer<typeof rbacRuleSchema>;

/** `code` is stable and has a message in both languages (`error.<code>`); `detail` is the foreign text, scrubbed and cut to 300 characters. */
export const sourceErrorSchema = z.object({
  code: z.enum([
    "unreachable", // no TCP or TLS connection, name not found, connection reset
    "tls", // certificate expired, not yet valid, unknown authority, wrong name
    "timeout", // no answer or no line for too long
    "unauthorized", // 401 after fresh credentials
    "throttled", // 429
    "server", // 5xx
    "protocol", // an answer that is not what the protocol says
    "credentials", // kubeconfig, token file or exec plugin cannot be used
  ]),
  detail: z.string(),
});
export type SourceError = z.infer<typeof sourceErrorSchema>;

/** The one shape of "can this be trusted", for every source and cluster. Shown beside whatever depends on it. */
export const sourceStateSchema = z.discriminatedUnion("state", [
  z.object({ state: z.literal("connecting"), since: timestampSchema }),
  z.object({ state: z.literal("live"), since: timestampSchema }),
  z.object({ state: z.literal("stale"), since: timestampSchema, lastError: sourceErrorSchema, retryAt: timestampSchema }),
  z.object({ state: z.literal("failed"), since: timestampSchema, error: sourceErrorSchema, retryAt: timestampSchema }),
  z.object({ state: z.literal("forbidden"), since: timestampSchema, rule: rbacRuleSchema }),
  z.object({ state: z.literal("off"), reason: z.enum(["not-configured", "not-in-this-version", "not-permitted-scope"]) }),
]);
export type SourceState = z.infer<typeof sourceStateSchema>;

export const sourceNameSchema = z.enum(SOURCE_NAMES);

/** How many requests a source may take: what Runnerscope allows itself, and what the server says of its own limit (null: its answers do not say). */
export const requestBudgetSchema = z.object({
  /** What Runnerscope allows itself, and what it sent within the last 60 s. */
  perMinute: z.number().int(),
  usedLastMinute: z.number().int(),
  /** `RateLimit-Limit` and `RateLimit-Remaining` of the newest answer that had them, and when that window begins anew. */
  limit: z.number().nullable(),
  remaining: z.number().nullable(),
  resetAt: timestampSchema.nullable(),
  /** The server asked to wait until then. */
  pausedUntil: timestampSchema.nullable(),
  /** Readings that are due and wait for the budget. */
  waiting: z.number().int(),
});
export type RequestBudgetState = z.infer<typeof requestBudgetSchema>;

/**
 * In which of several ways figures of use are read. `because`: why not in a richer one (what the richer one answered; `off`: the settings leave it out);
 * null: there is none. `lacks`: what this way cannot tell. `windowMs`: rates are averages over about this long, milliseconds; null: between two samples.
 */
export const sourceWaySchema = z.object({
  name: z.enum(USE_WAYS),
  because: z.enum([...sourceErrorSchema.shape.code.options, "forbidden", "absent", "off"]).nullable(),
  lacks: z.array(z.enum(USE_FIGURES)),
  windowMs: z.number().nullable(),
});
export type SourceWay = z.infer<typeof sourceWaySchema>;

/**
 * One source of one cluster. `part` is the namespace where a right or the configuration narrows the watch, else null.
 * `lastHeardAt`: when the server last said anything (an event, a bookmark, a list page); null: never.
 * `objects`: how many objects are held; null: not known yet. `requestsPerMinute`: what Runnerscope itself sent in the last 60 s.
 */
export const sourceReportSchema = z.object({
  key: z.string(),
  cluster: z.string(),
  source: sourceNameSchema,
  part: z.string().nullable(),
  state: sourceStateSchema,
  objects: z.number().int().nullable(),
  lastHeardAt: timestampSchema.nullable(),
  requestsPerMinute: z.number().nullable(),
  /** Only of a source that counts against a limit: GitLab. */
  budget: requestBudgetSchema.optional(),
  openWatches: z.number().int(),
  relists: z.number().int(),
  reconnects: z.number().int(),
  /** Only of what tells use; a part that is live and has it is read in another way than the others. */
  way: sourceWaySchema.optional(),
});
export type SourceReport = z.infer<typeof sourceReportSchema>;
