// @vitest-environment happy-dom
import { act } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { SourceReport, SourceState } from "@/lib/base/source-state.ts";
import type { SnapshotFrame } from "@/lib/stream/frame.ts";
import { mount, TestPage, TestStream } from "@/lib/testing/render-view.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { LiveGroup } from "./live-group.tsx";
import { SourceBanner } from "./source-banner.tsx";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
const at = new Date().toISOString();
const since = new Date(Date.now() - 124_000).toISOString();
const report = (state: SourceState, change: Partial<SourceReport> = {}): SourceReport => ({
  key: `test/${change.source ?? "kubernetes-pods"}`,
  cluster: "test",
  source: "kubernetes-pods",
  part: null,
  state,
  objects: 3,
  lastHeardAt: since,
  requestsPerMinute: 1,
  openWatches: 1,
  relists: 0,
  reconnects: 0,
  ...change,
});
const snapshot = (sources: SourceReport[] = []): SnapshotFrame => ({
  type: "snapshot",
  epoch: "e",
  at,
  topic: "fleet",
  revision: 1,
  entities: { jobs: [] },
  sources,
});
const words = (box: HTMLElement) => (box.textContent ?? "").replaceAll("\u202f", " ");
const error = { code: "timeout", detail: "" } as const;

afterEach(() => {
  vi.unstubAllGlobals();
  document.body.innerHTML = "";
});

describe("the connection banner", () => {
  it("is silent while live, says when paused and what changed since, and resumes", async () => {
    const stream = new TestStream();
    vi.stubGlobal("fetch", stream.fetch);
    const { root, box } = await mount(
      <TestPage snapshot={snapshot()}>
        <ConnectionBanner />
        <LiveGroup />
      </TestPage>,
    );
    await stream.send({ type: "ping", epoch: "e", at, revision: 1 });
    expect(box.querySelector(".banner")).toBeNull();
    await act(async () => box.querySelector<HTMLButtonElement>(".live button")?.click());
    expect(words(box)).toMatch(/Paused at \d\d:\d\d:\d\d\. Nothing changed since\./);
    await stream.send({ type: "patch", epoch: "e", at, from: 1, revision: 2, upsert: { jobs: [{ key: "a" }, { key: "b" }] }, remove: {} });
    expect(words(box)).toContain("2 changes since.");
    await act(async () => box.querySelector<HTMLButtonElement>(".banner button")?.click());
    expect(box.querySelector(".banner")).toBeNull();
    await act(async () => root.unmount());
  });

  it("says that nothing moves when the stream is cut, and offers to try at once", async () => {
    const fetch = vi.fn<() => Promise<Response>>(() => Promise.reject(new Error("cut")));
    vi.stubGlobal("fetch", fetch);
    vi.spyOn(Math, "random").mockReturnValue(1);
    const { root, box } = await mount(
      <TestPage snapshot={snapshot()} locale="zh-CN">
        <ConnectionBanner />
        <LiveGroup />
      </TestPage>,
    );
    await act(() => new Promise((resolve) => setTimeout(resolve, 20)));
    expect(words(box)).toMatch(/连接已断开 \d s。画面停留在 .*，以下内容不再更新。/);
    const tries = fetch.mock.calls.length;
    await act(async () => box.querySelector<HTMLButtonElement>(".banner button")?.click());
    expect(fetch.mock.calls.length).toBe(tries + 1);
    expect(box.querySelector<HTMLButtonElement>(".live button")?.disabled).toBe(true);
    await act(async () => root.unmount());
  });
});

describe("the source banner", () => {
  const show = async (sources: SourceReport[]) => {
    vi.stubGlobal("fetch", new TestStream().fetch);
    const { root, box } = await mount(
      <TestPage snapshot={snapshot(sources)}>
        <SourceBanner />
      </TestPage>,
    );
    const shown = words(box);
    await act(async () => root.unmount());
    return shown;
  };

  it("is silent while pods are live, whatever another source does", async () => {
    const rule = { apiGroup: "", resource: "events", verbs: ["list"], namespace: null };
    expect(
      await show([report({ state: "live", since }), report({ state: "forbidden", since, rule }, { source: "kubernetes-events" })]),
    ).toBe("");
    expect(await show([report({ state: "connecting", since })])).toBe("");
  });

  it("names the worst trouble and how many share it", async () => {
    expect(await show([report({ state: "stale", since, lastError: error, retryAt: at })])).toMatch(/silent for 2 m 0\d s/);
    const shown = await show([
      report({ state: "stale", since, lastError: error, retryAt: at }),
      report({ state: "failed", since, error, retryAt: at }, { key: "other" }),
    ]);
    expect(shown).toContain("Job pods cannot be read.");
    expect(shown).toContain("One more watch");
  });
});
