// @vitest-environment happy-dom
import { act } from "react";
import type { Root } from "react-dom/client";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { buildReport } from "@/lib/testing/build-pod-record.ts";
import { buildJobRows } from "@/lib/testing/build-job-row.ts";
import type { JobRow } from "@/lib/fleet/schema.ts";
import { TEST_AT, TestPage, TestStream, buildSnapshot, clickOn, mount } from "@/lib/testing/render-view.tsx";
import type { DotContainer } from "../container-mark.ts";
import { JobsView } from "./jobs-view.tsx";

const push = vi.hoisted(() => vi.fn<(path: string) => void>());
const drawn = vi.hoisted(() => ({ rows: 0 }));
vi.mock("next/navigation", () => ({ useRouter: () => ({ push }) }));
vi.mock("../container-dots.tsx", () => ({
  ContainerDots: ({ containers }: { containers: readonly DotContainer[] }) => {
    drawn.rows += 1;
    return <i>{containers.length}</i>;
  },
}));

const many = [...buildJobRows(10_000).values()];
const some = [...buildJobRows(64).values()];

let stream: TestStream;
let root: Root | null = null;
let box: HTMLElement;
async function show(jobs: readonly JobRow[], search = "", sources = [buildReport("kubernetes-pods")]): Promise<void> {
  ({ root, box } = await mount(
    <TestPage snapshot={buildSnapshot({ jobs: [...jobs] }, sources)} search={search}>
      <JobsView />
    </TestPage>,
  ));
}
const all = (selector: string) => [...box.querySelectorAll<HTMLElement>(selector)];
const one = (selector: string) => box.querySelector<HTMLElement>(selector)!;
const names = () => all("tr.job-line .jobname").map((link) => link.textContent);
const keys = () => all("tr.job-line").map((line) => line.dataset["key"]);
const shown = () => one(".shown").textContent;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  stream = new TestStream();
  vi.stubGlobal("fetch", stream.fetch);
  // happy-dom has no layout: the scroller is as high as a window.
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(800);
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(1200);
  push.mockReset();
});
afterEach(async () => {
  await act(async () => root?.unmount());
  root = null;
  document.body.replaceChildren();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("10,000 jobs", () => {
  it("draws only the lines in sight, and says how many there are", async () => {
    await show(many);
    expect(all("tr.job-line").length).toBeGreaterThan(15);
    expect(all("tr").length).toBeLessThan(60);
    expect(one("table").getAttribute("aria-rowcount")).toBe(String(8_750 + 2 + 1));
    expect(shown()).toBe("8,750 of 8,750 jobs");
  });

  it("draws other lines after scrolling", async () => {
    await show(many, "?g=none&s=id");
    const scroller = one("#jobs-table");
    const first = keys();
    await act(async () => {
      scroller.scrollTop = 36 * 5_000;
      scroller.dispatchEvent(new Event("scroll"));
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
    expect(keys().some((key) => first.includes(key))).toBe(false);
    expect(Number(all("tr.job-line")[10]!.getAttribute("aria-rowindex"))).toBeGreaterThan(4_990);
    expect(all("tr").length).toBeLessThan(60);
  });

  it("draws one row again when one job changed", async () => {
    await show(many);
    const target = many.find((job) => job.key === keys()[3])!;
    drawn.rows = 0;
    await stream.send({
      type: "patch",
      epoch: "e",
      at: TEST_AT,
      from: 1,
      revision: 2,
      upsert: { jobs: [{ ...target!, node: "moved" }] },
      remove: {},
    });
    expect(one(`tr[data-key="${target.key}"] td.mgr`).textContent).toContain("moved");
    expect(drawn.rows).toBe(1);
  });
});

describe("server and hydration", () => {
  it("writes the first lines into the HTML, and the browser agrees with them", async () => {
    const errors = vi.spyOn(console, "error").mockImplementation(() => {});
    const page = (
      <TestPage snapshot={buildSnapshot({ jobs: [...buildJobRows(500).values()] })}>
        <JobsView />
      </TestPage>
    );
    const html = renderToString(page);
    expect(html.match(/class="job-line"/g)!.length).toBeGreaterThan(15);
    box = document.createElement("div");
    box.innerHTML = html;
    document.body.append(box);
    const caught: unknown[] = [];
    await act(async () => {
      root = hydrateRoot(box, page, { onRecoverableError: (error) => caught.push(error) });
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
    expect(caught).toEqual([]);
    expect(errors.mock.calls).toEqual([]);
  });
});

describe("groups, order and columns", () => {
  it("puts a line before each group, and closes it", async () => {
    await show(some, "?g=project&s=id");
    const before = all("tr.group").length;
    const head = one("tr.group button");
    expect(head.getAttribute("aria-expanded")).toBe("true");
    const first = keys()[0];
    await clickOn(head);
    expect(one("tr.group button").getAttribute("aria-expanded")).toBe("false");
    expect(keys()).not.toContain(first);
    expect(all("tr.group").length).toBeGreaterThanOrEqual(before);
  });

  it("sorts by a head, and turns the order round", async () => {
    await show(some, "?g=none");
    const head = () => all("th button").find((button) => button.textContent === "Job")!;
    await clickOn(head());
    expect(head().closest("th")!.getAttribute("aria-sort")).toBe("ascending");
    expect(names()[0]).toBe("job-0");
    await clickOn(head());
    expect(head().closest("th")!.getAttribute("aria-sort")).toBe("descending");
    expect(names()[0]).toBe("job-16");
  });

  it("shows the columns of the address", async () => {
    await show(some, "?c=verdict,job,pod");
    expect(all("th").map((head) => head.textContent)).toEqual(["Verdict", "Job", "Pod"]);
    expect(all("tr.job-line")[0]!.querySelectorAll("td")).toHaveLength(3);
  });
});
