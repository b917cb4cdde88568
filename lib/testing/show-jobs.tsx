import { act } from "react";
import type { Root } from "react-dom/client";
import { afterEach, beforeEach, vi } from "vitest";
import { JobsView } from "@/components/jobs/list/jobs-view.tsx";
import type { JobRow } from "@/lib/fleet/schema.ts";
import { buildReport } from "@/lib/testing/build-pod-record.ts";
import { TestPage, TestStream, buildSnapshot, mount } from "@/lib/testing/render-view.tsx";

/** The page of jobs in a window of 1,200 × 800 (happy-dom has no layout), drawn anew by each test of the file that calls this. */
export function openJobsPage() {
  const page = {
    stream: new TestStream(),
    root: null as Root | null,
    box: document.body as HTMLElement,
    show: async (jobs: readonly JobRow[], search = "", sources = [buildReport("kubernetes-pods")], epoch = "e"): Promise<void> => {
      const { root, box } = await mount(
        <TestPage snapshot={{ ...buildSnapshot({ jobs: [...jobs] }, sources), epoch }} search={search}>
          <JobsView />
        </TestPage>,
      );
      Object.assign(page, { root, box });
    },
    all: (selector: string) => [...page.box.querySelectorAll<HTMLElement>(selector)],
    one: (selector: string) => page.box.querySelector<HTMLElement>(selector) as HTMLElement,
    keys: () => page.all("tr.job-line").map((line) => line.dataset["key"]),
    shown: () => page.one(".shown").textContent,
  };
  beforeEach(() => {
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
    page.stream = new TestStream();
    vi.stubGlobal("fetch", page.stream.fetch);
    vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(800);
    vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(1200);
  });
  afterEach(async () => {
    await act(async () => page.root?.unmount());
    page.root = null;
    document.body.replaceChildren();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
  return page;
}
