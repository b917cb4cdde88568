import { describe, expect, it } from "vitest";
import { known, unknown } from "../../base/known.ts";
import type { LogFacts } from "../../logs/schema.ts";
import type { LifecyclePhase, PhaseName } from "../schema.ts";
import { refineWork } from "./refine-work.ts";

const T0 = Date.parse("2026-03-01T12:00:00.000Z");
const iso = (ms: number) => new Date(T0 + ms).toISOString();
const unseen = (phase: PhaseName): LifecyclePhase => ({ phase, status: "unseen", start: unknown("not-seen"), end: unknown("not-seen") });
const mark = (stage: string, start: number, end: number | null) => ({ stage, startMs: T0 + start, endMs: end === null ? null : T0 + end });
const logs = (...stages: LogFacts["stages"]): LogFacts => ({ stages, from: "trace", docker: null });
const before = [unseen("sources"), unseen("script"), unseen("artifacts")];
const borders = (list: readonly LifecyclePhase[]) =>
  list.map(({ status, start, end }) => [status, start.state === "known" ? start.value : null, end.state === "known" ? end.value : null]);

describe("refineWork", () => {
  it("takes borders from the first and the last stage of each phase, to the millisecond", () => {
    const marks = logs(
      mark("prepare_executor", 0, 900),
      mark("get_sources", 1_250, 3_000),
      mark("restore_cache", 3_000, 4_125),
      mark("step_script", 4_200, 60_000),
      mark("after_script", 60_000, 61_500),
      mark("archive_cache", 61_600, null),
    );
    expect(borders(refineWork(before, marks))).toEqual([
      ["done", iso(1_250), iso(4_125)],
      ["done", iso(4_200), iso(61_500)],
      ["unseen", iso(61_600), null],
    ]);
  });

  it("lets a stage that never said its end last until the next phase, and leaves a phase alone that no marker names", () => {
    expect(borders(refineWork(before, logs(mark("get_sources", 1_000, null), mark("cleanup_file_variables", 9_000, 9_500))))).toEqual([
      ["done", iso(1_000), iso(9_000)],
      ["unseen", null, null],
      ["done", iso(9_000), iso(9_500)],
    ]);
  });

  it("is not led back by a marker that a job prints, and says nothing where no log was read", () => {
    const marks = logs(mark("step_script", 5_000, 9_000), mark("step_script", 1_000, 20_000));
    expect(borders(refineWork(before, marks))[1]).toEqual(["done", iso(5_000), iso(9_000)]);
    expect(refineWork(before, null)).toEqual(before);
    expect(refineWork(before, { ...logs(), from: null })).toEqual(before);
  });

  it("keeps a phase current that is under way", () => {
    const current: LifecyclePhase = {
      phase: "script",
      status: "current",
      start: known(iso(9_000), iso(9_000), "list"),
      end: unknown("not-reached"),
    };
    expect(borders(refineWork([current], logs(mark("step_script", 5_000, null))))).toEqual([["current", iso(5_000), null]]);
  });
});
