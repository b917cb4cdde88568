import { describe, expect, it } from "vitest";
import { known, unknown } from "@/lib/base/known.ts";
import { buildJobRow } from "@/lib/testing/build-job-row.ts";
import { formatFilter, parseAgeMs, parseFilter } from "./filter-jobs.ts";
import { buildMatcher } from "./match-jobs.ts";
import { rankJob } from "./rank-jobs.ts";
import type { JobRow } from "@/lib/fleet/schema.ts";

const NOW = Date.parse("2026-03-01T12:15:00Z");
const matches = (filter: string, job: JobRow = buildJobRow(), now = NOW) => buildMatcher(parseFilter(filter)).matches(rankJob(job), now);
const problemOf = (filter: string) => {
  const term = parseFilter(filter)[0];
  return term?.kind === "bad" ? term.problem : null;
};

describe("filter language", () => {
  it.each([
    ["", true],
    ["project:payments/*", true],
    ["project:payments", false],
    ["PROJECT:Payments/API", true],
    ["-project:payments/*", false],
    ["-project:sandbox/*", true],
    ["node:ci-1", true],
    ["node:ci-", false],
    ["node:ci-1,ci-2", true],
    ["node:ci-2 node:ci-1", true],
    ["node:ci-1 ref:dev", false],
    ["-node:ci-1 -node:ci-2", false],
    ["verdict:running", true],
    ["verdict:waiting-*", false],
    ["phase:executing runner:abc ns:ci cluster:test", true],
    ["container:build image:node:*", true],
    ["id:4711", true],
    ["restarts>0", false],
    ["restarts=0", true],
    ["restarts:0", true],
    ["age>10m", true],
    ["age>=15m", true],
    ["age>15m", false],
    ["age<1h", true],
    ["unit", true],
    ["UNIT-test payments", true],
    ["unit nowhere", false],
    ["-unit", false],
    ['"unit-test"', true],
    ["pod:runner-abc*", true],
    ["cpu>50%", true],
    ["cpu>60%", false],
    ["cpu>=60", true],
    ["mem>49.9%", true],
    ["mem>50%", false],
    ["throttled>5%", true],
    ["throttled>25%", false],
    ["-throttled>25%", true],
  ])("%s → %s", (filter, expected) => {
    expect(matches(filter)).toBe(expected);
  });

  it("keeps spaces in quotes, and commas there", () => {
    const job = buildJobRow();
    const spaced = { ...job, gitlab: { ...job.gitlab, name: known("build, then test", job.createdAt, "test") } };
    expect(matches('job:"build, then test"', spaced)).toBe(true);
    expect(matches('job:"build, then"', spaced)).toBe(false);
    expect(parseFilter('job:"build, then test" x')).toHaveLength(2);
  });

  it("asks for what is not known with ?", () => {
    const job = buildJobRow();
    const without = { ...job, node: null, gitlab: { ...job.gitlab, ref: unknown("not-set") } };
    expect(matches("ref:?", without)).toBe(true);
    expect(matches("ref:?", job)).toBe(false);
    expect(matches("node:?,ci-1", without)).toBe(true);
    expect(matches("ref:*", without)).toBe(false);
  });

  it("lets no share match where it is not known, or has no limit", () => {
    const job = buildJobRow();
    const unlimited = known({ container: "build", used: 900, limit: null, peak: 900, at: job.createdAt }, job.createdAt, "test");
    const blind = { ...job, use: { cpu: unknown("not-connected"), memory: unlimited } };
    for (const filter of ["cpu>0", "cpu<=100", "throttled<100", "mem>0", "mem<100"]) expect(matches(filter, blind)).toBe(false);
  });

  it("treats every sign but * literally", () => {
    const job = buildJobRow();
    const odd = { ...job, gitlab: { ...job.gitlab, ref: known("feat/a+(b)", job.createdAt, "test") } };
    expect(matches("ref:feat/a+(b)*", odd)).toBe(true);
    expect(matches("ref:feat.a*", odd)).toBe(false);
  });

  it.each([
    ["vredict:running", { code: "unknown-key", key: "vredict", nearest: "verdict" }],
    ["verdict:oom", { code: "no-such-choice", key: "verdict", value: "oom", nearest: "oom-killed" }],
    ["phase:skript", { code: "no-such-choice", key: "phase", value: "skript", nearest: "script" }],
    ["project:", { code: "no-value", key: "project", example: "project:payments/*" }],
    ["restarts>x", { code: "not-a-number", key: "restarts", example: "restarts>0" }],
    ["cpu>much", { code: "not-a-share", example: "cpu>90%" }],
    ["mem:1GiB", { code: "not-a-share", example: "mem>90%" }],
    ["age>10", { code: "not-an-age", example: "age>10m" }],
    ['job:"open', { code: "open-quote" }],
  ])("names what is wrong with %s and what helps", (filter, problem) => {
    expect(problemOf(filter)).toEqual(problem);
  });

  it("applies the rest when one term is bad", () => {
    expect(matches("vredict:x node:ci-1")).toBe(true);
    expect(matches("vredict:x node:ci-9")).toBe(false);
  });

  it("writes a filter back as it was read", () => {
    const line = '-project:sandbox/* job:"a b" restarts>0 age<=2h30m word';
    expect(formatFilter(parseFilter(line))).toBe(line);
  });

  it("answers age anew as time passes, other terms once", () => {
    const matcher = buildMatcher(parseFilter("age>20m"));
    expect(matcher.timed).toBe(true);
    expect(matcher.matches(rankJob(buildJobRow()), NOW)).toBe(false);
    expect(matcher.matches(rankJob(buildJobRow()), NOW + 600_000)).toBe(true);
    expect(buildMatcher(parseFilter("node:ci-1")).timed).toBe(false);
  });

  it("reads ages", () => {
    expect([parseAgeMs("90s"), parseAgeMs("1h30m"), parseAgeMs("2d"), parseAgeMs("5"), parseAgeMs("m")]).toEqual([
      90_000,
      5_400_000,
      172_800_000,
      null,
      null,
    ]);
  });
});
