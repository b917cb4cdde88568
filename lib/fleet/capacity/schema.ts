import { z } from "zod";
import { knownSchema, timestampSchema } from "../../base/known-schema.ts";
import { sentenceSchema } from "../../base/sentence.ts";
import { blindSpotSchema } from "../../gitlab/schema.ts";
import { slotSumSchema } from "../../manager/schema.ts";
import { evidenceSchema } from "../evidence.ts";

const whole = z.number().int();

/** How many whole jobs fit: `perNode` counts node by node, `inTotal` over the sum of all nodes, which no scheduler can reach. null: no such request, so it does not bound. */
const roomSchema = z.object({ perNode: whole.nullable(), inTotal: whole.nullable() });

/** Room for more jobs of today's mix, by requests, on the nodes that take job pods. */
export const clusterRoomSchema = z.object({
  /** Whole jobs, node by node, by the scarcest of CPU, memory and pods. */
  fits: knownSchema(whole),
  /** What bounds `fits` on most nodes. */
  boundBy: z.enum(["cpu", "memory", "pods"]).nullable(),
  cpu: roomSchema,
  memory: roomSchema,
  pods: roomSchema,
  /** The mean request of the jobs that the mix is made of; null: no job was seen. */
  mix: z.object({ jobs: whole, cpuMillicores: z.number(), memoryBytes: z.number() }).nullable(),
  /** Nodes that count, and those that do not (not ready, cordoned, or tainted and without a job). */
  nodes: whole,
  leftOut: whole,
  /** Pods that the scheduler refuses now. */
  unschedulable: whole,
  /** What most of them lack, as far as the scheduler tells; null: none, or it does not tell. */
  lacks: z.enum(["cpu", "memory", "pods", "storage", "taints", "selector", "cordoned"]).nullable(),
  /** Jobs that a manager took longer than some seconds ago and that have no pod: the API server refuses it (quota, admission), or it is slow. */
  withoutPod: whole,
  /** The quota that leaves least room for more jobs; null: none does, or none may be read. */
  quota: z
    .object({ namespace: z.string(), name: z.string(), resource: z.string(), used: z.number(), hard: z.number(), fits: whole })
    .nullable(),
});
export type ClusterRoom = z.infer<typeof clusterRoomSchema>;

/** What GitLab answered to the managers' polls over the last minutes. */
export const requestPathSchema = z.object({
  /** `clear`: polls are answered. `held`: they are refused or fail. `unknown`: no manager tells. */
  state: z.enum(["clear", "held", "unknown"]),
  /** Answers by status; 204 = no job. */
  statuses: z.array(z.object({ status: z.string(), count: z.number() })),
  since: timestampSchema.nullable(),
  /** Managers that had no answer of 2xx for longer than a minute, by pod. */
  failing: z.array(z.string()),
});
export type RequestPath = z.infer<typeof requestPathSchema>;

/** The ceiling that binds now. `none`: none is reached. */
export const capacitySchema = z.object({
  binds: z.enum(["slots", "request-path", "cluster", "none", "unknown"]),
  sentence: sentenceSchema,
  /** Sums over the managers that tell; `unknownManagers` add nothing. */
  slots: slotSumSchema,
  requestPath: requestPathSchema,
  cluster: clusterRoomSchema,
  evidence: z.array(evidenceSchema),
  /** One for each ceiling that does not bind. */
  whyNot: z.array(sentenceSchema),
});
export type Capacity = z.infer<typeof capacitySchema>;

/** Jobs that wait in GitLab with the same tags; empty tags: untagged. `oldestAt` null: since when is not told. */
export const waitingTagsSchema = z.object({
  tags: z.array(z.string()),
  count: whole,
  oldestAt: timestampSchema.nullable(),
  heldBy: sentenceSchema,
});
export type WaitingTags = z.infer<typeof waitingTagsSchema>;

/** Whose waiting jobs are seen, and what GitLab keeps from the token: the answer to "and the rest?". */
export const waitingSightSchema = z.object({
  /** `instance`: all of GitLab. `projects`: those whose jobs run here. `none`: it may read none. `unread`: nothing was read yet. */
  scope: z.enum(["instance", "projects", "none", "unread"]),
  projects: whole,
  /** Of the oldest reading that counts. */
  at: timestampSchema.nullable(),
  /** `projects`: how many of them; 0: it is about the whole instance. */
  blind: z.array(
    z.object({ subject: blindSpotSchema.shape.subject, reason: blindSpotSchema.shape.reason, projects: whole, since: timestampSchema }),
  ),
});
export type WaitingSight = z.infer<typeof waitingSightSchema>;
