import { describe, expect, it } from "vitest";
import type { SourceReport } from "../../base/source-state.ts";
import { known } from "../../base/known.ts";
import { buildJob } from "../../testing/build-job.ts";
import { at, buildReport } from "../../testing/build-pod-record.ts";
import { deriveRow } from "../derive-row.ts";
import type { Finding, Job } from "../schema.ts";
import { deriveLastHour } from "./derive-last-hour.ts";
import { findHarms } from "./find-harms.ts";
import { sumHarms } from "./sum-harms.ts";

const NOW = at(7_230);
const long = { state: "live" as const, since: at(0) };
const sources: SourceReport[] = [buildReport("kubernetes-pods", { state: long }), buildReport("kubelet-metrics", { state: long })];
const KEEP = { maxJobs: 1_000, maxAgeMs: 3_600_000 };

const finding = (kind: Finding["kind"], seconds: number, container = "build"): Finding => ({
  kind,
  certainty: "confirmed",
  container,
  at: at(seconds),
  sentence: { key: `finding.${kind}`, values: {} },
  evidence: [],
  remedy: null,
});

const jobs = (...list: Partial<Job>[]) => {
  const all = list.map((change, index) => buildJob({ uid: `${String(index).padStart(8, "0")}-0000-4000-8000-000000000000`, ...change }));
  return {
    harms: all.map((job) => sumHarms(findHarms(job, deriveRow(job, [])))),
    ended: all.filter(({ ending }) => ending !== "live").length,
    missedAtMs: Math.max(...all.map(({ ending, deletedAt }) => (ending === "missed" ? Date.parse(deletedAt ?? "") : -Infinity))),
  };
};
const hourOf = (list: Partial<Job>[], reports = sources, keep = KEEP) =>
  deriveLastHour({ jobs: jobs(...list), inputs: [{ sources: reports }], at: NOW, keep });
const named = (name: string): Pick<Job, "gitlab"> => ({ gitlab: { ...buildJob().gitlab, name: known(name, NOW, "test") } });

describe("the last hour", () => {
  it("is quiet only where both sources look, and says 0 then", () => {
    expect(hourOf([{}])).toMatchObject({
      oomKills: { value: 0 },
      oomJobs: { value: 0 },
      throttledJobs: { value: 0 },
      partial: false,
      worst: null,
      marks: [],
    });
  });

  it("begins at a whole minute, so that it does not change all the time", () => {
    expect(hourOf([]).since).toBe("2026-03-01T13:00:00.000Z");
    expect(deriveLastHour({ jobs: jobs(), inputs: [{ sources }], at: at(7_259), keep: KEEP }).since).toBe("2026-03-01T13:00:00.000Z");
  });

  it("counts each kill once, whether the verdict says it, or a finding, or both", () => {
    const verdict = (certainty: "confirmed" | "possible") => ({ ...finding("oom-kill", 7_000), kind: "oom-killed" as const, certainty });
    const hour = hourOf([
      { verdict: verdict("confirmed") },
      { verdict: verdict("possible"), findings: [finding("oom-kill", 7_000)] },
      { findings: [finding("oom-kill", 6_000, "build"), finding("oom-kill", 6_500, "db"), finding("oom-kill", 6_600, "db")] },
      { findings: [finding("oom-kill", 3_599)] },
    ]);
    expect(hour).toMatchObject({ oomKills: { value: 4 }, oomJobs: { value: 3 }, throttledJobs: { value: 0 } });
    expect(hour.marks.map((mark) => [mark.at, mark.container])).toEqual([
      [at(7_000), "build"],
      [at(7_000), "build"],
      [at(6_500), "db"],
      [at(6_000), "build"],
    ]);
  });

  it("names the worst: a kill before throttling, then what most runs had, and shows its newest run", () => {
    const throttled = [finding("cpu-throttling", 7_000)];
    expect(hourOf([{ ...named("slow"), findings: throttled }]).worst).toMatchObject({ kind: "cpu-throttling", name: "slow", runs: 1 });
    const hour = hourOf([
      { ...named("slow"), findings: throttled },
      { ...named("slow"), findings: throttled },
      { ...named("slow"), findings: throttled },
      { ...named("once"), findings: [finding("oom-kill", 7_100)] },
      { ...named("twice"), findings: [finding("oom-kill", 6_000)] },
      { ...named("twice"), findings: [finding("oom-kill", 6_500)] },
    ]);
    expect(hour.worst).toMatchObject({
      kind: "oom-kill",
      name: "twice",
      runs: 2,
      job: "test/00000005-0000-4000-8000-000000000000",
      throttledShare: null,
    });
  });

  it("shows at most 50 marks, the newest", () => {
    const many = Array.from({ length: 60 }, (_, index) => ({ findings: [finding("oom-kill", 6_000 + index)] }));
    const { marks, oomKills } = hourOf(many);
    expect([marks.length, marks[0]?.at, marks.at(-1)?.at]).toEqual([50, at(6_059), at(6_010)]);
    expect(oomKills).toMatchObject({ value: 60 });
  });

  it.each<[string, SourceReport[], object]>([
    ["no kubelet is read", [sources[0]!], { oomKills: { state: "known" }, throttledJobs: { reason: "not-connected" }, partial: true }],
    [
      "kubelets are forbidden",
      [
        sources[0]!,
        buildReport("kubelet-metrics", {
          state: { state: "forbidden", since: at(0), rule: { apiGroup: "", resource: "nodes/metrics", verbs: ["get"], namespace: null } },
        }),
      ],
      { throttledJobs: { reason: "forbidden" }, partial: true },
    ],
    [
      "kubelets are switched off",
      [sources[0]!, buildReport("kubelet-metrics", { state: { state: "off", reason: "not-configured" } })],
      { throttledJobs: { reason: "not-connected" }, partial: true },
    ],
    [
      "one kubelet does not answer",
      [
        ...sources,
        buildReport("kubelet-metrics", {
          part: "ci-2",
          state: { state: "failed", since: at(0), error: { code: "timeout", detail: "" }, retryAt: at(0) },
        }),
      ],
      { throttledJobs: { value: 0 }, partial: true },
    ],
    [
      "pods were not listed",
      [buildReport("kubernetes-pods", { objects: null, state: { state: "connecting", since: at(0) } }), sources[1]!],
      { oomKills: { reason: "not-reached" }, oomJobs: { reason: "not-reached" }, partial: true },
    ],
    [
      "the watch began within the hour",
      [buildReport("kubernetes-pods", { state: { state: "live", since: at(7_000) } }), sources[1]!],
      { oomKills: { value: 0 }, partial: true },
    ],
  ])("is not green when %s", (_what, reports, expected) => expect(hourOf([], reports)).toMatchObject(expected));

  it("is a lower bound when jobs were missed or are no longer kept", () => {
    expect(hourOf([{ ending: "missed", deletedAt: at(7_000) }]).partial).toBe(true);
    expect(hourOf([{ ending: "missed", deletedAt: at(100) }]).partial).toBe(false);
    expect(hourOf([{}], sources, { ...KEEP, maxAgeMs: 600_000 }).partial).toBe(true);
    expect(hourOf([{}], sources, { ...KEEP, maxJobs: 1 }).partial).toBe(true);
  });
});
