import { mkdtempSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { systemClock } from "../base/clock.ts";
import { known } from "../base/known.ts";
import { buildJob } from "../testing/build-job.ts";
import { Runtime } from "./composition.ts";
import { readConfig } from "./config.ts";
import { findByGitlabId } from "./find-by-gitlab-id.ts";
import { HistoryError, HistoryKeeper, isHistoryError } from "./history-keeper.ts";
import { createLog } from "./log.ts";

const WAIT = { timeout: 10_000 };
let folder = "";
let keeper: HistoryKeeper;
let lines: { level: number; msg: string }[] = [];
const outside = (sql: string) => {
  const database = new DatabaseSync(path.join(folder, "history.sqlite"), { timeout: 5_000 });
  database.exec(sql);
  database.close();
};
const job = (uid: string) => buildJob({ uid, deletedAt: new Date().toISOString() });

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "runnerscope-keeper-"));
  lines = [];
  keeper = new HistoryKeeper({
    location: { kind: "sqlite", folder },
    maxAgeMs: 86_400_000,
    maxBytes: 1_000_000_000,
    clock: systemClock,
    log: createLog("info", { write: (line) => void lines.push(JSON.parse(line) as { level: number; msg: string }) }),
    watching: () => new Map(),
    ended: () => [],
    keep: { maxJobs: 1_000, maxAgeMs: 3_600_000 },
    name: "test",
  });
  keeper.start();
  await vi.waitUntil(() => keeper.state.state === "open", WAIT);
});
afterEach(async () => {
  await keeper.stop();
  rmSync(folder, { recursive: true, force: true });
});

it("says once that nothing can be written, counts what waits, and says when it can again", async () => {
  outside("create trigger full before insert on job begin select raise(rollback, 'database or disk is full'); end");
  keeper.add({ job: job("u1"), events: [], series: [] });
  await vi.waitFor(() => expect(keeper.state).toMatchObject({ state: "failed", error: expect.stringContaining("disk is full") }), WAIT);
  await vi.waitFor(() => expect(lines.filter(({ level }) => level === 50)).toHaveLength(1), WAIT);
  expect(keeper.figures()).toMatchObject({ open: true, writable: false, waiting: 1, written: 0, lost: 0 });
  // What was kept before can still be read, and the page of the history is not mistaken for a whole one.
  expect((await keeper.find({}, 10, null))?.items).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 1_300));
  expect(lines.filter(({ level }) => level === 50)).toHaveLength(1);
  outside("drop trigger full");
  await vi.waitFor(async () => expect((await keeper.find({}, 10, null))?.items).toHaveLength(1), WAIT);
  await vi.waitFor(() => expect(lines.at(-1)).toMatchObject({ level: 30, msg: expect.stringContaining("again") }), WAIT);
  expect(keeper.figures()).toMatchObject({ writable: true, waiting: 0, written: 1 });
});

it("counts what is kept again after a job that was written, and not at every look where counting takes long", async () => {
  const count = async () => (await keeper.kept())?.jobs;
  expect(await count()).toBe(0);
  keeper.add({ job: job("u1"), events: [], series: [] });
  await vi.waitFor(async () => expect(await count()).toBe(1), WAIT);
  let ms = performance.now();
  vi.spyOn(systemClock, "monotonic").mockImplementation(() => (ms += 10_000));
  try {
    keeper.add({ job: job("u2"), events: [], series: [] });
    await vi.waitUntil(() => keeper.figures().written === 2, WAIT);
    // Once the quick count before it is over, the one that takes 10 s holds.
    await vi.waitFor(async () => expect(await count()).toBe(2), WAIT);
    keeper.add({ job: job("u3"), events: [], series: [] });
    await vi.waitUntil(() => keeper.figures().written === 3, WAIT);
    expect((await keeper.find({}, 10, null))?.items).toHaveLength(3);
    expect(await count()).toBe(2);
  } finally {
    vi.restoreAllMocks();
  }
});

it("tells a database that does not answer from a job that is not there", async () => {
  expect(await keeper.job("c", "nope")).toBeNull();
  outside("alter table job rename to gone");
  await expect(keeper.job("c", "nope")).rejects.toBeInstanceOf(HistoryError);
  await expect(keeper.find({}, 10, null)).rejects.toBeInstanceOf(HistoryError);
  await expect(keeper.byGitlabId("1")).rejects.toBeInstanceOf(HistoryError);
});

it("is known as such across Next's bundles, in which the class exists more than once", async () => {
  outside("alter table job rename to gone");
  vi.resetModules();
  const again = await import("./history-keeper.ts");
  expect(again.HistoryError).not.toBe(HistoryError);
  const error: unknown = await keeper.job("c", "nope").catch((caught: unknown) => caught);
  expect([isHistoryError(error), again.isHistoryError(error), again.isHistoryError(new Error("x"))]).toEqual([true, true, false]);
});

it("a live job is found by its GitLab id although the history does not answer; one that is nowhere is not 'not found'", async () => {
  outside("alter table job rename to gone");
  const base = job("u2");
  const live = { ...base, gitlab: { ...base.gitlab, id: known("77", base.createdAt, "test") } };
  const runtime = {
    fleet: () => ({ rows: new Map([[live.key, live]]), jobs: new Map([[live.key, live]]) }),
    history: keeper,
  } as unknown as Runtime;
  expect((await findByGitlabId(runtime, "77")).map(({ key }) => key)).toEqual([live.key]);
  await expect(findByGitlabId(runtime, "78")).rejects.toBeInstanceOf(HistoryError);
});

it("nobody else on the machine may read the file: it holds the names of jobs and projects", () => {
  expect(statSync(path.join(folder, "history.sqlite")).mode & 0o077).toBe(0);
});

it("/metrics tells whether the history is written", async () => {
  const { config } = readConfig({ RUNNERSCOPE_DATA: path.join(folder, "history.sqlite") });
  const runtime = new Runtime({ config, status: { state: "ok" }, watches: [], clock: systemClock, log: createLog("silent") });
  await vi.waitFor(() => expect(runtime.history?.state.state).toBe("failed"), WAIT);
  const text = await runtime.metrics.text();
  await runtime.stop();
  expect(text).toMatch(/^runnerscope_history_writable 0$/m);
  expect(text).toMatch(/^runnerscope_history_lost_jobs 0$/m);
});
