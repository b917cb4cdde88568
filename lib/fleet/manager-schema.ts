import { z } from "zod";
import { knownSchema, timestampSchema } from "../base/known-schema.ts";
import { rbacRuleSchema, sourceStateSchema } from "../base/source-state.ts";
import { containerStateSchema } from "../kubernetes/schema.ts";
import { managerConfigSchema, managerRunnerSchema, managerSlotsSchema, pollRecordSchema } from "../manager/schema.ts";

/** One job that a manager holds, from its list of jobs. One cell of the slot map. */
export const heldJobSchema = z.object({
  /** GitLab's job id; null: the manager's URL does not end in one. */
  jobId: z.string().nullable(),
  /** Key of the job's pod; null: no pod of this job is seen (not made yet, already gone, or in another cluster). */
  key: z.string().nullable(),
  /** As the manager names it (`step_script`); empty while it prepares. */
  stage: z.string(),
  phase: z.enum(["starting", "sources", "script", "artifacts", "cleanup"]).nullable(),
  /** First look that showed this stage; null: not followed. */
  stageAt: timestampSchema.nullable(),
  /** When the manager took it, by the manager's clock. */
  tookAt: timestampSchema.nullable(),
});
export type HeldJob = z.infer<typeof heldJobSchema>;

/** One `[[runners]]` entry of a manager: the token's share of its slots, what GitLab answers to its polls, and what GitLab knows of the runner. */
export const managerEntrySchema = managerSlotsSchema.shape.runners.element.extend({
  systemId: z.string().nullable(),
  /** null: it has not polled, or no page showed it. */
  poll: pollRecordSchema.omit({ shortToken: true }).nullable(),
  requestConcurrency: managerRunnerSchema.shape.requestConcurrency,
  /** Queue in GitLab as told at the last pick-up: old while the manager is idle or full. */
  queueAtPickUp: managerRunnerSchema.shape.queueAtPickUp,
  /** Counted since the manager's process began. */
  failures: managerRunnerSchema.shape.failures,
  /** From GitLab. */
  tags: knownSchema(z.array(z.string())),
  runUntagged: knownSchema(z.boolean()),
  paused: knownSchema(z.boolean()),
});
export type ManagerEntry = z.infer<typeof managerEntrySchema>;

export const managerSchema = z.object({
  key: z.string(),
  cluster: z.string(),
  uid: z.string(),
  namespace: z.string(),
  pod: z.string(),
  workload: z.string().nullable(),
  node: z.string().nullable(),
  image: z.string(),
  /** From its metrics, else from the image's tag. */
  version: knownSchema(z.string()),
  foundBy: z.enum(["chart-label", "operator-label", "image-name", "setting"]),
  podPhase: z.enum(["Pending", "Running", "Succeeded", "Failed", "Unknown"]),
  ready: z.boolean(),
  restarts: z.number().int(),
  startedAt: knownSchema(timestampSchema),
  terminating: z.boolean(),
  /** Reason of the last termination, for example OOMKilled; null: none seen. */
  lastTermination: containerStateSchema.nullable(),
  /** Its metrics port; null: nobody asks it. `at`: when it last answered. */
  port: z.object({ state: sourceStateSchema, at: timestampSchema.nullable() }).nullable(),
  /** Slots used and offered: only the manager's own metrics tell. */
  slots: managerSlotsSchema.pick({ total: true, used: true, free: true, boundBy: true }),
  runners: z.array(managerEntrySchema),
  /** Its list of jobs, longest held first. */
  jobs: knownSchema(z.array(heldJobSchema)),
  /** `starting`, `running`, `graceful-shutdown`, `forceful-shutdown`. */
  processState: knownSchema(z.string()),
  /** As its ConfigMap has it now; the process has what was there when it began. `rule`: the right that is missing to read it. */
  config: z.object({ told: knownSchema(managerConfigSchema), rule: rbacRuleSchema.nullable() }),
  /** Of its container, from the kubelet. Limits null: none set. */
  use: z.object({
    cpu: knownSchema(
      z.object({ millicores: z.number().nullable(), limitMillicores: z.number().nullable(), throttledShare: z.number().nullable() }),
    ),
    memory: knownSchema(z.object({ bytes: z.number().nullable(), limitBytes: z.number().nullable() })),
  }),
});
export type Manager = z.infer<typeof managerSchema>;
