import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock, type Clock } from "../../base/clock.ts";
import { buildJob } from "../../testing/build-job.ts";
import { postgresMissing, startPostgres, type TestPostgres } from "../../testing/start-postgres.ts";
import type { KeptJob } from "../write-row.ts";
import { openDatabase, type Database } from "./database.ts";
import { Recorder } from "./recorder.ts";
import { describeKept } from "./retention.ts";
import { SeatLost, WriterSeat, type SeatOptions } from "./writer-seat.ts";

const WAIT = { timeout: 20_000, interval: 50 };
const uidOf = (n: number) => `${String(n).padStart(8, "0")}-0000-4000-8000-000000000000`;
const kept = (n: number, node = "n1"): KeptJob => ({
  job: buildJob({ uid: uidOf(n), node, deletedAt: new Date().toISOString() }),
  events: [],
  series: [],
});

describe.skipIf(postgresMissing !== null)("several processes on one PostgreSQL", () => {
  let server: TestPostgres;
  let databases: Database[] = [];
  let children: ChildProcess[] = [];

  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server?.stop());
  beforeEach(async () => {
    // Both bring the tables up to date at the same moment.
    databases = await Promise.all([1, 2].map(() => openDatabase({ kind: "postgres", url: server.url })));
    for (const table of ["job", "finding", "watch", "writer"] as const) await databases[0]!.db.deleteFrom(table).execute();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    for (const database of databases.splice(0)) await database.close();
  });

  /** Time that only the test moves. */
  let now = 0;
  const clock: Clock = { ...systemClock, now: () => Date.now(), monotonic: () => now };
  const seats = (options: Partial<SeatOptions> = {}) =>
    databases.map((database, i) => new WriterSeat(database, { name: `replica-${i + 1}`, clock, ...options })) as [WriterSeat, WriterSeat];
  const keepBoth = async ([a, b]: [WriterSeat, WriterSeat]) => [await a.keep(), await b.keep()];

  it("one has the seat; another takes it 15 s after its holder moved last, whatever any wall clock says", async () => {
    const both = seats();
    expect(await keepBoth(both)).toEqual([true, false]);
    expect(both[1].state).toEqual({ here: false, name: "replica-1" });
    for (let s = 0; s < 60; s += 3) {
      now += 3_000;
      expect(await keepBoth(both)).toEqual([true, false]);
    }
    // The first one sleeps from here on.
    now += 12_000;
    expect(await both[1].keep()).toBe(false);
    now += 3_000;
    expect(await both[1].keep()).toBe(true);
    expect(await both[0].keep()).toBe(false);
    now += 3_000;
    expect(await both[0].keep()).toBe(false);
    expect(both[0].state).toEqual({ here: false, name: "replica-2" });
  });

  it("of many that try at once one gets it", async () => {
    const many = Array.from({ length: 8 }, (_, i) => new WriterSeat(databases[i % 2]!, { name: `r${i}`, clock }));
    const got = await Promise.all(many.map((seat) => seat.keep()));
    expect(got.filter(Boolean)).toHaveLength(1);
  });

  it("one that lets go is followed at once", async () => {
    const both = seats();
    await keepBoth(both);
    await both[0].release();
    now += 3_000;
    expect(await both[1].keep()).toBe(true);
  });

  it("one that slept writes nothing, although it believes that it may", async () => {
    const both = seats();
    await keepBoth(both);
    const asleep = new Recorder(databases[0]!, clock, both[0]);
    now += 3_000;
    await both[1].keep();
    now += 20_000;
    expect(await both[1].keep()).toBe(true);
    // It has not looked since: in its own mind the seat is still its own.
    expect(both[0].state.here).toBe(true);
    await expect(databases[0]!.db.transaction().execute((db) => both[0].check(db))).rejects.toBeInstanceOf(SeatLost);
    asleep.add(kept(1));
    await asleep.flush();
    expect(asleep.state).toMatchObject({ lastError: null, written: 0, waiting: 0, writer: { here: false } });
    expect(await databases[1]!.db.selectFrom("job").select("uid").execute()).toEqual([]);
  });

  it("a write and a taking of the seat at the same moment: the write is whole and before it, or not there", async () => {
    const both = seats({ elected: () => true });
    await both[0].keep();
    let inside: () => void = () => {};
    const reached = new Promise<void>((resolve) => (inside = resolve));
    let go: () => void = () => {};
    const held = new Promise<void>((resolve) => (go = resolve));
    const writing = databases[0]!.db.transaction().execute(async (db) => {
      await both[0].check(db);
      inside();
      await held;
      await db.insertInto("watch").values({ id: "w", cluster: "c", started_at: 1, seen_at: 1 }).execute();
    });
    await reached;
    let taken = false;
    const taking = both[1].keep().then(() => (taken = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(taken).toBe(false);
    go();
    await Promise.all([writing, taking]);
    expect(both[1].state.here).toBe(true);
    expect(await databases[1]!.db.selectFrom("watch").select("id").execute()).toEqual([{ id: "w" }]);
  });

  it("silence counts from the database's return: whoever had the seat keeps it", async () => {
    const both = seats();
    await keepBoth(both);
    const broken = vi.spyOn(databases[1]!.db, "selectFrom").mockImplementation(() => {
      throw new Error("terminating connection");
    });
    now += 3_000;
    await expect(both[1].keep()).rejects.toThrow("terminating");
    now += 60_000;
    await expect(both[1].keep()).rejects.toThrow("terminating");
    broken.mockRestore();
    expect(await both[1].keep()).toBe(false);
    expect(await both[0].keep()).toBe(true);
  });

  it("somebody else's decision comes first, and is followed at once", async () => {
    let leader = 1;
    const both = databases.map((database, i) => new WriterSeat(database, { name: `replica-${i}`, clock, elected: () => leader === i })) as [
      WriterSeat,
      WriterSeat,
    ];
    expect(await keepBoth(both)).toEqual([false, true]);
    leader = 0;
    now += 3_000;
    expect(await keepBoth(both)).toEqual([true, false]);
    expect(both[1].state).toMatchObject({ here: false });
  });

  it("who takes over adds what is missing from its memory, keeps what is there, and claims only the time it remembers", async () => {
    const both = seats();
    const since = Date.now() - 100_000;
    const tasks = {
      watching: () => new Map([["test", since]]),
      memory: () => ({ jobs: [kept(1, "poor"), kept(2)], fromMs: since + 40_000 }),
    };
    const first = new Recorder(databases[0]!, clock, both[0]);
    first.add(kept(1, "rich"));
    await first.flush();
    // Before it is there: what is added waits for nobody.
    const second = new Recorder(databases[1]!, clock, both[1]);
    second.start(tasks);
    second.add(kept(3));
    await second.flush();
    expect(second.state).toMatchObject({ waiting: 0, writer: { here: false } });
    await first.stop();
    now += 3_000;
    await vi.waitFor(async () => {
      await second.flush();
      expect(second.state).toMatchObject({ written: 1, writer: { here: true, name: "replica-2" } });
    }, WAIT);
    const rows = await databases[0]!.db.selectFrom("job").select(["uid", "node"]).orderBy("uid").execute();
    expect(rows).toEqual([
      { uid: uidOf(1), node: "rich" },
      { uid: uidOf(2), node: "n1" },
    ]);
    const [watch] = await databases[0]!.db.selectFrom("watch").selectAll().execute();
    expect(Number(watch?.started_at)).toBe(since + 40_000);
    await second.stop();
  });

  it("its holder is killed: the other goes on within seconds, no job twice, none lost, no gap", { timeout: 60_000 }, async () => {
    const names = ["one", "two"];
    const output = new Map(names.map((name) => [name, ""]));
    for (const name of names) {
      const file = path.resolve(import.meta.dirname, "../../testing/history-writer-main.ts");
      const child = spawn(process.execPath, ["--conditions=react-server", file, name], {
        env: { ...process.env, DATABASE_URL: server.url },
        stdio: ["ignore", "pipe", "inherit"],
      });
      child.stdout?.on("data", (chunk: Buffer) => output.set(name, output.get(name) + chunk.toString()));
      children.push(child);
    }
    const said = (name: string) => output.get(name) ?? "";
    const writes = (name: string) => said(name).includes("writes");
    const jobsOf = (name: string) => said(name).split("job ").length - 1;
    await vi.waitUntil(() => names.some(writes) && names.every((name) => jobsOf(name) > 50), WAIT);
    const holder = names.find(writes) ?? "";
    const other = names.find((name) => name !== holder) ?? "";
    expect(writes(other)).toBe(false);
    children[names.indexOf(holder)]!.kill("SIGKILL");
    await vi.waitUntil(() => writes(other), WAIT);
    const until = jobsOf(other);
    const { db } = databases[0]!;
    await vi.waitFor(async () => {
      const uids = new Set((await db.selectFrom("job").select("uid").execute()).map((row) => row.uid));
      expect(Array.from({ length: until }, (_, n) => n).filter((n) => !uids.has(uidOf(n)))).toEqual([]);
    }, WAIT);
    // The key of a job is unique; its findings and the watches are not by themselves.
    expect(await db.selectFrom("watch").select("id").execute()).toHaveLength(2);
    expect((await describeKept(databases[0]!, { maxAgeMs: 1e12, maxBytes: 1e12 })).gaps).toEqual([]);
    const writer = await db.selectFrom("writer").select(["name", "term"]).execute();
    expect(writer).toMatchObject([{ name: other, term: "2" }]);
  });
});
