// @vitest-environment happy-dom
import { act } from "react";
import type { Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { known, unknown } from "@/lib/base/known.ts";
import type { JobRow } from "@/lib/fleet/schema.ts";
import { buildJobRow } from "@/lib/testing/build-job-row.ts";
import { TEST_AT, TestPage, buildSnapshot, mount } from "@/lib/testing/render-view.tsx";
import { CpuCell, MemoryCell } from "./use-cells.tsx";

let root: Root | null = null;
let box: HTMLElement;
const at = new Date(Date.parse(TEST_AT) - 12_000).toISOString();
const cpu = (change: object) =>
  known(
    {
      container: "build",
      used: 1_990,
      limit: 2_000 as number | null,
      at,
      throttledShare: 0.52 as number | null,
      unthrottled: null as "no-quota" | "no-periods" | "not-measured" | null,
      ...change,
    },
    at,
    "test",
  );
const memory = (change: object) =>
  known(
    { container: "docker", used: 2 ** 30, limit: (2 ** 31) as number | null, at, peak: (1.5 * 2 ** 30) as number | null, ...change },
    at,
    "test",
  );

async function show(use: Partial<JobRow["use"]>, change: Partial<JobRow> = {}): Promise<void> {
  const job = buildJobRow({ use: { cpu: cpu({}), memory: memory({}), ...use }, ...change });
  ({ root, box } = await mount(
    <TestPage snapshot={buildSnapshot({})}>
      <div id="cpu">
        <CpuCell job={job} />
      </div>
      <div id="mem">
        <MemoryCell job={job} />
      </div>
    </TestPage>,
  ));
}
const text = (id: string) => box.querySelector(`#${id}`)!.textContent;
const meter = (id: string) => box.querySelector(`#${id} .meter`);

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("fetch", () => new Promise(() => {}));
});
afterEach(async () => {
  await act(async () => root?.unmount());
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

it("hatches what is throttled, with its share, and ticks the peak", async () => {
  await show({});
  expect(text("cpu")).toBe("1.99/ 252\u202f%");
  expect(meter("cpu")!.querySelector(".thr.hatch")).not.toBeNull();
  expect(text("mem")).toBe("1/ 2\u202fGiBpeak 1.50");
  expect(meter("mem")!.querySelector<HTMLElement>(".peak")!.style.left).toBe("75%");
  expect(meter("mem")!.getAttribute("aria-valuetext")).toContain("docker: 1\u202fGiB of 2\u202fGiB, peak 1.50\u202fGiB");
});

it("shows a measured zero as zero on an empty track", async () => {
  await show({ cpu: cpu({ used: 0, throttledShare: 0 }) });
  expect(text("cpu")).toBe("0/ 20\u202f%");
  expect(meter("cpu")!.children).toHaveLength(0);
  expect(meter("cpu")!.getAttribute("aria-valuenow")).toBe("0");
});

it("draws no share without a limit", async () => {
  await show({ cpu: cpu({ limit: null, throttledShare: null }), memory: memory({ limit: null }) });
  expect(text("cpu")).toBe("1.99no limitn/a");
  expect(meter("cpu")!.className).toContain("nolimit");
});

it.each([
  ["no-quota", "n/a", "No CPU quota"],
  ["no-periods", "n/a", "no period of it ran yet"],
  ["not-measured", "not measured", "does not tell it"],
] as const)("throttling that is unknown because of %s reads %s", async (unthrottled, word, note) => {
  await show({ cpu: cpu({ throttledShare: null, unthrottled }) });
  expect(text("cpu")).toBe(`1.99/ 2${word}`);
  expect(box.querySelector("#cpu .side-note")!.getAttribute("title")).toContain(note);
});

it("draws no meter for what is not known, and says why", async () => {
  await show({ cpu: unknown("not-sampled"), memory: unknown("stale") });
  expect(meter("cpu")).toBeNull();
  expect(text("cpu")).toContain("no sample yet");
  expect(text("mem")).toContain("its source fell silent first");
});

it("tells no rate yet from not measured", async () => {
  await show({ cpu: cpu({ used: null, throttledShare: null }), memory: memory({ used: null, peak: null }) });
  expect(text("cpu")).toContain("no rate yet");
  expect(text("mem")).toContain("not measured");
  expect(box.querySelector("[role=meter]")).toBeNull();
});

it.each([
  [0.85, ""],
  [0.92, "wait"],
  [1, "bad"],
])("colours a peak of %s of the limit %s", async (share, tone) => {
  await show({ memory: memory({ peak: share * 2 ** 31 }) });
  expect(box.querySelector("#mem .side-note")!.className).toBe(`side-note ${tone}`.trim());
});

it("greys what is old, and the last use of an ended pod", async () => {
  await show({ cpu: cpu({ at: new Date(Date.parse(TEST_AT) - 120_000).toISOString(), throttledShare: 0 }) });
  expect(text("cpu")).toContain("2m old");
  expect(meter("cpu")!.className).toContain("stale");
  await act(async () => root?.unmount());
  document.body.replaceChildren();
  await show({ cpu: cpu({ throttledShare: 0 }) }, { ending: "watched" });
  expect(text("cpu")).toContain("last, ");
});
