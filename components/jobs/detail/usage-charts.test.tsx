// @vitest-environment happy-dom
import { act } from "react";
import type { ReactNode } from "react";
import { hydrateRoot } from "react-dom/client";
import type { Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { known, unknown } from "@/lib/base/known.ts";
import type { ContainerView } from "@/lib/fleet/schema.ts";
import { buildJob } from "@/lib/testing/build-job.ts";
import { buildContainerUse, buildPoints, buildUsage } from "@/lib/testing/build-usage.ts";
import { TestPage, buildSnapshot, mount, pressKey } from "@/lib/testing/render-view.tsx";
import type { TestLocale } from "@/lib/testing/render-view.tsx";
import { ContainerCards } from "./container-cards.tsx";

const ZERO = Date.parse("2026-03-01T12:00:00Z");
const at = (seconds: number) => new Date(ZERO + seconds * 1_000).toISOString();
const points = buildPoints({ from: ZERO + 12_000, count: 8 });
const build = buildContainerUse({ startedAt: at(5) });

let root: Root | null = null;
let box: HTMLElement;
const all = (selector: string) => [...box.querySelectorAll<HTMLElement>(selector)];
const sliders = () => all("[role=slider]");

function cards(containers: ContainerView[], locale: TestLocale = "en", series = [{ key: "build", points }]): ReactNode {
  const job = buildJob({ containers, deletedAt: null, deletionRequestedAt: null, ending: "live", phase: "executing" });
  return (
    <TestPage snapshot={{ ...buildSnapshot({}), at: at(125) }} locale={locale}>
      <ContainerCards job={job} series={series} zeroMs={ZERO} now={ZERO + 125_000} />
    </TestPage>
  );
}
async function show(...args: Parameters<typeof cards>): Promise<void> {
  ({ root, box } = await mount(cards(...args)));
}

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("fetch", () => new Promise(() => {}));
});
afterEach(async () => {
  await act(async () => root?.unmount());
  root = null;
  document.body.replaceChildren();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("four different things", () => {
  const used = () => all(".amounts tbody tr").map((line) => line.querySelector("td:last-child")!.textContent);
  const usage = (change: Parameters<typeof buildUsage>[1]) => known(buildUsage(at(117), change), at(117), "kubelet, /metrics/cadvisor");

  it.each([
    ["a measured zero", { usage: usage({ cpuMillicores: 0, memoryBytes: 0 }) }, ["0", "0\u202fB"]],
    ["not measured", { usage: usage({ cpuMillicores: null, memoryBytes: null }) }, ["not measured", "not measured"]],
    ["one sample, so no rate", { usage: usage({ cpuMillicores: null, samples: 1 }) }, ["no rate yet", "830\u202fMiB"]],
    [
      "no sample yet",
      { usage: unknown("not-sampled" as const) },
      [expect.stringMatching(/^no sample yet/), expect.stringMatching(/^no sample yet/)],
    ],
    ["not connected", { usage: unknown("not-connected" as const) }, [expect.stringMatching(/^no data/), expect.stringMatching(/^no data/)]],
  ])("%s has its own words", async (_name, change, words) => {
    await show([{ ...build, ...change }]);
    expect(used()).toEqual(words);
  });

  it("no limit is said in the table and on the chart", async () => {
    const none = { cpuMillicores: null, memoryBytes: null, ephemeralStorageBytes: null };
    await show([{ ...build, limits: none, usage: usage({ cfs: null }) }]);
    expect(box.textContent!.match(/no limit/g)!.length).toBeGreaterThanOrEqual(4);
    expect(box.textContent).toContain("no CPU quota, cannot be throttled");
    expect(all(".plot .limit.left")).toHaveLength(0);
  });

  it('throttling that the way of reading does not tell is not called "no quota", and the way is named with what it lacks', async () => {
    const poor = { way: "metrics-server", windowMs: 15_000, unmeasured: ["throttling", "oom-counter"] } as const;
    await show([{ ...build, usage: usage({ ...poor, unmeasured: [...poor.unmeasured], cfs: null, oom: null, limitHits: null }) }]);
    expect(box.textContent).toContain("throttling not measured");
    expect(box.textContent).not.toContain("cannot be throttled");
    expect(sliders()[0]!.getAttribute("aria-label")).toContain("throttling not measured");
    const facts = Object.fromEntries(all("dt").map((term) => [term.textContent, term.nextElementSibling?.textContent]));
    expect(facts).toMatchObject({
      "Read from": "metrics-server · CPU is a mean over 15\u202fs",
      "Not measured": "CPU throttling and the kernel’s count of OOM kills",
    });
  });

  it("pressure, disk use and the age of counters are said where they are told, 0 as 0", async () => {
    const told = {
      pressure: { cpuSeconds: 3, memorySeconds: 0, ioSeconds: null },
      storageBytes: 0,
      way: "resource" as const,
      countedAt: at(60),
    };
    await show([{ ...build, usage: usage(told) }]);
    const facts = Object.fromEntries(all("dt").map((term) => [term.textContent, term.nextElementSibling?.textContent]));
    expect(facts["Waited for (PSI)"]).toBe("CPU 3\u202fs, memory 0\u202fs, disk not measured");
    expect(facts["Written to the node’s disk"]).toBe("0\u202fB");
    expect(facts["Read from"]).toMatch(/^the kubelet’s \/metrics\/resource · counters are of /);
    expect(facts).not.toHaveProperty("Not measured");
  });
});

describe("charts", () => {
  it("say in one sentence what they show", async () => {
    await show([build]);
    expect(sliders().map((slider) => slider.getAttribute("aria-label"))).toEqual([
      "build: CPU peak 1.98, limit 2, throttled 29\u202f%; 8 samples.",
      "build: memory peak 1\u202f020\u202fMiB, limit 2\u202fGiB; no OOM kill seen; 8 samples.",
    ]);
    expect(all(".band:not(.gap)").map((band) => band.textContent)).toEqual(["38\u202f%"]);
  });

  it("are there in the server's HTML, and the browser agrees", async () => {
    const errors = vi.spyOn(console, "error").mockImplementation(() => {});
    const html = renderToString(cards([build]));
    expect(html).toContain('class="line kf"');
    box = document.createElement("div");
    box.innerHTML = html;
    document.body.append(box);
    const caught: unknown[] = [];
    root = await act(async () => hydrateRoot(box, cards([build]), { onRecoverableError: (error) => caught.push(error) }));
    expect(caught).toEqual([]);
    expect(errors.mock.calls).toEqual([]);
  });

  it("share one time: the keys of one move all, Escape lets go", async () => {
    const helper = { ...build, name: "helper", role: "helper" as const };
    await show([build, helper], "en", [
      { key: "build", points },
      { key: "helper", points },
    ]);
    expect(sliders()).toHaveLength(4);
    await pressKey("ArrowRight", sliders()[0]!);
    await pressKey("ArrowRight", sliders()[0]!);
    expect(all(".chart-cursor").map((cursor) => cursor.textContent)).toEqual([
      "T+27\u202fs · 12:00:27 · 0.64, throttled 0\u202f%",
      "T+27\u202fs · 12:00:27 · 290\u202fMiB",
      "T+27\u202fs · 12:00:27 · 0.64, throttled 0\u202f%",
      "T+27\u202fs · 12:00:27 · 290\u202fMiB",
    ]);
    expect(sliders()[1]!.getAttribute("aria-valuetext")).toContain("290\u202fMiB");
    await pressKey("Home", sliders()[0]!);
    expect(all(".chart-cursor")[0]!.textContent).toContain("not measured");
    await pressKey("Escape", sliders()[0]!);
    expect(all(".chart-cursor")).toHaveLength(0);
  });

  it("have their samples as a table", async () => {
    await show([build]);
    const details = box.querySelector("details.samples") as HTMLDetailsElement;
    expect(details.querySelector("table")).toBeNull();
    await act(async () => {
      details.open = true;
      details.dispatchEvent(new Event("toggle"));
    });
    expect(details.querySelectorAll("tbody tr")).toHaveLength(points.length);
    expect(details.querySelector("tbody tr td:nth-child(3)")!.textContent).toBe("–");
  });

  it("mark a kill with the shape and the word", async () => {
    const usage = known(buildUsage(at(117), { oom: { events: 1, firstSeenAt: at(90) } }), at(117), "kubelet, /metrics/cadvisor");
    await show([{ ...build, usage }]);
    expect(all(".plot .mark").map((mark) => mark.textContent)).toEqual(["", "OOM 12:01:30"]);
    expect(all(".plot .mark svg")).toHaveLength(1);
  });

  it("are left out where no curve is kept, which is said", async () => {
    await show([build], "en", []);
    expect(sliders()).toHaveLength(0);
    expect(box.textContent).toContain("the curve is not kept");
  });

  it("speak Chinese", async () => {
    await show([build], "zh-CN");
    expect(sliders()[0]!.getAttribute("aria-label")).toBe("build：CPU 峰值 1.98，上限 2，限流 29\u202f%；8 次采样。");
  });
});
