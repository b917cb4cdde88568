// @vitest-environment happy-dom
import { act } from "react";
import type { Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChartCursor } from "@/components/charts/chart-cursor.tsx";
import { known, unknown } from "@/lib/base/known.ts";
import type { Job, LifecyclePhase, PhaseName } from "@/lib/fleet/schema.ts";
import { buildJob } from "@/lib/testing/build-job.ts";
import { buildContainerUse, buildPoints } from "@/lib/testing/build-usage.ts";
import { TestPage, buildSnapshot, mount, pressKey, type TestLocale } from "@/lib/testing/render-view.tsx";
import { ContainerCards } from "./container-cards.tsx";
import { prepareWaterfall } from "./prepare-waterfall.ts";
import { WaterfallCard } from "./waterfall-card.tsx";

const ZERO = Date.parse("2026-03-01T12:00:00.000Z");
const at = (seconds: number) => new Date(ZERO + seconds * 1_000).toISOString();
const fact = (seconds: number) => known(at(seconds), at(seconds), "job trace, section markers");
const phase = (name: PhaseName, from: number, to: number): LifecyclePhase => ({
  phase: name,
  status: "done",
  start: fact(from),
  end: fact(to),
});

const job: Job = buildJob({
  createdAt: at(0),
  deletedAt: at(150),
  containers: [buildContainerUse({ startedAt: at(5) })],
  lifecycle: [
    phase("scheduling", 0, 2),
    phase("starting", 2, 5),
    phase("sources", 5, 20),
    phase("script", 20, 120),
    { phase: "artifacts", status: "unseen", start: unknown("not-seen"), end: unknown("not-seen") },
    phase("cleanup", 121, 150),
  ],
  stages: [{ stage: "step_script", phase: "script", from: "trace", startAt: at(20), endAt: at(120) }],
});
const series = [{ key: "build", points: buildPoints({ from: ZERO + 12_000, count: 8 }) }];
const usual = [{ phase: "script" as const, ms: 30_000, runs: 20 }];

let root: Root | null = null;
let box: HTMLElement;
beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("fetch", () => new Promise(() => {}));
});
afterEach(async () => {
  await act(async () => root?.unmount());
  root = null;
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

async function show(locale: TestLocale = "en"): Promise<void> {
  const now = ZERO + 160_000;
  const waterfall = prepareWaterfall(job, now);
  ({ root, box } = await mount(
    <TestPage snapshot={{ ...buildSnapshot({}), at: at(160) }} locale={locale}>
      <ChartCursor>
        <WaterfallCard {...{ job, series, usual, waterfall, now }} events={[]} />
        <ContainerCards job={job} series={series} zeroMs={waterfall.zeroMs} now={now} />
      </ChartCursor>
    </TestPage>,
  ));
}

const sliders = () => [...box.querySelectorAll<HTMLElement>("[role=slider]")];
const lines = () => box.querySelectorAll(".chart-cursor").length;

describe("one cursor for waterfall, CPU and memory", () => {
  it("moves through all of them by the keys of any, and says what was used then", async () => {
    await show();
    const [waterfall, cpu] = sliders();
    expect(sliders()).toHaveLength(3);
    expect(lines()).toBe(0);
    for (let step = 0; step < 4; step++) await pressKey("ArrowRight", waterfall);
    expect(waterfall?.getAttribute("aria-valuetext")).toMatch(/T\+20.* · Script \(build\)$/);
    expect(lines()).toBe(3);
    expect(box.querySelector("output.wf-readout")?.textContent).toMatch(/T\+20.*build: CPU .*memory /);
    await pressKey("End", cpu);
    expect(waterfall?.getAttribute("aria-valuetext")).not.toMatch(/T\+20/);
    await pressKey("Escape", cpu);
    expect(lines()).toBe(0);
  });

  it("says of a time whose phase nobody saw that it was not seen", async () => {
    await show();
    const [waterfall] = sliders();
    for (let step = 0; step < 5; step++) await pressKey("ArrowRight", waterfall);
    expect(waterfall?.getAttribute("aria-valuetext")).toMatch(/T\+120.*phase not seen/);
  });

  it.each(["en", "zh-CN"] as const)(
    "names the phase that is unusually long, with its usual and the stage inside, in %s",
    async (locale) => {
      await show(locale);
      const text = box.textContent ?? "";
      expect(text).toContain(
        locale === "en" ? "Unusually long: Script (build) took 1\u202fm\u202f40\u202fs, usually 30\u202fs" : "异常地长",
      );
      expect(text).toContain("step_script");
      expect(text).not.toMatch(/undefined|NaN|job\.waterfall/);
    },
  );
});
