// @vitest-environment happy-dom
import { act } from "react";
import type { Root } from "react-dom/client";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { buildJobRow, buildJobRows } from "@/lib/testing/build-job-row.ts";
import type { JobRow } from "@/lib/fleet/schema.ts";
import type { SourceReport } from "@/lib/base/source-state.ts";
import type { SnapshotFrame } from "@/lib/stream/frame.ts";
import { TestPage, TestStream, mount } from "@/lib/testing/render-view.tsx";
import type { DotContainer } from "../container-mark.ts";
import { JobsView } from "./jobs-view.tsx";

const push = vi.hoisted(() => vi.fn());
const drawn = vi.hoisted(() => ({ rows: 0 }));
vi.mock("next/navigation", () => ({ useRouter: () => ({ push }) }));
vi.mock("../container-dots.tsx", () => ({
  ContainerDots: ({ containers }: { containers: readonly DotContainer[] }) => {
    drawn.rows += 1;
    return <i>{containers.length}</i>;
  },
}));

const AT = "2026-03-01T13:30:00.000Z";
const pods = (state: SourceReport["state"]): SourceReport => ({
  key: "test/kubernetes-pods",
  cluster: "test",
  source: "kubernetes-pods",
  part: null,
  state,
  objects: 1,
  lastHeardAt: AT,
  requestsPerMinute: 1,
  openWatches: 1,
  relists: 0,
  reconnects: 0,
});
const live = pods({ state: "live", since: AT });
const snapshotOf = (jobs: readonly JobRow[], sources = [live]): SnapshotFrame => ({
  type: "snapshot",
  epoch: "e",
  at: AT,
  topic: "fleet",
  revision: 1,
  entities: { jobs },
  sources,
});

let stream: TestStream;
let root: Root | null = null;
let box: HTMLElement;
async function show(jobs: readonly JobRow[], search = "", sources = [live]): Promise<void> {
  ({ root, box } = await mount(
    <TestPage snapshot={snapshotOf(jobs, sources)} search={search}>
      <JobsView />
    </TestPage>,
  ));
}
const all = (selector: string) => [...box.querySelectorAll<HTMLElement>(selector)];
const one = (selector: string) => box.querySelector<HTMLElement>(selector)!;
const names = () => all("tr.job-line .jobname").map((link) => link.textContent);
const keys = () => all("tr.job-line").map((line) => line.dataset["key"]);
const shown = () => one(".shown").textContent;
const press = (key: string, target: EventTarget = document.body) =>
  act(async () => {
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    await new Promise((resolve) => setTimeout(resolve, 60));
  });
async function type(text: string): Promise<void> {
  const input = one(".filter-input") as HTMLInputElement;
  await act(async () => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")!.set!.call(input, text);
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
}
const click = (element: HTMLElement) => act(async () => (element.click(), await new Promise((resolve) => setTimeout(resolve, 20))));

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
  const many = [...buildJobRows(10_000).values()];

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
    await stream.send({ type: "patch", epoch: "e", at: AT, from: 1, revision: 2, upsert: { jobs: [{ ...target!, node: "moved" }] }, remove: {} });
    expect(one(`tr[data-key="${target.key}"] td.mgr`).textContent).toContain("moved");
    expect(drawn.rows).toBe(1);
  });
});

describe("server and hydration", () => {
  it("writes the first lines into the HTML, and the browser agrees with them", async () => {
    const errors = vi.spyOn(console, "error").mockImplementation(() => {});
    const page = (
      <TestPage snapshot={snapshotOf([...buildJobRows(500).values()])}>
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

describe("filter", () => {
  const jobs = [...buildJobRows(64).values()];

  it("applies words while they are typed, makes chips, and removes them", async () => {
    await show(jobs, "?g=none");
    await type("node:ci-3");
    expect(shown()).toBe("56 of 56 jobs");
    await type("node:ci-3 ");
    expect(all(".q").map((chip) => chip.querySelector("b")!.textContent)).toEqual(["ci-3"]);
    expect(shown()).toBe("2 of 56 jobs");
    await type("job-1");
    expect(shown()).not.toBe("56 of 56 jobs");
    await type("");
    await click(one(".q button"));
    expect(all(".q")).toHaveLength(0);
    expect(shown()).toBe("56 of 56 jobs");
  });

  it("says what to write instead of a term it cannot read", async () => {
    await show(jobs, "?q=projekt:x");
    expect(one(".filter-problems").textContent).toContain("Did you mean “project”?");
    expect(shown()).toBe("56 of 56 jobs");
  });

  it("leads to where there are matches when there are none here", async () => {
    await show(jobs, "?q=verdict:succeeded");
    expect(one(".empty h2").textContent).toBe("No job matches the filter");
    const button = all(".empty button").find((element) => element.textContent === "Ended: 8 match")!;
    await click(button);
    expect(shown()).toBe("8 of 8 jobs");
  });
});

describe("groups, order and columns", () => {
  const jobs = [...buildJobRows(64).values()];

  it("puts a line before each group, and closes it", async () => {
    await show(jobs, "?g=project&s=id");
    const before = all("tr.group").length;
    const head = one("tr.group button");
    expect(head.getAttribute("aria-expanded")).toBe("true");
    const first = keys()[0];
    await click(head);
    expect(one("tr.group button").getAttribute("aria-expanded")).toBe("false");
    expect(keys()).not.toContain(first);
    expect(all("tr.group").length).toBeGreaterThanOrEqual(before);
  });

  it("sorts by a head, and turns the order round", async () => {
    await show(jobs, "?g=none");
    const head = () => all("th button").find((button) => button.textContent === "Job")!;
    await click(head());
    expect(head().closest("th")!.getAttribute("aria-sort")).toBe("ascending");
    expect(names()[0]).toBe("job-0");
    await click(head());
    expect(head().closest("th")!.getAttribute("aria-sort")).toBe("descending");
    expect(names()[0]).toBe("job-16");
  });

  it("shows the columns of the address", async () => {
    await show(jobs, "?c=verdict,job,pod");
    expect(all("th").map((head) => head.textContent)).toEqual(["Verdict", "Job", "Pod"]);
    expect(all("tr.job-line")[0]!.querySelectorAll("td")).toHaveLength(3);
  });
});

describe("CSV", () => {
  it("holds the jobs that are shown, in their order, with the columns that are shown", async () => {
    let blob: Blob | undefined;
    vi.spyOn(URL, "createObjectURL").mockImplementation((given) => ((blob = given as Blob), "blob:x"));
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {});
    await show([...buildJobRows(40).values()], "?g=none&s=-id&c=verdict,job&q=-node:ci-3");
    await press("c");
    const lines = (await blob!.text()).replace("\uFEFF", "").trim().split("\r\n");
    expect(lines[0]).toBe("verdict,certainty,verdict_container,verdict_at,job,project,ref,job_url,key,as_of");
    const total = Number(/^\d+/.exec(shown()!)![0]);
    expect(lines).toHaveLength(total + 1);
    const order = lines.slice(1).map((line) => line.split(",").at(-2));
    expect(order.slice(0, keys().length)).toEqual(keys());
    expect(order).not.toContain("test/00000003-0000-4000-8000-000000000000");
  });
});

describe("keys and cursor", () => {
  const jobs = [...buildJobRows(64).values()];
  const selected = () => all('tr[aria-selected="true"]').map((line) => line.dataset["key"]);

  it("moves over group heads, keeps the focus on the job, opens it", async () => {
    await show(jobs);
    const order = keys();
    await press("j");
    await press("j");
    expect(selected()).toEqual([order[1]]);
    expect(document.activeElement?.id).toBe(`job-${order[1]}`);
    await press("k");
    expect(selected()).toEqual([order[0]]);
    (document.activeElement as HTMLElement).blur();
    await press("Enter");
    expect(push).toHaveBeenCalledWith(`/jobs/${order[0]!.replace("/", "/")}`);
    await press("Escape");
    expect(selected()).toEqual([]);
  });

  it("does nothing while somebody types", async () => {
    await show(jobs);
    await press("j", one(".filter-input"));
    expect(selected()).toEqual([]);
  });

  it("peeks at the job under the cursor with its evidence and remedy", async () => {
    await show(jobs);
    const verdict = { evidence: [{ source: "kubelet", field: "build.reason", value: "OOMKilled", at: AT }], remedy: "Raise the limit." };
    const asked = vi.fn((_url: string) => Promise.resolve(Response.json({ verdict })));
    vi.stubGlobal("fetch", asked);
    await press("j");
    for (let step = 0; step < 10; step++) await act(() => new Promise((resolve) => setTimeout(resolve, 40)));
    expect(asked.mock.calls.map(([url]) => url)).toEqual([`/api/v1/jobs/${keys()[0]}`]);
    expect(one(".peek").textContent).toContain("build.reason = OOMKilled");
    expect(one(".peek").textContent).toContain("Raise the limit.");
    await press(" ");
    expect(box.querySelector(".peek")).toBeNull();
  });

  it("keeps rows in place while the focus is in the table, until somebody sorts again", async () => {
    await show(jobs, "?g=none&s=created");
    await press("j");
    const before = keys();
    const young = buildJobRow({ uid: "ffffffff-0000-4000-8000-000000000000", createdAt: "2026-03-01T11:00:00Z" });
    await stream.send({ type: "patch", epoch: "e", at: AT, from: 1, revision: 2, upsert: { jobs: [young] }, remove: {} });
    expect(keys().slice(0, 10)).toEqual(before.slice(0, 10));
    expect(one(".hints").textContent).toContain("Sort again");
    await press(".");
    expect(keys()[0]).toBe(young.key);
    expect(one(".hints").textContent).not.toContain("Sort again");
  });
});

describe("what is not known", () => {
  it("waits for the first list without a figure", async () => {
    await show([], "", [pods({ state: "connecting", since: AT })]);
    expect(one("[aria-busy=true]").textContent).toContain("Waiting for the first list of pods.");
    expect(box.querySelector(".shown, .views .count")).toBeNull();
  });

  it("says that pods may not be read, with the exact rule, and that none is not certain", async () => {
    const rule = { apiGroup: "", resource: "pods", verbs: ["list", "watch"], namespace: "ci" };
    await show([], "", [pods({ state: "forbidden", since: AT, rule })]);
    expect(one(".list-source").textContent).toContain("Pods may not be read.");
    expect(one(".list-source pre").textContent).toContain('resources: ["pods"]');
    expect(one(".empty").textContent).toContain("not certain");
  });

  it("says that nothing runs when that is the truth", async () => {
    await show([]);
    expect(one(".empty h2").textContent).toBe("No job pod is live");
    expect(one(".empty").textContent).not.toContain("not certain");
  });
});
