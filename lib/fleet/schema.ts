import { z } from "zod";
import { knownSchema, timestampSchema } from "../base/known-schema.ts";
import { sentenceSchema } from "../base/sentence.ts";
import {
  clusterRecordSchema,
  conditionSchema,
  containerStateSchema,
  dockerSettingsSchema,
  eventRecordSchema,
  mountSchema,
  portSchema,
  resourcesSchema,
} from "../kubernetes/schema.ts";
import { containerUsageSchema } from "../metrics/schema.ts";
import { capacitySchema, waitingSightSchema, waitingTagsSchema } from "./capacity/schema.ts";
import { dockerFactsSchema } from "../logs/schema.ts";
import { slotSumSchema } from "../manager/schema.ts";
import { evidenceSchema } from "./evidence.ts";
import { FINDING_KINDS, JOB_PHASES, VERDICT_KINDS } from "./kinds.ts";
import { jobStageSchema, lifecyclePhaseSchema } from "./lifecycle-schema.ts";
import { lastHourSchema, rowUseSchema } from "./use/schema.ts";

export type { Sentence } from "../base/sentence.ts";
export type { Capacity, WaitingSight, WaitingTags } from "./capacity/schema.ts";
export type { Evidence } from "./evidence.ts";
export type { JobPhase, PhaseName, VerdictKind } from "./kinds.ts";
export type { JobStage, LifecyclePhase } from "./lifecycle-schema.ts";
export { managerSchema, type HeldJob, type Manager, type ManagerEntry } from "./manager-schema.ts";
export { jobSeriesSchema, type JobSeries, type LastHour } from "./use/schema.ts";

const jobPhaseSchema = z.enum(JOB_PHASES);

/** `other`: a container that neither the runner's names nor its aliases explain (for example one injected by a webhook). */
export const containerRoleSchema = z.enum(["init", "build", "helper", "service", "dind", "other"]);
export type ContainerRole = z.infer<typeof containerRoleSchema>;

/**
 * State of one container as far as it is known.
 * `afterDeletion` on terminated: the container ended after deletion of the pod was requested. Exit 137 then says nothing about the job
 * (reference: runner deletes with SIGKILL after grace), reason `OOMKilled` still does.
 */
export const containerViewSchema = z.object({
  name: z.string(),
  role: containerRoleSchema,
  /** Host names that resolve to 127.0.0.1 for this service. */
  aliases: z.array(z.string()),
  image: z.string(),
  imageDigest: z.string().nullable(),
  privileged: z.boolean(),
  requests: resourcesSchema,
  limits: resourcesSchema,
  state: knownSchema(containerStateSchema),
  /** Since when it is in this state. */
  since: knownSchema(timestampSchema),
  afterDeletion: z.boolean(),
  lastState: containerStateSchema.nullable(),
  ready: z.boolean(),
  restarts: z.number().int(),
  /** Of a job that an older version wrote down: none. */
  mounts: z.array(mountSchema).default([]),
  ports: z.array(portSchema).default([]),
  docker: dockerSettingsSchema.nullable().default(null),
  /** What it used up to its last sample; stays after the container has gone. */
  usage: knownSchema(containerUsageSchema),
});
export type ContainerView = z.infer<typeof containerViewSchema>;

export const certaintySchema = z.enum(["confirmed", "likely", "possible"]);
export type Certainty = z.infer<typeof certaintySchema>;

export const verdictKindSchema = z.enum(VERDICT_KINDS);
export const findingKindSchema = z.enum(FINDING_KINDS);

const statementSchema = z.object({
  certainty: certaintySchema,
  container: z.string().nullable(),
  at: timestampSchema.nullable(),
  sentence: sentenceSchema,
  evidence: z.array(evidenceSchema),
  remedy: sentenceSchema.nullable(),
});
/** How the job ended or what it waits for. One per job. */
export const verdictSchema = statementSchema.extend({ kind: verdictKindSchema });
export type Verdict = z.infer<typeof verdictSchema>;
/** What else was seen. */
export const findingSchema = statementSchema.extend({ kind: findingKindSchema });
export type Finding = z.infer<typeof findingSchema>;

/** What GitLab knows of the job; from Kubernetes alone only what the pod's annotations and labels carry. */
export const gitlabJobSchema = z.object({
  id: knownSchema(z.string()),
  url: knownSchema(z.string()),
  name: knownSchema(z.string()),
  stage: knownSchema(z.string()),
  ref: knownSchema(z.string()),
  sha: knownSchema(z.string()),
  /** Full path, for example `group/sample` (from the job URL), else the label's sanitised name. */
  project: knownSchema(z.string()),
  projectId: knownSchema(z.string()),
  pipeline: knownSchema(z.string()),
  status: knownSchema(z.string()),
  failureReason: knownSchema(z.string()),
  exitCode: knownSchema(z.number().int()),
  /** From the annotation `job.runner.gitlab.com/timeout`. */
  timeoutMs: knownSchema(z.number()),
});
export type GitlabJob = z.infer<typeof gitlabJobSchema>;

/**
 * One job pod, for its whole life and for as long as Runnerscope keeps it after.
 * Identity is (cluster, uid). `key` = `<cluster>/<uid>`.
 */
export const jobSchema = z.object({
  key: z.string(),
  cluster: z.string(),
  uid: z.string(),
  namespace: z.string(),
  pod: z.string(),
  node: z.string().nullable(),
  podIp: z.string().nullable(),
  qosClass: z.string().nullable(),
  /** Names of the pod's own `/etc/hosts`, by address (`spec.hostAliases`). */
  hostAliases: z.array(z.object({ ip: z.string(), hostnames: z.array(z.string()) })).default([]),
  volumes: z.array(z.object({ name: z.string(), kind: z.string() })).default([]),
  gitlab: gitlabJobSchema,
  /** The replica that holds the job; the pod itself does not say which. */
  manager: knownSchema(
    z.object({
      pod: z.string(),
      /** `debug-list`: the manager's list of jobs. `gitlab`: GitLab names its system id. */
      via: z.string(),
      /** What speaks against it: another manager lists the same job id too, or the pod's annotations name another project than the manager. */
      doubt: z.enum(["two-managers", "other-project"]).nullable(),
    }),
  ),
  /** The `[[runners]]` entry: short token and name, from the pod's labels. */
  runner: z.object({ shortToken: knownSchema(z.string()), name: knownSchema(z.string()) }),
  shape: z.enum(["attach", "legacy-exec", "concrete", "unknown"]),
  podPhase: z.enum(["Pending", "Running", "Succeeded", "Failed", "Unknown"]),
  phase: jobPhaseSchema,
  phaseSince: knownSchema(timestampSchema),
  lifecycle: z.array(lifecyclePhaseSchema),
  stages: z.array(jobStageSchema).default([]),
  containers: z.array(containerViewSchema),
  /** Times of Docker-in-Docker from its own log; null: there is none, or nobody may read logs. */
  docker: dockerFactsSchema.nullable().default(null),
  conditions: z.array(conditionSchema),
  /** Sums over build, helper, services (what the scheduler counts); null where one container sets none. */
  requests: resourcesSchema,
  limits: resourcesSchema,
  verdict: verdictSchema,
  findings: z.array(findingSchema),
  createdAt: timestampSchema,
  deletionRequestedAt: timestampSchema.nullable(),
  /** When its pod was noticed to be gone. */
  deletedAt: timestampSchema.nullable(),
  /** Of a pod whose end nobody could watch: it went between this and `deletedAt`. null: it was noticed when it happened, or the pod lives. */
  deletedAfter: timestampSchema.nullable().default(null),
  /** `watched`: the DELETED event was seen, its object is the last state. `missed`: gone after a gap, so the last state may be older than the end. */
  ending: z.enum(["live", "watched", "missed"]),
  firstSeen: timestampSchema,
  lastSeen: timestampSchema,
});
export type Job = z.infer<typeof jobSchema>;

/** What one line of the live table needs; the stream carries these, the job page the whole Job. */
export const jobRowSchema = jobSchema
  .omit({
    lifecycle: true,
    stages: true,
    docker: true,
    conditions: true,
    findings: true,
    gitlab: true,
    verdict: true,
    containers: true,
    podIp: true,
    qosClass: true,
    hostAliases: true,
    volumes: true,
    podPhase: true,
    lastSeen: true,
  })
  .extend({
    gitlab: gitlabJobSchema.pick({ id: true, url: true, name: true, project: true, ref: true }),
    verdict: verdictSchema.omit({ evidence: true, remedy: true }),
    /** Kinds only, for chips and filters. */
    findings: z.array(findingKindSchema),
    containers: z.array(
      containerViewSchema.pick({ name: true, role: true, state: true, afterDeletion: true, restarts: true, image: true }),
    ),
    /** Start of each phase that was seen, in order, for the stage bar. */
    bar: z.array(z.object({ phase: jobPhaseSchema, start: timestampSchema })),
    use: rowUseSchema,
  });
export type JobRow = z.infer<typeof jobRowSchema>;

/** One pod as a block on its node. `key` is the job's key for job pods, else null. Amounts are requests; null = none set. */
export const nodeBlockSchema = z.object({
  kind: z.enum(["job", "manager", "pause", "other"]),
  key: z.string().nullable(),
  name: z.string(),
  namespace: z.string(),
  cpuMillicores: z.number().nullable(),
  memoryBytes: z.number().nullable(),
});
export const nodeViewSchema = z.object({
  key: z.string(),
  cluster: z.string(),
  uid: z.string(),
  name: z.string(),
  createdAt: timestampSchema,
  ready: z.enum(["True", "False", "Unknown"]),
  schedulable: z.boolean(),
  conditions: z.array(conditionSchema),
  taints: z.array(z.object({ key: z.string(), value: z.string().nullable(), effect: z.string() })),
  allocatable: resourcesSchema.extend({ pods: z.number().int().nullable() }),
  /** Sum of the requests of all pods on the node that are not finished, as the scheduler counts. Unknown when pods of other namespaces cannot be listed. */
  requested: knownSchema(z.object({ cpuMillicores: z.number(), memoryBytes: z.number(), pods: z.number().int() })),
  used: knownSchema(z.object({ cpuMillicores: z.number(), memoryBytes: z.number() })),
  jobs: z.number().int(),
  blocks: z.array(nodeBlockSchema),
  kubeletVersion: z.string().nullable(),
  containerRuntimeVersion: z.string().nullable(),
  kernelVersion: z.string().nullable(),
  osImage: z.string().nullable(),
  architecture: z.string().nullable(),
});
export type NodeView = z.infer<typeof nodeViewSchema>;

/** Something wrong, ranked by jobs harmed. `target` is a path of the dashboard that shows the cause. */
export const problemSchema = z.object({
  key: z.string(),
  group: z.enum(["needs-you", "to-watch"]),
  kind: z.enum([
    "unschedulable",
    "image-pull",
    "oom-killed",
    "cpu-throttled",
    "refused-pods",
    "evicted",
    "node-not-ready",
    "manager-down",
    "manager-restarts",
    "no-managers",
    "source",
    "stuck-terminating",
    "system-failure",
    "orphaned",
    "manager-full",
    "manager-throttled",
    "manager-not-polling",
    "polls-failing",
    "manager-strained",
    "manager-old",
    "waiting-jobs",
  ]),
  jobs: z.number().int(),
  since: timestampSchema.nullable(),
  title: sentenceSchema,
  detail: sentenceSchema.nullable(),
  remedy: sentenceSchema.nullable(),
  target: z.string(),
});
export type Problem = z.infer<typeof problemSchema>;

/** The counts of the first page. One entity, key `overview`. */
export const overviewSchema = z.object({
  key: z.literal("overview"),
  headline: sentenceSchema,
  /** Live job pods; unknown while no pod watch has delivered its first list. */
  live: knownSchema(z.number().int()),
  byPhase: z.partialRecord(jobPhaseSchema, z.number().int()),
  ended: z.number().int(),
  /** How many ended jobs are kept, and for how long (ms): what stays after deletion. */
  kept: z.object({ jobs: z.number().int(), maxJobs: z.number().int(), maxAgeMs: z.number().int() }),
  managers: z.object({ found: knownSchema(z.number().int()), ready: z.number().int() }),
  nodes: z.object({ found: knownSchema(z.number().int()), ready: z.number().int() }),
  /** Of the managers that tell; `unknownManagers` of them do not and add nothing. Unknown while none tells. */
  slots: knownSchema(slotSumSchema),
  /** Jobs that wait in GitLab, as far as the token may see. */
  waiting: knownSchema(z.number().int()),
  waitingTags: knownSchema(z.array(waitingTagsSchema)),
  /** null: GitLab is not asked. */
  waitingSight: waitingSightSchema.nullable(),
  capacity: capacitySchema,
  problems: z.array(problemSchema),
  lastHour: lastHourSchema,
});
export type Overview = z.infer<typeof overviewSchema>;

/** An event about a job's pod. `key` = the event's uid. */
export const jobEventSchema = eventRecordSchema.extend({ key: z.string() });
export type JobEvent = z.infer<typeof jobEventSchema>;

export const clusterViewSchema = clusterRecordSchema;
export type ClusterView = z.infer<typeof clusterViewSchema>;
