// @vitest-environment happy-dom
import { act } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { buildJobRows } from "@/lib/testing/build-job-row.ts";
import { TEST_AT, TestPage, buildSnapshot, clickOn } from "@/lib/testing/render-view.tsx";
import { openJobsPage } from "@/lib/testing/show-jobs.tsx";
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

const page = openJobsPage();
const { show, all, one, keys, shown } = page;
const names = () => all("tr.job-line .jobname").map((link) => link.textContent);

beforeEach(() => push.mockReset());

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
    await page.stream.send({
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
    const element = (
      <TestPage snapshot={buildSnapshot({ jobs: [...buildJobRows(500).values()] })}>
        <JobsView />
      </TestPage>
    );
    const html = renderToString(element);
    expect(html.match(/class="job-line"/g)!.length).toBeGreaterThan(15);
    const box = document.createElement("div");
    page.box = box;
    box.innerHTML = html;
    document.body.append(box);
    const caught: unknown[] = [];
    await act(async () => {
      page.root = hydrateRoot(box, element, { onRecoverableError: (error) => caught.push(error) });
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
