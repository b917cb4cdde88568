import { describe, expect, it } from "vitest";
import { unknown } from "@/lib/base/known.ts";
import type { JobRow, VerdictKind } from "@/lib/fleet/schema.ts";
import { buildJobRow, buildJobRows } from "@/lib/testing/build-job-row.ts";
import { arrangeJobs, listItems } from "./arrange-jobs.ts";
import type { ArrangeInput, Arrangement } from "./arrange-jobs.ts";
import { parseFilter } from "./filter-jobs.ts";
import { buildMatcher } from "./match-jobs.ts";
import { DEFAULT_SORT, sortJobs } from "./sort-jobs.ts";
import { rankJob } from "./rank-jobs.ts";

const NOW = Date.parse("2026-03-01T13:30:00Z");
const verdict = (kind: VerdictKind): JobRow["verdict"] => ({
  kind,
  certainty: "confirmed",
  container: null,
  at: null,
  sentence: { key: kind, values: {} },
});
const row = (uid: string, change: Partial<JobRow> = {}) => buildJobRow({ uid, createdAt: "2026-03-01T13:00:00Z", ...change });
const mapOf = (...rows: JobRow[]) => new Map(rows.map((job) => [job.key, job]));
const everything = buildMatcher([]);
const ask = (jobs: ReadonlyMap<string, JobRow>, change: Partial<ArrangeInput> = {}): ArrangeInput => ({
  jobs,
  matcher: everything,
  view: "live",
  sort: DEFAULT_SORT,
  grouping: "none",
  now: NOW,
  hold: false,
  ...change,
});
const order = (arrangement: Arrangement) => arrangement.groups.flatMap((group) => group.jobs.map(({ job }) => job.uid));

describe("sort", () => {
  it("puts harm first, then the oldest", () => {
    const jobs = mapOf(row("young"), row("old", { createdAt: "2026-03-01T12:00:00Z" }), row("oom", { verdict: verdict("oom-killed") }));
    expect(order(arrangeJobs(ask(jobs), null))).toEqual(["oom", "old", "young"]);
  });

  it("puts what is not known last in both directions", () => {
    const jobs = mapOf(row("a", { node: null }), row("b", { node: "ci-10" }), row("c", { node: "ci-9" }));
    for (const [descending, expected] of [
      [false, ["c", "b", "a"]],
      [true, ["b", "c", "a"]],
    ] as const) {
      expect(order(arrangeJobs(ask(jobs, { sort: { key: "node", descending } }), null))).toEqual(expected);
    }
  });

  it("does not treat a missing limit as zero", () => {
    const use = (limit: number | null) => {
      const { cpu, memory } = buildJobRow().use;
      return { memory, cpu: cpu.state === "known" ? { ...cpu, value: { ...cpu.value, limit } } : cpu };
    };
    const jobs = mapOf(row("none", { use: use(null) }), row("small", { use: use(100_000) }));
    expect(order(arrangeJobs(ask(jobs, { sort: { key: "cpu", descending: false }, grouping: "none" }), null))).toEqual(["small", "none"]);
  });

  it("gives the same order from an earlier one as from nothing", () => {
    const jobs = buildJobRows(500);
    const ranks = [...jobs.values()].map(rankJob);
    for (const key of ["harm", "node", "project", "age"] as const) {
      const sort = { key, descending: true };
      const earlier = sortJobs(ranks.slice(0, 400), sort, NOW);
      expect(sortJobs(ranks, sort, NOW, earlier).map(({ job }) => job.key)).toEqual(
        sortJobs(ranks.toReversed(), sort, NOW).map(({ job }) => job.key),
      );
    }
  });
});

describe("views and groups", () => {
  const jobs = mapOf(
    row("run"),
    row("oom", { verdict: verdict("oom-killed"), ending: "watched", deletedAt: "2026-03-01T13:10:00Z" }),
    row("long", { verdict: verdict("waiting-image"), phase: "starting" }),
    row("short", {
      verdict: verdict("waiting-image"),
      phase: "starting",
      phaseSince: { state: "known", value: "2026-03-01T13:29:00Z", at: "2026-03-01T13:29:00Z", source: "test" },
    }),
    row("done", { verdict: verdict("succeeded"), ending: "watched", deletedAt: "2026-03-01T13:10:00Z" }),
  );

  it("counts each view and keeps a killed job in sight after its pod is gone", () => {
    const arrangement = arrangeJobs(ask(jobs, { view: "look" }), null);
    expect(arrangement.counts).toEqual({ live: 3, look: 2, ended: 2, all: 5 });
    expect(order(arrangement)).toEqual(["oom", "long"]);
  });

  it("groups by urgency, and a wait grows into one that needs a look", () => {
    const at = (now: number) =>
      arrangeJobs(ask(jobs, { grouping: "urgency", now }), null).groups.map((group) => [group.value, group.jobs.length]);
    expect(at(NOW)).toEqual([
      ["look", 1],
      ["running", 1],
      ["waiting", 1],
    ]);
    expect(at(NOW + 60_000)).toEqual([
      ["look", 2],
      ["running", 1],
    ]);
  });

  it("summarises what a group holds, and puts what is not known last", () => {
    const nodes = mapOf(row("a", { node: null }), row("b"), row("c", { verdict: verdict("oom-killed") }), row("d", { node: "ci-0" }));
    const { groups } = arrangeJobs(ask(nodes, { grouping: "node" }), null);
    expect(groups.map(({ value }) => value)).toEqual(["ci-1", "ci-0", ""]);
    expect(groups[0]?.summary).toEqual([
      { of: "verdict", kind: "oom-killed", count: 1 },
      { of: "verdict", kind: "running", count: 1 },
    ]);
  });

  it("hides the jobs of a closed group, never its count", () => {
    const { groups } = arrangeJobs(ask(jobs, { grouping: "urgency" }), null);
    const items = listItems(groups, new Set(["urgency:running"]));
    expect(items.map((item) => (item.type === "group" ? `${item.group.value} ${item.group.jobs.length}` : item.job.uid))).toEqual([
      "look 1",
      "long",
      "running 1",
      "waiting 1",
      "short",
    ]);
  });

  it("filters by the shown view only", () => {
    expect(order(arrangeJobs(ask(jobs, { matcher: buildMatcher(parseFilter("verdict:succeeded")) }), null))).toEqual([]);
    expect(order(arrangeJobs(ask(jobs, { view: "ended", matcher: buildMatcher(parseFilter("verdict:succeeded")) }), null))).toEqual([
      "done",
    ]);
  });
});

describe("rows keep their place while somebody reads", () => {
  const a = row("a", { createdAt: "2026-03-01T12:00:00Z" });
  const b = row("b", { createdAt: "2026-03-01T12:01:00Z" });
  const before = arrangeJobs(ask(mapOf(a, b)), null);
  const killed = { ...b, verdict: verdict("oom-killed") };
  const older = row("older", { createdAt: "2026-03-01T11:00:00Z" });

  it("changes values in place and puts new rows last", () => {
    const held = arrangeJobs(ask(mapOf(a, killed, older), { hold: true }), before);
    expect(order(held)).toEqual(["a", "b", "older"]);
    expect(held.groups[0]?.jobs[1]?.job).toBe(killed);
    expect(held.outOfPlace).toBe(true);
    expect(order(arrangeJobs(ask(mapOf(a, killed, older)), held))).toEqual(["b", "older", "a"]);
  });

  it("keeps a row that no longer matches, drops one that is forgotten", () => {
    const ended = { ...a, ending: "watched" as const, deletedAt: "2026-03-01T13:29:00Z" };
    const held = arrangeJobs(ask(mapOf(ended), { hold: true }), before);
    expect(order(held)).toEqual(["a"]);
    expect(held.shown).toBe(1);
    expect(order(arrangeJobs(ask(mapOf(ended)), held))).toEqual([]);
  });

  it("obeys a changed question at once", () => {
    const held = arrangeJobs(ask(mapOf(a, killed), { hold: true, sort: { key: "age", descending: false } }), before);
    expect(order(held)).toEqual(["b", "a"]);
    expect(held.outOfPlace).toBe(false);
  });

  it("says that nothing is out of place when nothing is", () => {
    expect(arrangeJobs(ask(mapOf(a, b), { hold: true }), before).outOfPlace).toBe(false);
  });

  it("keeps rows in their group although their group changed", () => {
    const grouped = arrangeJobs(ask(mapOf(a, b), { grouping: "urgency" }), null);
    const held = arrangeJobs(ask(mapOf(a, killed), { grouping: "urgency", hold: true }), grouped);
    expect(held.groups.map((group) => [group.value, group.jobs.length])).toEqual([["running", 2]]);
  });
});

it("groups unknown runners under one key", () => {
  const lost = row("a", { runner: { shortToken: unknown("not-set"), name: unknown("not-set") } });
  expect(arrangeJobs(ask(mapOf(lost), { grouping: "runner" }), null).groups[0]?.key).toBe("runner:");
});
