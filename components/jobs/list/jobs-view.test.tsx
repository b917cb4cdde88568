// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { buildReport } from "@/lib/testing/build-pod-record.ts";
import { buildJobRow, buildJobRows } from "@/lib/testing/build-job-row.ts";
import { PARTIAL_EPOCH } from "@/lib/stream/partial.ts";
import { TEST_AT, buildSnapshot, clickOn, pressKey, settle, typeInto } from "@/lib/testing/render-view.tsx";
import { openJobsPage } from "@/lib/testing/show-jobs.tsx";

const push = vi.hoisted(() => vi.fn<(path: string) => void>());
vi.mock("next/navigation", () => ({ useRouter: () => ({ push }) }));

const some = [...buildJobRows(64).values()];

const page = openJobsPage();
const { show, all, one, keys, shown } = page;
const type = (text: string) => typeInto(one(".filter-input") as HTMLInputElement, text);

beforeEach(() => push.mockReset());

describe("filter", () => {
  it("applies words while they are typed, makes chips, and removes them", async () => {
    await show(some, "?g=none");
    await type("node:ci-3");
    expect(shown()).toBe("56 of 56 jobs");
    await type("node:ci-3 ");
    expect(all(".q").map((chip) => chip.querySelector("b")!.textContent)).toEqual(["ci-3"]);
    expect(shown()).toBe("2 of 56 jobs");
    await type("job-1");
    expect(shown()).not.toBe("56 of 56 jobs");
    await type("");
    await clickOn(one(".q button"));
    expect(all(".q")).toHaveLength(0);
    expect(shown()).toBe("56 of 56 jobs");
  });

  it("says what to write instead of a term it cannot read", async () => {
    await show(some, "?q=projekt:x");
    expect(one(".filter-problems").textContent).toContain("Did you mean “project”?");
    expect(shown()).toBe("56 of 56 jobs");
  });

  it("leads to where there are matches when there are none here", async () => {
    await show(some, "?q=verdict:succeeded");
    expect(one(".empty h2").textContent).toBe("No job matches the filter");
    const button = all(".empty button").find((element) => element.textContent === "Ended: 8 match")!;
    await clickOn(button);
    expect(shown()).toBe("8 of 8 jobs");
  });
});

describe("CSV", () => {
  it("holds the jobs that are shown, in their order, with the columns that are shown", async () => {
    let blob: Blob | undefined;
    vi.spyOn(URL, "createObjectURL").mockImplementation((given) => ((blob = given as Blob), "blob:x"));
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {});
    await show([...buildJobRows(40).values()], "?g=none&s=-id&c=verdict,job&q=-node:ci-3");
    await pressKey("c");
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
  const selected = () => all('tr[aria-selected="true"]').map((line) => line.dataset["key"]);

  it("moves over group heads, keeps the focus on the job, opens it", async () => {
    await show(some);
    const order = keys();
    await pressKey("j");
    await pressKey("j");
    expect(selected()).toEqual([order[1]]);
    expect(document.activeElement?.id).toBe(`job-${order[1]}`);
    await pressKey("k");
    expect(selected()).toEqual([order[0]]);
    (document.activeElement as HTMLElement).blur();
    await pressKey("Enter");
    expect(push).toHaveBeenCalledWith(`/jobs/${order[0]}`);
    await pressKey("Escape");
    expect(selected()).toEqual([]);
  });

  it("does nothing while somebody types", async () => {
    await show(some);
    await pressKey("j", one(".filter-input"));
    expect(selected()).toEqual([]);
  });

  it("peeks at the job under the cursor with its evidence and remedy", async () => {
    await show(some);
    const verdict = {
      evidence: [{ source: "kubelet", field: "build.reason", value: "OOMKilled", at: TEST_AT }],
      remedy: "Raise the limit.",
    };
    const asked = vi.fn<(url: string) => Promise<Response>>(() => Promise.resolve(Response.json({ verdict })));
    vi.stubGlobal("fetch", asked);
    await pressKey("j");
    for (let step = 0; step < 10; step++) await settle(40);
    expect(asked.mock.calls.map(([url]) => url)).toEqual([`/api/v1/jobs/${keys()[0]}`]);
    expect(one(".peek").textContent).toContain("build.reason = OOMKilled");
    expect(one(".peek").textContent).toContain("Raise the limit.");
    await pressKey(" ");
    expect(page.box.querySelector(".peek")).toBeNull();
  });

  it("keeps rows in place while the focus is in the table, until somebody sorts again", async () => {
    await show(some, "?g=none&s=created");
    await pressKey("j");
    const before = keys();
    const young = buildJobRow({ uid: "ffffffff-0000-4000-8000-000000000000", createdAt: "2026-03-01T11:00:00Z" });
    await page.stream.send({ type: "patch", epoch: "e", at: TEST_AT, from: 1, revision: 2, upsert: { jobs: [young] }, remove: {} });
    expect(keys().slice(0, 10)).toEqual(before.slice(0, 10));
    expect(one(".hints").textContent).toContain("Sort again");
    await pressKey(".");
    expect(keys()[0]).toBe(young.key);
    expect(one(".hints").textContent).not.toContain("Sort again");
  });
});

describe("what is not known", () => {
  it("waits for the first list without a figure", async () => {
    await show([], "", [buildReport("kubernetes-pods", { state: { state: "connecting", since: TEST_AT } })]);
    expect(one("[aria-busy=true]").textContent).toContain("Waiting for the first list of pods.");
    expect(page.box.querySelector(".shown, .views .count")).toBeNull();
  });

  it("of a large fleet is the first page: no counts, nothing said to be missing, until the stream brings all", async () => {
    await show(some.slice(0, 5), "?q=none-of-these", undefined, PARTIAL_EPOCH);
    expect(shown()).toBe("The first jobs, the rest follows …");
    expect(page.box.querySelector(".views .count, .empty")).toBeNull();
    expect(one("[aria-busy=true]")).not.toBeNull();
    await page.stream.send({ ...buildSnapshot({ jobs: some }), epoch: "e", revision: 7 });
    expect(shown()).toBe("0 of 56 jobs");
    expect(one(".empty h2").textContent).toBe("No job matches the filter");
  });

  it("says that pods may not be read, with the exact rule, and that none is not certain", async () => {
    const rule = { apiGroup: "", resource: "pods", verbs: ["list", "watch"], namespace: "ci" };
    await show([], "", [buildReport("kubernetes-pods", { state: { state: "forbidden", since: TEST_AT, rule } })]);
    expect(one(".list-source").textContent).toContain("Pods may not be read.");
    expect(one(".list-source pre").textContent).toContain('resources: ["pods"]');
    expect(one(".empty").textContent).toContain("not certain");
  });

  it("says how old the list is when pods fell silent", async () => {
    const lastError = { code: "timeout" as const, detail: "" };
    await show([buildJobRow()], "", [
      buildReport("kubernetes-pods", {
        state: { state: "stale", since: TEST_AT, lastError, retryAt: TEST_AT },
        lastHeardAt: "2026-03-01T13:28:00Z",
      }),
    ]);
    expect(one(".list-source").textContent).toMatch(/heard 2.m.00.s ago/);
    expect(keys()).toHaveLength(1);
  });

  it("says that nothing runs when that is the truth", async () => {
    await show([]);
    expect(one(".empty h2").textContent).toBe("No job pod is live");
    expect(one(".empty").textContent).not.toContain("not certain");
  });
});
