import "server-only";
import { sql, type SelectQueryBuilder } from "kysely";
import { z } from "zod";
import { jobEventSchema, jobSchema, jobSeriesSchema } from "../../fleet/schema.ts";
import { readCursor, writeCursor } from "../cursor.ts";
import type { HistoryFilter, HistoryPage, HistoryRow } from "../schema.ts";
import type { JobTable, Tables } from "../tables.ts";
import { readRow, type KeptJob } from "../write-row.ts";
import type { Database } from "./database.ts";

const COLUMNS = [
  "cluster",
  "uid",
  "namespace",
  "pod",
  "node",
  "gitlab_id",
  "gitlab_url",
  "name",
  "project",
  "ref",
  "runner",
  "image",
  "failure_reason",
  "verdict",
  "certainty",
  "container",
  "created_at",
  "ended_at",
  "ended_after",
] as const;

/** A page of finished jobs, newest first. `limit` 1–500. A cursor that is not ours is taken as none. */
export async function findJobs(database: Database, filter: HistoryFilter, limit: number, cursor: string | null): Promise<HistoryPage> {
  const from = cursor === null ? null : readCursor(cursor);
  const page = (narrowing: (query: PageQuery) => PageQuery) => {
    let query = narrow(narrowing(database.db.selectFrom("job").select(COLUMNS.map((column) => `job.${column}` as const))), filter);
    if (from !== null) query = query.where(sql<boolean>`(job.ended_at, job.uid) < (${from.endedAt}, ${from.uid})`);
    return query
      .orderBy("job.ended_at", "desc")
      .orderBy("job.uid", "desc")
      .limit(limit + 1)
      .execute();
  };
  const rows = await search(database, filter.q?.trim().toLowerCase() ?? "", page);
  const shown = rows.slice(0, limit);
  const findings = await findingsOf(database, shown);
  const items = shown.map((row) => readRow(row, findings.get(`${row.cluster}/${row.uid}`) ?? []));
  const last = shown.at(-1);
  return {
    items,
    cursor: rows.length > limit && last !== undefined ? writeCursor({ endedAt: Number(last.ended_at), uid: last.uid }) : null,
  };
}

type PageRow = Omit<JobTable, "document" | "name_key" | "project_key">;
type PageQuery = SelectQueryBuilder<Tables, "job", PageRow>;
type Page = (narrowing: (query: PageQuery) => PageQuery) => Promise<PageRow[]>;

/** So many different names are looked up one by one; a beginning that more names share is met soon among the newest jobs. */
const MOST_NAMES = 40;

/**
 * Pages that match `q`, still newest first. A range of names has no order by time, and sorting a quarter of a million rows is what a search must not
 * cost: so each name is walked along its own index, and the walks are merged.
 */
async function search(database: Database, q: string, page: Page): Promise<PageRow[]> {
  if (q === "") return page((query) => query);
  const [names, projects] = await Promise.all([beginning(database, "name_key", q), beginning(database, "project_key", q)]);
  if (names === null || projects === null) {
    // Without the sign the planner would take the index of names and sort all that match.
    const begins = (column: "job.name_key" | "job.project_key") =>
      sql<boolean>`(${sql.ref(column)} || '' >= ${q} and ${sql.ref(column)} || '' < ${`${q}\uffff`})`;
    return page((query) => query.where((eb) => eb.or([begins("job.name_key"), begins("job.project_key")])));
  }
  const walks = [
    page((query) => query.where("job.gitlab_id", "=", q)),
    ...names.map((name) => page((query) => query.where("job.name_key", "=", name))),
    ...projects.map((name) => page((query) => query.where("job.project_key", "=", name))),
  ];
  const found = new Map((await Promise.all(walks)).flat().map((row) => [`${row.cluster}/${row.uid}`, row]));
  return [...found.values()].toSorted((a, b) => Number(b.ended_at) - Number(a.ended_at) || (a.uid < b.uid ? 1 : -1));
}

/** The different values that begin with `q`, jumping along the index from one to the next; null: more than are looked up one by one. */
async function beginning({ db }: Database, column: "name_key" | "project_key", q: string): Promise<string[] | null> {
  const name = sql.ref(column);
  const { rows } = await sql<{ value: string | null }>`
    with recursive jump(value) as (
      select (select min(${name}) from job where ${name} >= ${q} and ${name} < ${`${q}\uffff`})
      union all
      select (select min(${name}) from job where ${name} > jump.value and ${name} < ${`${q}\uffff`}) from jump where jump.value is not null
    ) select value from jump where value is not null limit ${MOST_NAMES + 1}`.execute(db);
  return rows.length > MOST_NAMES ? null : rows.flatMap(({ value }) => value ?? []);
}

function narrow(query: PageQuery, filter: HistoryFilter): PageQuery {
  const exact = {
    verdict: filter.verdict,
    cluster: filter.cluster,
    project: filter.project,
    node: filter.node,
    image: filter.image,
    runner: filter.runner,
    failure_reason: filter.failureReason,
  };
  let narrowed = query;
  for (const [column, value] of Object.entries(exact))
    if (value !== undefined) narrowed = narrowed.where(`job.${column}` as "job.node", "=", value);
  if (filter.since !== undefined) narrowed = narrowed.where("job.ended_at", ">=", Date.parse(filter.since));
  if (filter.until !== undefined) narrowed = narrowed.where("job.ended_at", "<=", Date.parse(filter.until));
  const { finding } = filter;
  if (finding !== undefined)
    narrowed = narrowed.where((eb) =>
      eb.exists(
        eb
          .selectFrom("finding")
          .select("finding.uid")
          .whereRef("finding.cluster", "=", "job.cluster")
          .whereRef("finding.uid", "=", "job.uid")
          .where("finding.kind", "=", finding),
      ),
    );
  return narrowed;
}

async function findingsOf(
  { db }: Pick<Database, "db">,
  rows: readonly { cluster: string; uid: string }[],
): Promise<Map<string, HistoryRow["findings"]>> {
  const found = new Map<string, HistoryRow["findings"]>();
  if (rows.length === 0) return found;
  const kinds = await db
    .selectFrom("finding")
    .select(["cluster", "uid", "kind"])
    .where(
      "uid",
      "in",
      rows.map((row) => row.uid),
    )
    .execute();
  for (const { cluster, uid, kind } of kinds) {
    const key = `${cluster}/${uid}`;
    found.set(key, [...(found.get(key) ?? []), kind as HistoryRow["findings"][number]]);
  }
  return found;
}

const documentSchema = z.object({ job: jobSchema, events: z.array(jobEventSchema), series: z.array(jobSeriesSchema) });

/** A job that is kept; null: not there. A document that another version wrote and this one cannot read is an error, not a missing job. */
export async function readKeptJob({ db }: Database, cluster: string, uid: string): Promise<KeptJob | null> {
  // PostgreSQL refuses the question, where the answer is simply no.
  if (`${cluster}${uid}`.includes("\0")) return null;
  const row = await db.selectFrom("job").select("document").where("cluster", "=", cluster).where("uid", "=", uid).executeTakeFirst();
  return row === undefined ? null : documentSchema.parse(JSON.parse(row.document));
}

/** Newest first: the pods of one GitLab job. */
export async function findByGitlabId({ db }: Database, id: string): Promise<{ cluster: string; uid: string }[]> {
  return db.selectFrom("job").select(["cluster", "uid"]).where("gitlab_id", "=", id).orderBy("ended_at", "desc").limit(20).execute();
}
