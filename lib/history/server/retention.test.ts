import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { buildJob } from "../../testing/build-job.ts";
import { openDatabase, type Database } from "./database.ts";
import { findJobs } from "./find-jobs.ts";
import { Recorder } from "./recorder.ts";
import { sweep } from "./retention.ts";

const DAY = 86_400_000;
const NOW = Date.parse("2026-03-02T00:00:00Z");
let folder = "";
let database: Database;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "runnerscope-retention-"));
  database = await openDatabase({ kind: "sqlite", folder });
});
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

it("lets go of very many that are too old in pieces, so that others are served in between", async () => {
  const recorder = new Recorder(database, systemClock);
  const add = (uid: string, ms: number) =>
    recorder.add({ job: buildJob({ uid, deletedAt: new Date(ms).toISOString() }), events: [], series: [] });
  for (let i = 0; i < 5_000; i++) add(`old-${i}`, NOW - 40 * DAY - i);
  add("young", NOW - 1_000);
  await recorder.flush();
  let turns = 0;
  const count = setInterval(() => (turns += 1), 0);
  expect(await sweep(database, { maxAgeMs: 30 * DAY, maxBytes: 1e12 }, NOW)).toBe(5_000);
  clearInterval(count);
  expect(turns).toBeGreaterThan(1);
  expect((await findJobs(database, {}, 10, null)).items.map((row) => row.uid)).toEqual(["young"]);
});
