import "server-only";
import { jobSchema, type Job } from "../../fleet/schema.ts";
import type { Database } from "./database.ts";

/** Finished runs of one job: same project, same name, newest first. */
export async function readRuns({ db }: Database, project: string, name: string, limit: number): Promise<Job[]> {
  const rows = await db
    .selectFrom("job")
    .select("document")
    .where("name_key", "=", name.toLowerCase())
    .where("project", "=", project)
    .where("name", "=", name)
    .orderBy("ended_at", "desc")
    .limit(limit)
    .execute();
  return rows.flatMap(({ document }) => readJob(document));
}

/** Finished jobs that were on a node in a stretch of time, newest first. */
export async function readOnNode(
  { db }: Database,
  { cluster, node, fromMs, toMs }: { cluster: string; node: string; fromMs: number; toMs: number },
  limit: number,
): Promise<Job[]> {
  const rows = await db
    .selectFrom("job")
    .select("document")
    .where("node", "=", node)
    .where("cluster", "=", cluster)
    .where("ended_at", ">=", fromMs)
    .where("created_at", "<=", toMs)
    .orderBy("ended_at", "asc")
    .limit(limit)
    .execute();
  return rows.flatMap(({ document }) => readJob(document));
}

/** What another version wrote and this one cannot read is left out: it is only around. */
function readJob(document: string): Job[] {
  const read = jobSchema.safeParse((JSON.parse(document) as { job: unknown }).job);
  return read.success ? [read.data] : [];
}
