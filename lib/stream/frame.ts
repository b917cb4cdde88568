import { z } from "zod";
import { timestampSchema } from "../base/known-schema.ts";
import { sourceReportSchema } from "../base/source-state.ts";
import {
  clusterViewSchema,
  jobEventSchema,
  jobRowSchema,
  jobSchema,
  jobSeriesSchema,
  managerSchema,
  nodeViewSchema,
  overviewSchema,
} from "../fleet/schema.ts";
import type { Delta } from "./delta.ts";
import { trendChunkSchema } from "../fleet/trend/schema.ts";

/**
 * What goes over `/api/v1/stream`. Entities are whole objects with a `key`, grouped in collections; a topic is a fixed set of collections.
 * - `snapshot`: everything of the topic at `revision`. Replaces what the client holds.
 * - `patch`: from revision `from` to `revision`: entities that are new (`upsert`, whole), that differ in part (`change`, see `delta.ts`), that went. Applied only if `epoch` and `from` match what the client holds; otherwise the client asks for a snapshot.
 * - `source`: the state of all sources (whole list; no revision, the newest wins).
 * - `ping`: nothing changed; sent so that silence means a dead connection.
 * `epoch` changes whenever the server process does; `revision` only grows within an epoch.
 */
export const fleetEntitiesSchema = z.object({
  clusters: z.array(clusterViewSchema),
  overview: z.array(overviewSchema),
  jobs: z.array(jobRowSchema),
  managers: z.array(managerSchema),
  nodes: z.array(nodeViewSchema),
  trend: z.array(trendChunkSchema),
});
export type FleetEntities = z.infer<typeof fleetEntitiesSchema>;

/** Topic of one job page: the job itself, the events about its pod, and what its containers used over time. */
export const jobEntitiesSchema = z.object({
  job: z.array(jobSchema),
  events: z.array(jobEventSchema),
  series: z.array(jobSeriesSchema),
});
export type JobEntities = z.infer<typeof jobEntitiesSchema>;

/** `fleet`, or `job:<cluster>/<uid>`. */
export type Topic = "fleet" | `job:${string}`;

export type CollectionName = keyof FleetEntities | keyof JobEntities;
export type Entity = { readonly key: string };
/** Collections of one topic, as arrays (on the wire). */
export type Entities = { readonly [name in CollectionName]?: readonly Entity[] };
/** Keys of entities, and what differs in them. */
export type Changes = { readonly [name in CollectionName]?: readonly (readonly [key: string, delta: Delta])[] };
export type Removals = { readonly [name in CollectionName]?: readonly string[] };

const collectionNameSchema = z.enum(["clusters", "overview", "jobs", "managers", "nodes", "trend", "job", "events", "series"]);
/** See `delta.ts`; it holds itself, which the description of the API cannot say. */
const deltaSchema = z.looseObject({}) as unknown as z.ZodType<Delta>;
const head = { epoch: z.string(), at: timestampSchema };
const loose = z.partialRecord(collectionNameSchema, z.array(z.looseObject({ key: z.string() })));
export const frameSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("snapshot"),
    ...head,
    topic: z.string(),
    revision: z.number().int(),
    entities: loose,
    sources: z.array(sourceReportSchema),
  }),
  z.object({
    type: z.literal("patch"),
    ...head,
    from: z.number().int(),
    revision: z.number().int(),
    upsert: loose,
    change: z.partialRecord(collectionNameSchema, z.array(z.tuple([z.string(), deltaSchema]))).optional(),
    remove: z.partialRecord(collectionNameSchema, z.array(z.string())),
  }),
  z.object({ type: z.literal("source"), ...head, sources: z.array(sourceReportSchema) }),
  z.object({ type: z.literal("ping"), ...head, revision: z.number().int() }),
]);
export type Frame = z.infer<typeof frameSchema>;
export type SnapshotFrame = Extract<Frame, { type: "snapshot" }>;
export type PatchFrame = Extract<Frame, { type: "patch" }>;
