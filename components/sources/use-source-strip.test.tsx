// @vitest-environment happy-dom
import { act } from "react";
import { afterEach, expect, it, vi } from "vitest";
import type { SnapshotFrame } from "@/lib/stream/frame.ts";
import { mount, TestPage, TestStream } from "@/lib/testing/render-view.tsx";
import { useSourceStrip } from "./use-source-strip.ts";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
const at = new Date().toISOString();
const base = { cluster: "test", part: null, objects: 1, lastHeardAt: at, requestsPerMinute: 1, openWatches: 1, relists: 0, reconnects: 0 };
const snapshot: SnapshotFrame = {
  type: "snapshot",
  epoch: "e",
  at,
  topic: "fleet",
  revision: 1,
  entities: {},
  sources: [
    { ...base, key: "pods", source: "kubernetes-pods", state: { state: "live", since: at } },
    { ...base, key: "gitlab", source: "gitlab", state: { state: "off", reason: "not-configured" } },
  ],
};

function States() {
  return useSourceStrip()
    .map((cell) => cell.state)
    .join(" ");
}

afterEach(() => vi.unstubAllGlobals());

it("a page that is cut off shows no source as live", async () => {
  const stream = new TestStream();
  vi.stubGlobal("fetch", stream.fetch);
  const live = await mount(
    <TestPage snapshot={snapshot}>
      <States />
    </TestPage>,
  );
  await stream.send({ type: "ping", epoch: "e", at, revision: 1 });
  expect(live.box.textContent).toBe("live off");
  await act(async () => live.root.unmount());

  vi.stubGlobal("fetch", () => Promise.reject(new Error("cut")));
  const cut = await mount(
    <TestPage snapshot={snapshot}>
      <States />
    </TestPage>,
  );
  await act(() => new Promise((resolve) => setTimeout(resolve, 20)));
  expect(cut.box.textContent).toBe("stale off");
  await act(async () => cut.root.unmount());
});
