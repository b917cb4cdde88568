import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, readdirSync, renameSync, rmSync, statSync, writeFileSync, writeSync, closeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock, type Clock } from "../base/clock.ts";
import type { HistoryLocation } from "../history/server/describe-fault.ts";
import type { KeptJob } from "../history/write-row.ts";
import { buildJob } from "../testing/build-job.ts";
import { postgresMissing, startPostgres } from "../testing/start-postgres.ts";
import { HistoryError, HistoryKeeper } from "./history-keeper.ts";
import { createLog } from "./log.ts";

const WAIT = { timeout: 30_000, interval: 100 };
/** Back-off to a closed database is up to a minute; these tests do not wait so long. */
const clock: Clock = { ...systemClock, after: (ms, run) => systemClock.after(Math.min(ms, 300), run) };
let folder = "";
let keeper: HistoryKeeper | null = null;
let mounted: string | null = null;

const mountMissing = canMount() ? null : "needs root and mount";
if (mountMissing !== null) console.warn(`Full and read-only disks are not tried: ${mountMissing}`);

function canMount(): boolean {
  const point = mkdtempSync(path.join(tmpdir(), "runnerscope-mount-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", point], { stdio: "ignore" });
    execFileSync("umount", [point]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(point, { recursive: true, force: true });
  }
}

const mount = (options: string) => {
  mounted = folder;
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "none", folder]);
};
const remount = (options: string) => execFileSync("mount", ["-o", `remount,${options}`, folder]);

function open(location: HistoryLocation, ended: () => KeptJob[] = () => []): HistoryKeeper {
  keeper = new HistoryKeeper({
    location,
    maxAgeMs: 86_400_000,
    maxBytes: 1_000_000_000,
    clock,
    log: createLog("silent"),
    watching: () => new Map(),
    ended,
    keep: { maxJobs: 1_000, maxAgeMs: 3_600_000 },
    name: "test",
  });
  keeper.start();
  return keeper;
}
const kept = (uid: string, bytes = 0): KeptJob => {
  const job = buildJob({ uid, deletedAt: new Date().toISOString() });
  return { job: { ...job, hostAliases: bytes === 0 ? [] : [{ ip: "192.0.2.1", hostnames: ["x".repeat(bytes)] }] }, events: [], series: [] };
};
const file = () => path.join(folder, "history.sqlite");
const uids = async () => (await keeper!.find({}, 500, null))?.items.map((row) => row.uid).toSorted();
const until = (state: "open" | "failed") => vi.waitUntil(() => keeper!.state.state === state, WAIT);
const errorOf = () => (keeper!.state.state === "failed" ? keeper!.state.error : "");
const integrity = () => {
  const database = new DatabaseSync(file(), { readOnly: true });
  const rows = database.prepare("pragma integrity_check").all();
  database.close();
  return rows;
};

beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "runnerscope-faults-"))));
afterEach(async () => {
  await keeper?.stop();
  keeper = null;
  if (mounted !== null) execFileSync("umount", [mounted]);
  mounted = null;
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(mountMissing !== null)("a disk", { timeout: 60_000 }, () => {
  it("that is full: said with the remedy, what ends waits and is counted, nothing is half there, all is written when there is room again", async () => {
    mount("size=2m");
    open({ kind: "sqlite", folder });
    await until("open");
    const names: string[] = [];
    // Until SQLite itself says so.
    for (let n = 0; keeper!.state.state === "open" && n < 1_000; n++) {
      names.push(`job-${String(n).padStart(4, "0")}`);
      keeper!.add(kept(names.at(-1) ?? "", 20_000));
      if (n % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 400));
    }
    await until("failed");
    expect(errorOf()).toMatch(/^RUNNERSCOPE_DATA: no room is left for .*history\.sqlite \(database or disk is full\)\. Free some/);
    const { waiting, written, lost } = keeper!.figures();
    expect(waiting).toBeGreaterThan(0);
    expect(waiting + written).toBe(names.length);
    expect(lost).toBe(0);
    // Still readable, and whole batches only.
    expect(await uids()).toHaveLength(written);
    keeper!.add(kept("later"));
    expect(keeper!.figures().waiting).toBe(waiting + 1);
    remount("size=64m");
    await until("open");
    expect(await uids()).toEqual([...names, "later"].toSorted());
    expect(integrity()).toEqual([{ integrity_check: "ok" }]);
  });

  it("that is mounted read-only: said with the remedy, and what ended meanwhile is written when it can be", async () => {
    mount("size=8m");
    remount("ro");
    open({ kind: "sqlite", folder });
    await until("failed");
    expect(errorOf()).toMatch(/history\.sqlite cannot be opened or written .*mounted read-only/);
    keeper!.add(kept("a"));
    expect(keeper!.writing()).toMatchObject({ waiting: 1, lost: 0, error: expect.stringContaining("read-only") });
    remount("rw");
    await until("open");
    await vi.waitFor(async () => expect(await uids()).toEqual(["a"]), WAIT);
    expect(keeper!.writing()).toMatchObject({ waiting: 0, error: null });
  });
});

describe("a file", { timeout: 60_000 }, () => {
  it("that is no database: named, and a new one is made when it is moved away", async () => {
    writeFileSync(file(), "This was never a database.\n".repeat(500));
    open({ kind: "sqlite", folder });
    await until("failed");
    expect(errorOf()).toBe(
      `RUNNERSCOPE_DATA: ${file()} is not a SQLite database. Move it away, then a new one is made, or put a copy back. It is tried again by itself.`,
    );
    keeper!.add(kept("a"));
    renameSync(file(), path.join(folder, "old"));
    await until("open");
    await vi.waitFor(async () => expect(await uids()).toEqual(["a"]), WAIT);
  });

  it("that is damaged: said so, with how to save what can be read; nothing is written over it", async () => {
    open({ kind: "sqlite", folder });
    await until("open");
    for (let n = 0; n < 50; n++) keeper!.add(kept(`u${n}`, 4_000));
    await vi.waitUntil(() => keeper!.figures().written === 50, WAIT);
    await keeper!.stop();
    const size = statSync(file()).size;
    const handle = openSync(file(), "r+");
    for (let at = 4_096; at < size; at += 4_096) writeSync(handle, Buffer.alloc(512, 0xa5), 0, 512, at);
    closeSync(handle);
    open({ kind: "sqlite", folder });
    await until("failed");
    expect(errorOf()).toMatch(
      /history\.sqlite is damaged \(.*database disk image is malformed\)\. Move it away with its -wal and -shm.*\.recover/,
    );
    expect(statSync(file()).size).toBe(size);
  });

  it("that is removed while it is used: a new one is made, with what is in memory; one that was only moved has the rest", async () => {
    const memory: KeptJob[] = [];
    open({ kind: "sqlite", folder }, () => memory);
    await until("open");
    keeper!.add(kept("before"));
    await vi.waitUntil(() => keeper!.figures().written === 1, WAIT);
    memory.push(kept("before"));
    const elsewhere = path.join(folder, "elsewhere");
    mkdirSync(elsewhere);
    for (const name of readdirSync(folder).filter((one) => one.startsWith("history")))
      renameSync(path.join(folder, name), path.join(elsewhere, name));
    keeper!.add(kept("after"));
    memory.push(kept("after"));
    await vi.waitFor(async () => expect(await uids()).toEqual(["after", "before"]), WAIT);
    expect(integrity()).toEqual([{ integrity_check: "ok" }]);
  });

  it("that another process holds for writing: said so, and it goes on when that one is done", async () => {
    open({ kind: "sqlite", folder });
    await until("open");
    const other = new DatabaseSync(file());
    other.exec("begin immediate");
    keeper!.add(kept("a"));
    await until("failed");
    expect(errorOf()).toMatch(/another process holds .*history\.sqlite/);
    other.exec("rollback");
    other.close();
    await until("open");
    expect(await uids()).toEqual(["a"]);
  });
});

describe.skipIf(postgresMissing !== null)("PostgreSQL", { timeout: 120_000 }, () => {
  it("that is gone and comes back: said so, what ends waits and is counted, reads say that it does not answer, all is written after", async () => {
    const server = await startPostgres();
    try {
      open({ kind: "postgres", url: server.url });
      await vi.waitUntil(() => keeper!.figures().writes, WAIT);
      keeper!.add(kept("before"));
      await vi.waitUntil(() => keeper!.figures().written === 1, WAIT);
      server.pause();
      for (let n = 0; n < 600; n++) keeper!.add(kept(`u${String(n).padStart(3, "0")}`));
      await until("failed");
      expect(errorOf()).toMatch(/^DATABASE_URL: .*Check that the server answers/);
      expect(keeper!.writing()).toMatchObject({ waiting: 600, lost: 0 });
      await expect(keeper!.find({}, 10, null)).rejects.toBeInstanceOf(HistoryError);
      await expect(keeper!.job("test", "before")).rejects.toBeInstanceOf(HistoryError);
      server.resume();
      await vi.waitUntil(() => keeper!.figures().written === 601, WAIT);
      await until("open");
      expect(keeper!.writing()).toMatchObject({ error: null, waiting: 0, lost: 0, writer: { here: true, name: "test" } });
      expect((await keeper!.kept())?.jobs).toBe(601);
    } finally {
      await keeper?.stop();
      server.stop();
    }
  });

  it("that is not there at the start: what ended meanwhile is written when it is", async () => {
    const server = await startPostgres();
    try {
      server.pause();
      open({ kind: "postgres", url: server.url });
      await until("failed");
      for (let n = 0; n < 3; n++) keeper!.add(kept(`u${n}`));
      expect(keeper!.writing()).toMatchObject({ waiting: 3, lost: 0 });
      server.resume();
      await vi.waitUntil(() => keeper!.figures().written === 3, WAIT);
      expect(await uids()).toEqual(["u0", "u1", "u2"]);
    } finally {
      await keeper?.stop();
      server.stop();
    }
  });
});
