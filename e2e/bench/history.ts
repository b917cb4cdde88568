// npm run bench:history [-- JOBS]: the history with a million jobs, in SQLite and in PostgreSQL: how fast jobs go in, how long the page's queries take, bytes a job.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { sql } from "kysely";
import { systemClock } from "../../lib/base/clock.ts";
import { known } from "../../lib/base/known.ts";
import type { Job, VerdictKind } from "../../lib/fleet/schema.ts";
import type { HistoryFilter } from "../../lib/history/schema.ts";
import { openDatabase, type Database } from "../../lib/history/server/database.ts";
import type { HistoryLocation } from "../../lib/history/server/describe-fault.ts";
import { findJobs, readKeptJob } from "../../lib/history/server/find-jobs.ts";
import { Recorder } from "../../lib/history/server/recorder.ts";
import { buildJob } from "../../lib/testing/build-job.ts";
import { postgresMissing, startPostgres } from "../../lib/testing/start-postgres.ts";
import { spread } from "./percentiles.ts";

const JOBS = Number(process.argv[2] ?? 1_000_000);
const NOW = Date.parse("2026-06-01T00:00:00Z");
const MONTH = 30 * 86_400_000;
const KINDS: readonly VerdictKind[] = [
  "succeeded",
  "succeeded",
  "succeeded",
  "succeeded",
  "succeeded",
  "succeeded",
  "script-failed",
  "unknown",
  "cancelled",
  "oom-killed",
];
const line = (text = "") => console.log(text);

/** A job of a month of a fleet: 500 projects, 40 names, 200 nodes; one in ten has a finding. */
function jobOf(n: number): Job {
  const at = new Date(NOW - Math.floor((n / JOBS) * MONTH)).toISOString();
  const uid = `${String(n).padStart(8, "0")}-0000-4000-8000-000000000000`;
  const kind = KINDS[(n * 7) % KINDS.length] ?? "unknown";
  const job = buildJob({ uid, node: `ci-${(n * 13) % 200}`, createdAt: at, deletedAt: at, verdict: { ...buildJob().verdict, kind } });
  const finding = {
    kind: "cpu-throttling" as const,
    certainty: "confirmed" as const,
    container: "build",
    at,
    sentence: { key: "x", values: {} },
    evidence: [],
    remedy: null,
  };
  return {
    ...job,
    findings: n % 10 === 0 ? [finding] : [],
    gitlab: {
      ...job.gitlab,
      id: known(String(10_000_000 + n), at, "bench"),
      name: known(`job-${(n * 31) % 40}`, at, "bench"),
      project: known(`group-${(n * 17) % 25}/project-${(n * 19) % 500}`, at, "bench"),
    },
  };
}

const QUERIES: readonly [string, (n: number) => HistoryFilter][] = [
  ["newest page", () => ({})],
  ["verdict oom-killed", () => ({ verdict: "oom-killed" })],
  ["one project", (n) => ({ project: `group-${(n * 17) % 25}/project-${(n * 19) % 500}` })],
  ["one node, one verdict", (n) => ({ node: `ci-${n % 200}`, verdict: "script-failed" })],
  ["finding cpu-throttling", () => ({ finding: "cpu-throttling" })],
  ["GitLab job id", (n) => ({ q: String(10_000_000 + n * 97) })],
  ["beginning of a name", (n) => ({ q: `job-${n % 40}` })],
  ["nothing matches", (n) => ({ q: `nothing-${n}` })],
  [
    "one day, two weeks ago",
    (n) => ({ since: new Date(NOW - 15 * 86_400_000 - n).toISOString(), until: new Date(NOW - 14 * 86_400_000).toISOString() }),
  ],
  ["a project's throttled jobs", (n) => ({ project: `group-${(n * 17) % 25}/project-${(n * 19) % 500}`, finding: "cpu-throttling" })],
];

async function fill(database: Database): Promise<void> {
  const recorder = new Recorder(database, systemClock);
  const from = performance.now();
  for (let n = 0; n < JOBS; n++) {
    recorder.add({ job: jobOf(n), events: [], series: [] });
    if (n % 5_000 === 4_999) await recorder.flush();
  }
  await recorder.flush();
  if (recorder.state.lost > 0 || recorder.state.lastError !== null)
    throw new Error(`${recorder.state.lost} jobs lost: ${recorder.state.lastError}`);
  line(`  ${JOBS} jobs in: ${Math.round(JOBS / ((performance.now() - from) / 1_000))} jobs/s, batches of 500, the queue fed at once`);
}

async function ask(database: Database): Promise<void> {
  line(`  ${"query, 50 rows".padEnd(30)}${["p50", "p95", "max"].map((name) => name.padStart(10)).join("")}`);
  for (const [name, filter] of QUERIES) {
    const times: number[] = [];
    for (let n = 0; n < 60; n++) {
      const from = performance.now();
      await findJobs(database, filter(n), 50, null);
      times.push(performance.now() - from);
    }
    const figures = spread(times.slice(10));
    line(
      `  ${name.padEnd(30)}${[figures.p50, figures.p95, figures.max].map((value) => `${value.toFixed(1)} ms`.padStart(10)).join("")}${figures.p95 < 150 ? "" : "   over 150 ms"}`,
    );
  }
  const times: number[] = [];
  for (let n = 0; n < 60; n++) {
    const from = performance.now();
    await readKeptJob(database, "test", jobOf((n * 9_973) % JOBS).uid);
    times.push(performance.now() - from);
  }
  line(
    `  ${"one job by permalink".padEnd(30)}${[spread(times).p50, spread(times).p95, spread(times).max].map((value) => `${value.toFixed(1)} ms`.padStart(10)).join("")}`,
  );
}

async function measure(title: string, location: HistoryLocation, bytes: (database: Database) => Promise<number>): Promise<void> {
  line(`\n${title}`);
  const database = await openDatabase(location);
  try {
    await fill(database);
    if (database.kind === "postgres") await sql`analyze`.execute(database.db);
    await ask(database);
    line(`  ${((await bytes(database)) / JOBS).toFixed(0)} bytes a job with all indexes (a job without containers and series)`);
  } finally {
    await database.close();
  }
}

const folder = mkdtempSync(path.join(tmpdir(), "runnerscope-bench-"));
try {
  await measure("SQLite", { kind: "sqlite", folder }, () => Promise.resolve(statSync(path.join(folder, "history.sqlite")).size));
  if (postgresMissing === null) {
    const server = await startPostgres();
    try {
      const size = async ({ db }: Database) =>
        Number(
          (await sql<{ bytes: string }>`select pg_total_relation_size('job') + pg_total_relation_size('finding') as bytes`.execute(db))
            .rows[0]?.bytes ?? 0,
        );
      await measure("PostgreSQL, fsync off", { kind: "postgres", url: server.url }, size);
    } finally {
      server.stop();
    }
  } else line(`\nPostgreSQL is not measured: ${postgresMissing}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
