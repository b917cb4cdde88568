// @vitest-environment happy-dom
import { act } from "react";
import type { Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { SourceReport, SourceWay as Way } from "@/lib/base/source-state.ts";
import { buildReport } from "@/lib/testing/build-pod-record.ts";
import { mount, TestPage, buildSnapshot, type TestLocale } from "@/lib/testing/render-view.tsx";
import { SourcesView } from "./sources-view.tsx";

let root: Root | null = null;
beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("fetch", () => new Promise(() => {}));
});
afterEach(async () => {
  await act(async () => root?.unmount());
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

const since = "2026-03-01T12:00:00Z";
const forbidden: SourceReport["state"] = {
  state: "forbidden",
  since,
  rule: { apiGroup: "", resource: "nodes/metrics", verbs: ["get"], namespace: null },
};
const bare: Way = { name: "metrics-server", because: "forbidden", lacks: ["throttling", "oom-counter"], windowMs: 15_000 };
const reports = [
  buildReport("kubelet-metrics", { state: forbidden, way: bare }),
  buildReport("kubelet-metrics", {
    key: "test/kubelet-metrics/n1",
    part: "n1",
    way: { name: "resource", because: "absent", lacks: ["throttling"], windowMs: null },
  }),
  buildReport("metrics-server", { way: { ...bare, because: null } }),
  buildReport("prometheus", {
    state: { state: "failed", since, error: { code: "protocol", detail: "no series of these pods" }, retryAt: since },
  }),
];

async function show(locale: TestLocale): Promise<HTMLElement> {
  const mounted = await mount(
    <TestPage snapshot={buildSnapshot({}, reports)} locale={locale}>
      <SourcesView />
    </TestPage>,
  );
  root = mounted.root;
  return mounted.box;
}

it("the page says in which way each node is read, why, and what that way cannot tell", async () => {
  const box = await show("en");
  expect([...box.querySelectorAll("tbody .way")].map((line) => line.textContent)).toEqual([
    "Meanwhile its containers are read through metrics-server. It does not tell: CPU throttling and the kernel’s count of OOM kills. CPU is a mean over 15\u202fs; jobs of less than about 30 s do not show up.",
    "Containers are read through the kubelet’s /metrics/resource: the kubelet’s /metrics/cadvisor is missing or empty. It does not tell: CPU throttling.",
    "It does not tell: CPU throttling and the kernel’s count of OOM kills. CPU is a mean over 15\u202fs; jobs of less than about 30 s do not show up.",
  ]);
  expect(box.textContent).toContain("Check that PROMETHEUS_URL leads to the HTTP API itself");
  expect(box.textContent).toContain('apiGroups: ["metrics.k8s.io"]');
});

it("in Chinese too", async () => {
  const box = await show("zh-CN");
  const [first] = box.querySelectorAll("tbody .way");
  expect(first?.textContent).toContain("无法提供：CPU 限流和内核的 OOM 终止计数。");
});
