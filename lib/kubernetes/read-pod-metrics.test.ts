import { expect, it } from "vitest";
import { readPodMetrics } from "./read-pod-metrics.ts";

/** As metrics-server 0.7 answers. */
const item = {
  metadata: { name: "runner-x", namespace: "ci", creationTimestamp: "2026-11-25T00:00:20Z", labels: { pod: "x" } },
  timestamp: "2026-11-25T00:00:11Z",
  window: "15.032s",
  containers: [
    { name: "build", usage: { cpu: "1234567890n", memory: "102400Ki" } },
    { name: "helper", usage: { cpu: "0", memory: "5Mi" } },
  ],
};
const list = (items: unknown) => ({ kind: "PodMetricsList", apiVersion: "metrics.k8s.io/v1beta1", metadata: {}, items });

it("reads averages over a window, with their time", () => {
  const of = { namespace: "ci", pod: "runner-x", atMs: Date.parse("2026-11-25T00:00:11Z"), windowMs: 15_032 };
  expect(readPodMetrics(list([item]))).toEqual([
    { ...of, container: "build", cpuMillicores: 1_234.56789, workingSetBytes: 104_857_600 },
    { ...of, container: "helper", cpuMillicores: 0, workingSetBytes: 5 * 2 ** 20 },
  ]);
});

it.each([
  ["1m0s", 60_000],
  ["1h2m3.5s", 3_723_500],
  ["500ms", 500],
])("reads the window %s", (window, ms) => expect(readPodMetrics(list([{ ...item, window }]))?.[0]?.windowMs).toBe(ms));

it("leaves out what has no time, no window or no name, and keeps an amount that cannot be read as unknown", () => {
  for (const change of [
    { timestamp: null },
    { window: "soon" },
    { window: "0s" },
    { window: "" },
    { metadata: { name: "x" } },
    { containers: "x" },
  ])
    expect(readPodMetrics(list([{ ...item, ...change }]))).toEqual([]);
  const odd = { ...item, containers: [{ usage: {} }, null, { name: "build", usage: { cpu: "many", memory: "-1" } }] };
  expect(readPodMetrics(list([odd, null, 5]))).toMatchObject([{ container: "build", cpuMillicores: null, workingSetBytes: null }]);
});

it.each([[null], ["x"], [{ kind: "Status" }], [list("x")], [list(null)]])("anything else is no list: %j", (raw) =>
  expect(readPodMetrics(raw)).toBeNull(),
);
