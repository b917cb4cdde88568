import "server-only";
import { Migrator, sql, type Kysely, type Migration } from "kysely";

/** In order; a migration that was ever released is never changed. */
const MIGRATIONS: Record<string, Migration> = {
  "2026-11-25-jobs": {
    async up(db: Kysely<unknown>) {
      const text = ["namespace", "pod", "verdict", "certainty"];
      const maybe = [
        "node",
        "gitlab_id",
        "gitlab_url",
        "name",
        "name_key",
        "project",
        "project_key",
        "ref",
        "runner",
        "image",
        "failure_reason",
        "container",
      ];
      let job = db.schema
        .createTable("job")
        .addColumn("cluster", "text", (column) => column.notNull())
        .addColumn("uid", "text", (column) => column.notNull());
      for (const name of text) job = job.addColumn(name, "text", (column) => column.notNull());
      for (const name of maybe) job = job.addColumn(name, "text");
      await job
        .addColumn("created_at", "bigint", (column) => column.notNull())
        .addColumn("ended_at", "bigint", (column) => column.notNull())
        .addColumn("document", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("job_key", ["cluster", "uid"])
        .execute();
      // Each filter of /history with the order of the page behind it, so that a page is a walk along one index.
      for (const name of ["verdict", "project", "node", "image", "runner", "failure_reason", "cluster", "name_key", "project_key"])
        await db.schema.createIndex(`job_by_${name}`).on("job").columns([name, "ended_at", "uid"]).execute();
      await db.schema.createIndex("job_by_end").on("job").columns(["ended_at", "uid"]).execute();
      await db.schema.createIndex("job_by_gitlab_id").on("job").column("gitlab_id").execute();
      await db.schema
        .createTable("finding")
        .addColumn("cluster", "text", (column) => column.notNull())
        .addColumn("uid", "text", (column) => column.notNull())
        .addColumn("kind", "text", (column) => column.notNull())
        .addColumn("ended_at", "bigint", (column) => column.notNull())
        .addPrimaryKeyConstraint("finding_key", ["cluster", "uid", "kind"])
        .execute();
      await db.schema.createIndex("finding_by_kind").on("finding").columns(["kind", "ended_at", "uid"]).execute();
      await db.schema
        .createTable("watch")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("cluster", "text", (column) => column.notNull())
        .addColumn("started_at", "bigint", (column) => column.notNull())
        .addColumn("seen_at", "bigint", (column) => column.notNull())
        .execute();
      await sql`create index watch_by_cluster on watch (cluster, started_at)`.execute(db);
    },
  },
  "2026-11-25-writer": {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("writer")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("term", "bigint", (column) => column.notNull())
        .addColumn("beat", "bigint", (column) => column.notNull())
        .execute();
    },
  },
  "2026-11-25b-ended-after": {
    async up(db: Kysely<unknown>) {
      await db.schema.alterTable("job").addColumn("ended_after", "bigint").execute();
    },
  },
};

/** Brings the tables up to date. Throws with the name of the migration that failed; PostgreSQL and SQLite roll it back whole. */
export async function migrate(db: Kysely<never>): Promise<void> {
  const migrator = new Migrator({ db: db as unknown as Kysely<unknown>, provider: { getMigrations: () => Promise.resolve(MIGRATIONS) } });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find((result) => result.status === "Error")?.migrationName ?? "before the first";
  throw new Error(`The history's database could not be brought up to date (${failed}): ${(error as Error).message}`, { cause: error });
}
