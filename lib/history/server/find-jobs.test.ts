import { expect, it } from "vitest";
import { postgresMissing, startPostgres } from "../../testing/start-postgres.ts";
import { openDatabase } from "./database.ts";
import { readKeptJob } from "./find-jobs.ts";

it.skipIf(postgresMissing !== null)("PostgreSQL: a uid with NUL is no job, not a failure of the query", { timeout: 60_000 }, async () => {
  const server = await startPostgres();
  const database = await openDatabase({ kind: "postgres", url: server.url });
  try {
    expect(await readKeptJob(database, "c", "a\0b")).toBeNull();
  } finally {
    await database.close();
    server.stop();
  }
});
