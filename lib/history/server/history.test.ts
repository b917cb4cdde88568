import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock, type Clock } from "../../base/clock.ts";
import { known } from "../../base/known.ts";
import type { Job } from "../../fleet/schema.ts";
import { buildJob } from "../../testing/build-job.ts";
import { postgresMissing, startPostgres, type TestPostgres } from "../../testing/start-postgres.ts";
import { openDatabase, type Database } from "./database.ts";
import type { HistoryLocation } from "./describe-fault.ts";
import { findByGitlabId, findJobs, readKeptJob } from "./find-jobs.ts";
import { Recorder } from "./recorder.ts";
import { describeKept, sizeOf, sweep } from "./retention.ts";

if (postgresMissing !== null) console.warn(`The tests on PostgreSQL are skipped: ${postgresMissing}`);

const DAY = 86_400_000;
const NOW = Date.parse("2026-03-02T00:00:00Z");
const uidOf = (n: number) => `${String(n).padStart(8, "0")}-0000-4000-8000-000000000000`;
const at = (ms: number) => new Date(ms).toISOString();

function job(n: number, change: Partial<Job> = {}): Job {
  const base = buildJob({ uid: uidOf(n), deletedAt: at(NOW - n * 1_000), ...change });
  return { ...base, gitlab: { ...base.gitlab, id: known(String(1_000 + n), at(NOW), "test") } };
}

async function record(database: Database, jobs: Job[]): Promise<void> {
  const recorder = new Recorder(database, systemClock);
  for (const one of jobs) recorder.add({ job: one, events: [], series: [] });
  await recorder.flush();
  expect(recorder.state).toMatchObject({ lastError: null, waiting: 0, lost: 0 });
}

describe.each(["sqlite", "postgres"] as const)("history on %s", (kind) => {
  const skip = kind === "postgres" && postgresMissing !== null;
  let server: TestPostgres | null = null;
  let folder = "";
  let location: HistoryLocation;
  let database: Database;

  beforeAll(async () => {
    if (skip) return;
    if (kind === "postgres") server = await startPostgres();
    folder = mkdtempSync(path.join(tmpdir(), "runnerscope-history-"));
    location = server === null ? { kind: "sqlite", folder } : { kind: "postgres", url: server.url };
    database = await openDatabase(location);
  }, 60_000);
  afterAll(async () => {
    if (skip) return;
    await database.close();
    server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    if (skip) return;
    for (const table of ["job", "finding", "watch"] as const) await database.db.deleteFrom(table).execute();
  });

  it.skipIf(skip)("opens a database that is already there", async () => {
    const again = await openDatabase(location);
    expect(await findJobs(again, {}, 1, null)).toEqual({ items: [], cursor: null });
    await again.close();
  });

  it.skipIf(skip)("keeps the whole job, and one that is told again replaces itself", async () => {
    const first = job(1, {
      findings: [
        {
          kind: "oom-kill",
          certainty: "confirmed",
          container: "build",
          at: null,
          sentence: { key: "x", values: {} },
          evidence: [],
          remedy: null,
        },
      ],
    });
    await record(database, [first]);
    expect((await readKeptJob(database, "test", uidOf(1)))?.job).toEqual(first);
    await record(database, [job(1, { verdict: { ...first.verdict, kind: "oom-killed" } })]);
    const page = await findJobs(database, {}, 10, null);
    expect(page).toMatchObject({
      cursor: null,
      items: [{ key: `test/${uidOf(1)}`, verdict: "oom-killed", findings: [], gitlabId: "1001" }],
    });
    expect(await findByGitlabId(database, "1001")).toEqual([{ cluster: "test", uid: uidOf(1) }]);
    expect(await readKeptJob(database, "test", "nobody")).toBeNull();
  });

  it.skipIf(skip)("pages newest first without losing or repeating one, also among equal times", async () => {
    const jobs = Array.from({ length: 23 }, (_, n) => job(n, { deletedAt: at(NOW - Math.floor(n / 5) * 1_000) }));
    await record(database, jobs);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await findJobs(database, {}, 4, cursor);
      seen.push(...page.items.map((row) => row.uid));
      cursor = page.cursor;
    } while (cursor !== null);
    expect(seen).toHaveLength(23);
    expect(new Set(seen).size).toBe(23);
  });

  it.skipIf(skip)("filters by each field, by finding and by the beginning of a name", async () => {
    const oom: Job["findings"] = [
      {
        kind: "oom-kill",
        certainty: "confirmed",
        container: "build",
        at: null,
        sentence: { key: "x", values: {} },
        evidence: [],
        remedy: null,
      },
    ];
    const other = buildJob().gitlab;
    await record(database, [
      job(1, { node: "n1", findings: oom }),
      job(2, { node: "n2", verdict: { ...buildJob().verdict, kind: "oom-killed" } }),
      {
        ...job(3),
        gitlab: {
          ...other,
          name: known("Deploy prod", at(NOW), "t"),
          project: known("web/Shop", at(NOW), "t"),
          id: known("77", at(NOW), "t"),
        },
      },
    ]);
    const uids = async (filter: Parameters<typeof findJobs>[1]) => (await findJobs(database, filter, 10, null)).items.map((row) => row.uid);
    expect(await uids({ node: "n1" })).toEqual([uidOf(1)]);
    expect(await uids({ verdict: "oom-killed" })).toEqual([uidOf(2)]);
    expect(await uids({ finding: "oom-kill" })).toEqual([uidOf(1)]);
    expect(await uids({ q: "deploy" })).toEqual([uidOf(3)]);
    expect(await uids({ q: "WEB/sh" })).toEqual([uidOf(3)]);
    expect(await uids({ q: "77" })).toEqual([uidOf(3)]);
    expect(await uids({ q: "%' or 1=1 --" })).toEqual([]);
    expect(await uids({ since: at(NOW - 1_500) })).toEqual([uidOf(1)]);
    expect(await uids({ until: at(NOW - 2_500) })).toEqual([uidOf(3)]);
    expect(await uids({ node: "n1", verdict: "oom-killed" })).toEqual([]);
  });

  it.skipIf(skip)("lets go by age, then by size, oldest first, with their findings", async () => {
    await record(database, [
      job(1),
      job(2, {
        deletedAt: at(NOW - 40 * DAY),
        findings: [
          {
            kind: "no-limit",
            certainty: "confirmed",
            container: null,
            at: null,
            sentence: { key: "x", values: {} },
            evidence: [],
            remedy: null,
          },
        ],
      }),
    ]);
    expect(await sweep(database, { maxAgeMs: 30 * DAY, maxBytes: 2 ** 40 }, NOW)).toBe(1);
    expect((await findJobs(database, {}, 10, null)).items.map((row) => row.uid)).toEqual([uidOf(1)]);
    expect(await database.db.selectFrom("finding").selectAll().execute()).toEqual([]);
    await record(
      database,
      Array.from({ length: 3_000 }, (_, n) => job(n + 1)),
    );
    const bytes = (await sizeOf(database)) ?? 0;
    const gone = await sweep(database, { maxAgeMs: 30 * DAY, maxBytes: bytes - 1_000_000 }, NOW);
    expect(gone).toBeGreaterThanOrEqual(2_000);
    const left = await findJobs(database, {}, 1, null);
    expect(left.items[0]?.uid).toBe(uidOf(1));
    expect(await sizeOf(database)).toBeLessThan(bytes);
  });

  it.skipIf(skip)("says which time nobody watched", async () => {
    let now = NOW;
    const clock: Clock = { ...systemClock, now: () => now };
    const watch = async (seconds: number) => {
      const since = now;
      const recorder = new Recorder(database, clock);
      recorder.start({ watching: () => new Map([["test", since]]), memory: () => ({ jobs: [], fromMs: 0 }) });
      for (let i = 0; i < seconds; i++) {
        now += 1_000;
        await recorder.flush();
      }
      await recorder.stop();
    };
    await watch(5);
    now += 60_000;
    await watch(5);
    const { gaps } = await describeKept(database, { maxAgeMs: DAY, maxBytes: 1 });
    expect(gaps).toHaveLength(1);
    expect(Date.parse(gaps[0]!.to) - Date.parse(gaps[0]!.from)).toBeGreaterThanOrEqual(60_000);
    expect(Date.parse(gaps[0]!.to) - Date.parse(gaps[0]!.from)).toBeLessThanOrEqual(62_000);
  });

  it.skipIf(skip)("a batch that fails is there not at all, waits, and is written when the database is well again", async () => {
    const recorder = new Recorder(database, systemClock);
    await sql`alter table finding rename to gone`.execute(database.db);
    recorder.add({ job: job(1), events: [], series: [] });
    await recorder.flush();
    expect(recorder.state).toMatchObject({ waiting: 1, written: 0 });
    expect(recorder.state.lastError).toContain("finding");
    expect((await database.db.selectFrom("job").select("uid").execute()).length).toBe(0);
    await sql`alter table gone rename to finding`.execute(database.db);
    await recorder.flush();
    expect(recorder.state).toMatchObject({ waiting: 0, written: 1, lastError: null });
  });

  it.skipIf(skip)("a kill -9 at any moment loses at most the last second and corrupts nothing", async () => {
    const script = `
      const { registerHooks } = require("node:module");
      registerHooks({ resolve: (s, c, n) => s === "server-only" ? { url: "data:text/javascript,", shortCircuit: true } : n(s, c) });
      (async () => {
        const { openDatabase } = await import(process.env.BASE + "/lib/history/server/database.ts");
        const { Recorder } = await import(process.env.BASE + "/lib/history/server/recorder.ts");
        const { systemClock } = await import(process.env.BASE + "/lib/base/clock.ts");
        const { buildJob } = await import(process.env.BASE + "/lib/testing/build-job.ts");
        const recorder = new Recorder(await openDatabase(JSON.parse(process.env.LOCATION)), { ...systemClock, after: (ms, f) => { const t = setTimeout(f, ms); return () => clearTimeout(t); } });
        recorder.start({ watching: () => new Map([["test", Date.now()]]), memory: () => ({ jobs: [], fromMs: 0 }) });
        for (let n = 0; ; n++) {
          const uid = String(n).padStart(8, "0") + "-0000-4000-8000-000000000000";
          recorder.add({ job: buildJob({ uid }), events: [], series: [] });
          process.stdout.write(n + " " + Date.now() + "\\n");
          await new Promise((r) => setTimeout(r, 5));
        }
      })();`;
    const base = path.resolve(import.meta.dirname, "../../..");
    const child = spawn(process.execPath, ["-e", script], {
      env: { ...process.env, BASE: base, LOCATION: JSON.stringify(location) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const told: { n: number; at: number }[] = [];
    child.stdout.on("data", (chunk: Buffer) => {
      for (const line of chunk.toString().trim().split("\n")) told.push({ n: Number(line.split(" ")[0]), at: Number(line.split(" ")[1]) });
    });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    child.kill("SIGKILL");
    const killedAt = Date.now();
    await new Promise((resolve) => child.once("exit", resolve));
    const kept = new Set((await database.db.selectFrom("job").select("uid").execute()).map((row) => row.uid));
    const due = told.filter((one) => one.at < killedAt - 1_000);
    expect(due.length).toBeGreaterThan(50);
    expect(due.filter((one) => !kept.has(uidOf(one.n)))).toEqual([]);
    const check = kind === "sqlite" ? await sql<{ integrity_check: string }>`pragma integrity_check`.execute(database.db) : null;
    expect(check?.rows ?? [{ integrity_check: "ok" }]).toEqual([{ integrity_check: "ok" }]);
  });
});

it("an unusable place is named with its variable, never with its password", async () => {
  await expect(openDatabase({ kind: "sqlite", folder: "/dev/null/nowhere" })).rejects.toThrow(/^RUNNERSCOPE_DATA: /);
  const refused = await openDatabase({ kind: "postgres", url: "postgres://me:s3cret@127.0.0.1:1/x" }).catch(
    (error: Error) => error.message,
  );
  expect(refused).toMatch(/^DATABASE_URL: /);
  expect(refused).not.toContain("s3cret");
});
