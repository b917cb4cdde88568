import { describe, expect, it } from "vitest";
import { known, unknown } from "@/lib/base/known.ts";
import type { Manager } from "@/lib/fleet/schema.ts";
import { buildJobRow } from "@/lib/testing/build-job-row.ts";
import { buildEntry, buildManager, buildSilentManager, buildWaiting } from "@/lib/testing/build-manager-view.ts";
import { judgeManager, preparePolls, preparePollTotals } from "./prepare-manager.ts";
import { costOf, findOrphans } from "./prepare-orphans.ts";
import { prepareSlotRow } from "./prepare-slots.ts";
import { prepareRunners, takes, waitingFor } from "./prepare-waiting.ts";

const at = "2026-03-01T13:29:55.000Z";
const told = <T>(value: T) => known(value, at, "test");
const statuses = (counts: Record<string, number>) => Object.entries(counts).map(([status, count]) => ({ status, count }));
const polling = (counts: Record<string, number>) => {
  const entry = buildEntry();
  return buildManager({ runners: [{ ...entry, poll: { ...entry.poll!, statuses: statuses(counts) } }] });
};
const judge = (manager: Manager, { failing = false, waiting = null as number | null } = {}) =>
  judgeManager(prepareSlotRow(manager, new Map(), failing ? [manager.pod] : []), preparePolls(manager), waiting);

describe("polls", () => {
  it("are counted by what they mean; the rest is not lost", () => {
    const polls = preparePolls(polling({ 201: 1, 204: 10, 429: 4, 500: 1, 502: 2, 409: 1, 403: 1, 418: 3 }));
    expect(polls).toMatchObject({
      counts: { "201": 1, "204": 10, "403": 1, "409": 1, "429": 4, "5xx": 3, other: 3 },
      total: 23,
    });
    expect(polls?.refused).toBeCloseTo(8 / 23);
  });

  it("are null where nobody knows them, and no share where none was sent", () => {
    expect(preparePolls(buildSilentManager())).toBeNull();
    expect(preparePolls(buildManager({ runners: [buildEntry({ poll: null })] }))).toBeNull();
    expect(preparePolls(polling({}))).toMatchObject({ total: 0, refused: null });
    expect(preparePollTotals([buildSilentManager()])).toBeNull();
  });

  it("add up over managers, each over its own time", () => {
    // 5 jobs in 4 m 55 s each.
    const totals = preparePollTotals([buildManager(), buildManager({ uid: "m-2" })]);
    expect(totals?.perMinute).toBeCloseTo((2 * 5) / (295 / 60));
    expect(totals?.refused).toBe(0);
  });
});

describe("a manager", () => {
  it("takes jobs, or is full with or without a queue", () => {
    expect(judge(buildManager())).toEqual({ name: "takes" });
    const full = buildManager({ slots: { total: told(2), used: told(2), free: told(0), boundBy: "concurrent" } });
    expect(judge(full, { waiting: 7 })).toEqual({ name: "full", waiting: 7 });
    expect(judge(full)).toEqual({ name: "full", waiting: null });
  });

  it("that is not read is neither full nor free", () => {
    expect(judge(buildSilentManager())).toMatchObject({ name: "notRead" });
    expect(judge(buildManager({ port: null }))).toEqual({ name: "notAsked" });
    expect(judge(buildManager({ port: { state: { state: "connecting", since: at }, at: null } }))).toEqual({ name: "starting" });
  });

  it("that GitLab refuses says with what", () => {
    expect(judge(polling({ 429: 41, 204: 19 }), { failing: true })).toEqual({ name: "throttled", count: 41, total: 60 });
    expect(judge(polling({ 500: 4 }), { failing: true })).toEqual({ name: "refused", count: 4, total: 4 });
    expect(judge(polling({}), { failing: true })).toEqual({ name: "silent", since: at });
  });

  it("that goes, is not ready, shuts down or is paused says that first", () => {
    expect(judge(buildManager({ terminating: true, ready: false }))).toEqual({ name: "terminating" });
    expect(judge(buildManager({ ready: false }))).toEqual({ name: "notReady" });
    expect(judge(buildManager({ processState: told("graceful-shutdown") }))).toEqual({ name: "shutdown" });
    expect(judge(buildManager({ runners: [buildEntry({ paused: told(true) })] }))).toEqual({ name: "paused" });
  });
});

describe("waiting for a runner", () => {
  it("needs all tags of the job, or that it runs untagged ones", () => {
    expect(takes(buildEntry(), buildWaiting())).toBe(true);
    expect(takes(buildEntry(), buildWaiting({ tags: ["docker", "gpu"] }))).toBe(false);
    expect(takes(buildEntry(), buildWaiting({ tags: [] }))).toBe(false);
    expect(takes(buildEntry({ runUntagged: told(true) }), buildWaiting({ tags: [] }))).toBe(true);
    expect(takes(buildEntry({ paused: told(true) }), buildWaiting())).toBe(false);
    expect(takes(buildEntry({ tags: unknown("forbidden") }), buildWaiting())).toBeNull();
  });

  it("is unknown, not zero, where tags or the queue are not known", () => {
    const queue = told([buildWaiting()]);
    expect(waitingFor([buildEntry({ tags: unknown("forbidden") })], queue)).toEqual({ state: "unknown", reason: "forbidden" });
    expect(waitingFor([buildEntry()], unknown("not-connected"))).toEqual({ state: "unknown", reason: "not-connected" });
    expect(waitingFor([buildEntry()], queue)).toMatchObject({ value: { count: 7, oldestAt: "2026-03-01T13:25:48.000Z" } });
    expect(waitingFor([buildEntry()], told([]))).toMatchObject({ value: { count: 0, oldestAt: null } });
  });

  it("is told for a token over all its managers, most wanted first", () => {
    const other = buildEntry({ shortToken: "other", name: "linux", tags: told(["linux"]), limit: 4 });
    const lines = prepareRunners(
      [buildManager({ runners: [other, buildEntry()] }), buildManager({ uid: "m-2", runners: [buildEntry()] })],
      told([buildWaiting()]),
    );
    expect(
      lines.map(({ token, managers, used, limits }) => [token, managers.length, used.state === "known" && used.value, limits]),
    ).toEqual([
      ["t3xk9qpzw", 2, 4, [null]],
      ["other", 1, 2, [4]],
    ]);
  });

  it("is not added up when one manager does not tell", () => {
    const silent = buildEntry({ used: unknown("stale") });
    const [line] = prepareRunners([buildManager(), buildManager({ uid: "m-2", runners: [silent] })], told([]));
    expect(line?.used).toEqual({ state: "unknown", reason: "stale" });
  });
});

it("orphans are the live ones, and cost nothing that one of them does not say", () => {
  const { verdict } = buildJobRow();
  const orphan = { ...verdict, kind: "orphaned" as const };
  const jobs = [
    buildJobRow({ uid: "a", key: "test/a", verdict: orphan }),
    buildJobRow({ uid: "b", key: "test/b", verdict: orphan, ending: "watched", deletedAt: at }),
    buildJobRow({ uid: "c", key: "test/c" }),
  ];
  expect(findOrphans(jobs).map(({ uid }) => uid)).toEqual(["a"]);
  const { requests } = buildJobRow();
  expect(costOf([{ requests }, { requests }])).toEqual({ cpuMillicores: 1_000, memoryBytes: 2 ** 30 });
  expect(costOf([{ requests }, { requests: { ...requests, cpuMillicores: null } }])).toEqual({ cpuMillicores: null, memoryBytes: 2 ** 30 });
});
