// @vitest-environment happy-dom
import { act } from "react";
import type { Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { HistoryKept, HistoryRow, HistoryWriting } from "@/lib/history/schema.ts";
import { buildHistoryRow, buildKept } from "@/lib/testing/build-history.ts";
import { TestPage, buildSnapshot, clickOn, mount, settle } from "@/lib/testing/render-view.tsx";
import type { TestLocale } from "@/lib/testing/render-view.tsx";
import { HistoryView } from "./history-view.tsx";

interface Page {
  items: HistoryRow[];
  cursor: string | null;
  kept: HistoryKept;
  writing: HistoryWriting;
}
let asked: URL[] = [];
let answer: (url: URL) => Response | Promise<Response>;
let root: Root | null = null;
let box: HTMLElement;

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const page = (change: Partial<Page> = {}): Page => ({
  items: [buildHistoryRow()],
  cursor: null,
  kept: buildKept(),
  writing: { error: null, waiting: 0, lost: 0, writer: { here: true, name: null } },
  ...change,
});
const all = (selector: string) => [...box.querySelectorAll<HTMLElement>(selector)];
const button = (words: string) => all("button").find((element) => element.textContent === words)!;

async function show(search = "", locale: TestLocale = "en"): Promise<void> {
  ({ root, box } = await mount(
    <TestPage snapshot={buildSnapshot({})} search={search} locale={locale}>
      <HistoryView />
    </TestPage>,
  ));
  await settle(30);
}

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  asked = [];
  answer = () => json(page());
  vi.stubGlobal("fetch", (input: string) => {
    const url = new URL(input, "http://test");
    if (url.pathname !== "/api/v1/history") return new Promise(() => {});
    asked.push(url);
    return Promise.resolve(answer(url));
  });
});
afterEach(async () => {
  await act(async () => root?.unmount());
  root = null;
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

describe("the list", () => {
  it("links each line to the job's permalink and says verdict, finding and container", async () => {
    await show();
    expect(all("a.jobname").map((link) => link.getAttribute("href"))).toEqual(["/jobs/test/11111111-0000-4000-8000-000000000000"]);
    expect(box.textContent).toContain("OOM-killed");
    expect(box.textContent).toContain("build · CPU throttled");
    expect(box.textContent).toContain("3\u202fm\u202f20\u202fs");
  });

  it("says that what ends is not written, with the database's own word", async () => {
    answer = () => json(page({ writing: { error: "database or disk is full", waiting: 7, lost: 2, writer: { here: true, name: null } } }));
    await show();
    const banner = box.querySelector(".banner");
    expect(banner?.textContent).toContain("7 jobs wait in memory, 2 are lost. database or disk is full");
  });

  it.each([
    [{ here: true, name: "dash-1_0a" }, "This dashboard writes them (dash-1_0a)."],
    [{ here: false, name: "dash-2_0b" }, "Another dashboard writes them (dash-2_0b); this one follows"],
    [{ here: false, name: null }, "No dashboard on this database writes just now"],
  ])("of several dashboards on one database it says which one writes: %j", async (writer, words) => {
    answer = () => json(page({ writing: { error: null, waiting: 0, lost: 0, writer } }));
    await show();
    expect(box.textContent).toContain(words);
    await act(async () => root?.unmount());
    answer = () => json(page());
    await show();
    expect(box.querySelector(".hero")!.textContent).not.toContain("dashboard");
  });

  it("says what is kept, and that nothing older is", async () => {
    await show();
    expect(box.textContent).toContain("48,212 finished jobs");
    expect(box.textContent).toContain("Kept for 30\u202fd\u202f00\u202fh, 1\u202fGiB at most.");
    expect(box.textContent).toContain("Nothing older is kept.");
  });

  it("reads on with the cursor of the page before", async () => {
    answer = (url) =>
      url.searchParams.get("cursor") === "c1"
        ? json(page({ items: [buildHistoryRow({ uid: "22222222-0000-4000-8000-000000000000", name: "older-job" })] }))
        : json(page({ cursor: "c1" }));
    await show();
    await clickOn(button("Older"));
    await settle(30);
    expect(all("a.jobname").map((link) => link.textContent)).toEqual(["unit-test", "older-job"]);
    expect(asked.at(-1)!.searchParams.get("cursor")).toBe("c1");
  });

  it("shows the time that nobody watched where it was", async () => {
    const gaps = [{ cluster: "test", from: "2026-03-01T12:01:00.000Z", to: "2026-03-01T12:05:00.000Z" }];
    answer = () => json(page({ kept: buildKept({ gaps }) }));
    await show();
    expect(all("tbody tr").map((line) => line.className)).toEqual(["gap-line", ""]);
    expect(all("tr.gap-line")[0]!.textContent).toContain("Not watched from");
    expect(box.querySelector(".history-gaps")!.textContent).toContain("1 time that nobody watched");
  });
});

describe("the filter", () => {
  it("is asked for as the address says, and nothing else", async () => {
    await show("?verdict=oom-killed&project=payments%2Fapi&since=2026-03-01T00:00:00.000Z&nonsense=1");
    expect(Object.fromEntries(asked[0]!.searchParams)).toEqual({
      verdict: "oom-killed",
      project: "payments/api",
      since: "2026-03-01T00:00:00.000Z",
    });
  });

  it("leaves out what is no value of its field", async () => {
    await show("?verdict=dead&since=yesterday");
    expect([...asked[0]!.searchParams]).toEqual([]);
  });

  it("narrows to a value that is pressed, and lets go again", async () => {
    await show();
    await clickOn(button("payments/api"));
    await settle(30);
    expect(asked.at(-1)!.searchParams.get("project")).toBe("payments/api");
    await clickOn(button("Remove all filters"));
    await settle(30);
    expect(box.querySelector<HTMLInputElement>("input[type=search]")!.value).toBe("");
    expect(button("Remove all filters")).toBeUndefined();
  });

  it("takes a typed value with Enter", async () => {
    await show();
    const field = box.querySelector<HTMLInputElement>("input[type=search]")!;
    await act(async () => {
      field.value = "4711";
      field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    });
    await settle(30);
    expect(asked.at(-1)!.searchParams.get("q")).toBe("4711");
  });
});

describe("empty, loading, failed", () => {
  it("draws no figure while it reads", async () => {
    answer = () => new Promise(() => {});
    await show();
    expect(box.querySelector("[aria-busy=true]")!.textContent).toBe("Reading the history.");
    expect(all("table")).toHaveLength(0);
  });

  it("tells an empty history from a filter that fits nothing", async () => {
    answer = () => json(page({ items: [], kept: buildKept({ jobs: 0, oldestAt: null }) }));
    await show();
    expect(box.querySelector(".empty h2")!.textContent).toBe("No finished job is kept yet");
    await act(async () => root?.unmount());
    await show("?node=ci-9");
    expect(box.querySelector(".empty h2")!.textContent).toBe("No finished job matches");
  });

  it("says what the server says when it cannot, and asks again", async () => {
    answer = () => json({ detail: "The history is being opened.", remedy: "It is tried again by itself." }, 503);
    await show();
    // One try more is made after a second.
    await settle(1_200);
    expect(box.querySelector("[role=alert]")!.textContent).toContain("The history is being opened. It is tried again by itself.");
    answer = () => json(page());
    await clickOn(button("Try again"));
    await settle(30);
    expect(all("a.jobname")).toHaveLength(1);
  });

  it("has its words in Chinese", async () => {
    await show("", "zh-CN");
    expect(box.querySelector("h1")!.textContent).toBe("历史");
  });
});
