import { z } from "zod";
import { knownSchema, timestampSchema } from "../base/known-schema.ts";
import { rbacRuleSchema, sourceStateSchema } from "../base/source-state.ts";

/**
 * Our words for what a manager process (`gitlab-runner run`) tells on its HTTP port. null means "no such row" (an older runner, nothing has
 * happened yet), which is never 0. Counters count from the start of the process. Texts are scrubbed and cut, and still untrusted.
 */
const count = z.number().nullable();

export const histogramSchema = z.object({
  count: z.number(),
  sumSeconds: z.number(),
  /** Cumulative, as Prometheus counts them; `upToSeconds: null` is +Inf. */
  buckets: z.array(z.object({ upToSeconds: z.number().nullable(), count: z.number() })),
});
export type Histogram = z.infer<typeof histogramSchema>;

/** Jobs in one stage. `stage` is empty during prepare_executor; for Kubernetes `executorStage` stays `prepare` for the whole job. */
export const jobCountSchema = z.object({ state: z.string(), stage: z.string(), executorStage: z.string(), count: z.number() });
export type JobCount = z.infer<typeof jobCountSchema>;

/** One `[[runners]]` entry of the process. */
export const managerRunnerSchema = z.object({
  /** Label `runner`: first 9 characters of the token (8 before 18.2); the same as the pod label `manager.runner.gitlab.com/id-short`. */
  shortToken: z.string(),
  name: z.string().nullable(), // since 18.2
  systemId: z.string().nullable(), // since 15.8
  /** `limit` of the entry; 0 = unlimited. */
  limit: count,
  /** Builds from pick-up until after cleanup; null: the runner has not polled yet. The idle series is not among them. */
  jobs: z.array(jobCountSchema).nullable(),
  jobsTotal: count,
  /** As GitLab told it at the last pick-up: old while idle or full (18.1). */
  queueAtPickUp: z.object({ size: count, depth: count }),
  /** Seconds that jobs had waited in GitLab when they were picked up (16.4). */
  queueDuration: histogramSchema.nullable(),
  jobDuration: histogramSchema.nullable(),
  /** Needs `[runners.monitoring]`. */
  queuingExceeded: count,
  /** `usedLimit` is what holds now: the adaptive limit where the feature flag is on, else the hard one (18.1). */
  requestConcurrency: z.object({ inFlight: count, exceededTotal: count, hardLimit: count, adaptiveLimit: count, usedLimit: count }),
  /** Answers of GitLab by endpoint (`request_job`, `update_job`, `patch_trace`, …) and status; 204 = no job. Statuses of the runner's own (below 100) are kept as written. */
  requests: z.array(z.object({ endpoint: z.string(), status: z.string(), count: z.number() })),
  /** How long those answers took, in total. */
  requestTimes: z.array(z.object({ endpoint: z.string(), count: z.number(), sumSeconds: z.number() })),
  failures: z.array(z.object({ reason: z.string(), count: z.number() })),
  feeds: count,
  feedFailures: count,
  /** Failed polls (403, no connection): three in a row switch the runner off for an hour. */
  healthCheckFailures: count,
  processingFailures: z.array(z.object({ type: z.string(), count: z.number() })),
  pausePods: z.object({ desired: count, current: count }),
});
export type ManagerRunner = z.infer<typeof managerRunnerSchema>;

export const managerMetricsSchema = z.object({
  /** `concurrent` of the whole process: its slots. */
  concurrent: count,
  workerSlots: count,
  /** `starting`, `running`, `graceful-shutdown`, `forceful-shutdown`. */
  processState: z.string().nullable(),
  version: z.object({ version: z.string(), revision: z.string().nullable(), builtAt: z.string().nullable() }).nullable(),
  startedAt: timestampSchema.nullable(),
  cpuSecondsTotal: count,
  residentBytes: count,
  /** Log lines by level. */
  logLines: z.array(z.object({ level: z.string(), count: z.number() })),
  configuration: z.object({ loaded: count, loadingErrors: count }),
  runners: z.array(managerRunnerSchema),
  /** Lines that could not be read, and rows beyond the bound. > 0 is shown on the page Sources. */
  unreadable: z.number().int(),
  dropped: z.number().int(),
});
export type ManagerMetrics = z.infer<typeof managerMetricsSchema>;

/** One line of `/debug/jobs/list`. */
export const managedJobSchema = z.object({
  /** Ends in `/-/jobs/<id>`; built from the clone URL, so its host may differ from the one people use. */
  url: z.string(),
  /** GitLab's job id; null: the URL does not end in one. */
  jobId: z.string().nullable(),
  state: z.string(),
  stage: z.string().nullable(),
  executorStage: z.string().nullable(),
  /** Since the manager took the job. */
  durationMs: z.number().nullable(),
});
export type ManagedJob = z.infer<typeof managedJobSchema>;

/** What GitLab answered to one runner's polls (`POST jobs/request`), as differences between pages of `/metrics`. */
export const pollRecordSchema = z.object({
  shortToken: z.string(),
  /** The figures are about the time from here to `at`; at most five minutes. */
  since: timestampSchema,
  at: timestampSchema,
  statuses: z.array(z.object({ status: z.string(), count: z.number() })),
  /** Answers other than 200–299 since the last page that showed one of those. The runner tries a poll up to five times before it counts its answer. */
  refused: z.array(z.object({ status: z.string(), count: z.number() })),
  /** When a page first showed an answer of any kind, one with 200–299, one with 201. null: not seen since Runnerscope watches. */
  lastAnswerAt: timestampSchema.nullable(),
  lastSuccessAt: timestampSchema.nullable(),
  lastJobAt: timestampSchema.nullable(),
  /** Since then every page showed a free slot; null: it is full now, or does not tell. */
  openSince: timestampSchema.nullable(),
});
export type PollRecord = z.infer<typeof pollRecordSchema>;

/** One manager as last read. What it told before it fell silent stays, with its time. */
export const managerReadingSchema = z.object({
  /** The runtime's name for it: the manager pod's uid. */
  key: z.string(),
  state: sourceStateSchema,
  metrics: managerMetricsSchema.nullable(),
  metricsAt: timestampSchema.nullable(),
  /** null: never read. Empty: it holds no job. */
  jobs: z.array(managedJobSchema).nullable(),
  jobsAt: timestampSchema.nullable(),
  polls: z.array(pollRecordSchema),
});
export type ManagerReading = z.infer<typeof managerReadingSchema>;

const knownCount = knownSchema(z.number().int());

export const managerSlotsSchema = z.object({
  key: z.string(),
  /** Smaller of `concurrent` and the sum of the limits. */
  total: knownCount,
  used: knownCount,
  free: knownCount,
  /** What `total` comes from; null while it is unknown. */
  boundBy: z.enum(["concurrent", "limits"]).nullable(),
  /** `limit` null: unlimited. */
  runners: z.array(
    z.object({ shortToken: z.string(), name: z.string().nullable(), limit: z.number().nullable(), used: knownCount, free: knownCount }),
  ),
});
export type ManagerSlots = z.infer<typeof managerSlotsSchema>;

/** All managers together: sums of what is known, and for how many managers nothing is. */
export const slotSumSchema = z.object({
  managers: z.number().int(),
  unknownManagers: z.number().int(),
  total: z.number().int(),
  used: z.number().int(),
  free: z.number().int(),
});
export type SlotSum = z.infer<typeof slotSumSchema>;

/** What we read of a `[[runners]]` entry: an allow-list, so the token never gets here. null: not set, the runner's default holds. */
export const runnerConfigSchema = z.object({
  name: z.string().nullable(),
  url: z.string().nullable(),
  executor: z.string().nullable(),
  limit: count,
  requestConcurrency: count,
  kubernetes: z.object({
    namespace: z.string().nullable(),
    namespacePerJob: z.boolean().nullable(),
    pollInterval: count,
    pollTimeout: count,
    /** Seconds that a job's pod has to end. */
    terminationGrace: count,
    cleanupGrace: count,
    privileged: z.boolean().nullable(),
    priorityClassName: z.string().nullable(),
    /** `cpu_request`, `helper_memory_limit`, `service_…`, `pod_…` as written. */
    resources: z.record(z.string(), z.string()),
    /** The `…_overwrite_max_allowed` of the same names. */
    overwriteMax: z.record(z.string(), z.string()),
    /** `namespace_overwrite_allowed` and the like: what a job may change (regular expressions). */
    overwriteAllowed: z.record(z.string(), z.string()),
  }),
});
export type RunnerConfig = z.infer<typeof runnerConfigSchema>;

export const managerConfigSchema = z.object({
  concurrent: count,
  checkInterval: count,
  shutdownTimeout: count,
  /** null: the metrics port is closed. */
  listenAddress: z.string().nullable(),
  runners: z.array(runnerConfigSchema),
  /** Lines that are no TOML that we can read. */
  unreadable: z.number().int(),
});
export type ManagerConfig = z.infer<typeof managerConfigSchema>;

/** The configuration of one manager, as far as the ConfigMaps that its pod mounts hold it. */
export const managerConfigReadingSchema = z.object({
  /** `<namespace>/<name>`; empty: its pod mounts none. */
  configMaps: z.array(z.string()),
  /** `absent`: there is no such ConfigMap, or no config.toml in it. `unread`: no answer yet, or none but errors. */
  state: z.enum(["read", "forbidden", "absent", "unread"]),
  /** The right that is missing. */
  rule: rbacRuleSchema.nullable(),
  config: managerConfigSchema.nullable(),
  at: timestampSchema.nullable(),
});
export type ManagerConfigReading = z.infer<typeof managerConfigReadingSchema>;

/** States of a job that is over (runner `common/build.go` BuildRuntimeState). */
export const END_STATES = ["success", "failed", "canceled", "timedout", "terminated"] as const;
export type EndState = (typeof END_STATES)[number];

/** One job as a manager's job list showed it over time. The list is looked at every few seconds, so times are as exact as that. */
export const managedTrackSchema = z.object({
  /** The manager's key. */
  manager: z.string(),
  jobId: z.string(),
  url: z.string(),
  /** When the list first showed it. */
  since: timestampSchema,
  /** When the manager took it, by its own clock (ms since the epoch). */
  tookMs: z.number().nullable(),
  /** Stages in the order in which they were seen. `at`: the first look that showed it; `lastAt`: the last one, kept only for `prepare_executor`. */
  stages: z.array(z.object({ stage: z.string(), at: timestampSchema, lastAt: timestampSchema.optional() })),
  /**
   * The state in which the list showed it once it was over: a manager sets it before it deletes the pod, and takes the job off its list after GitLab
   * was told (runner `common/build.go` Build.run). null: no look fell between the two.
   */
  end: z.object({ state: z.enum(END_STATES), at: timestampSchema }).nullable(),
  /** null: it is on the list. Else between which two looks it left, with how many others, and which failures the manager counted meanwhile. */
  left: z
    .object({
      from: timestampSchema,
      to: timestampSchema,
      jobs: z.number().int(),
      /** null: the manager began anew, or its figures before are not known. Empty: no job failed. */
      failures: z.array(z.object({ reason: z.string(), count: z.number() })).nullable(),
    })
    .nullable(),
});
export type ManagedTrack = z.infer<typeof managedTrackSchema>;
