import { afterEach, describe, expect, it } from "vitest";
import { PollError } from "../../base/server/poll-error.ts";
import { fastClock } from "../../testing/fast-clock.ts";
import { serveHttp } from "../../testing/serve-http.ts";
import { PodUsages } from "../pod-usages.ts";
import type { Answer } from "../read-prometheus.ts";
import { KubeletScraper } from "./kubelet-scraper.ts";
import { MetricsServerPoller, type AveragesApi } from "./metrics-server-poller.ts";
import { PrometheusPoller } from "./prometheus-poller.ts";
import { UseSource } from "./use-source.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

/** A minute takes half a second. */
const FACTOR = 120;
const idOf = (node: string) => node.padStart(64, "0").replaceAll(/[^0-9a-f]/g, "f");
let counter = 0;
const nextMs = () => ++counter * 10_000;

/** A kubelet that answers as `status` says; 200: one row of its only container. */
async function kubelet(node: string) {
  const state = { status: 200 };
  const server = await serveHttp((_, response) => {
    if (state.status !== 200) return void response.writeHead(state.status).end();
    response.end(
      `container_memory_working_set_bytes{container="build",id="/x/${idOf(node)}",image="i",name="${idOf(node)}",namespace="ci",pod="${node}"} 11 ${nextMs()}\n`,
    );
  });
  open.push(() => server.stop());
  const wanted = new Map([[idOf(node), { podUid: node, namespace: "ci", pod: node, name: "build" }]]);
  return {
    ...state,
    set: (status: number) => void (state.status = status),
    target: { node, origin: server.origin as string | null, wanted },
  };
}

interface World {
  kubelets?: false;
  /** What Prometheus knows, by pod; a function that throws is one that does not answer. */
  prometheus?: () => readonly string[];
  averages?: (namespace: string) => ReturnType<AveragesApi["list"]>;
}

function start({ kubelets: withKubelets, prometheus: store, averages }: World) {
  const clock = fastClock(FACTOR);
  const usages = new PodUsages();
  const common = { cluster: "test", usages, clock, random: () => 0, log: { warn: () => {} } };
  const asked: { prometheus: string[]; averages: string[] } = { prometheus: [], averages: [] };
  const access = { connection: () => Promise.resolve({ version: "1" }), authorize: () => Promise.resolve({}) };
  const query = (text: string): Promise<Answer> => {
    asked.prometheus.push(text);
    const series = (store?.() ?? []).map((pod) => ({
      metric: { __name__: "container_memory_working_set_bytes", namespace: "ci", pod, container: "build" },
      values: [[nextMs(), 22]] as const,
    }));
    return Promise.resolve({ series, warnings: [] });
  };
  const prometheus =
    store === undefined
      ? null
      : new PrometheusPoller({ ...common, api: { query: async (text) => query(text), close: () => Promise.resolve() } });
  const list = averages ?? (() => Promise.resolve([]));
  const api: AveragesApi = { list: (namespace) => (asked.averages.push(namespace), list(namespace)), close: () => Promise.resolve() };
  const kubelets =
    withKubelets === false
      ? null
      : new KubeletScraper({ ...common, access, trust: { kind: "cluster-ca" }, hasRicher: () => prometheus?.tells === true });
  const source = new UseSource({
    usages,
    kubelets,
    prometheus,
    metricsServer: kubelets === null ? null : new MetricsServerPoller({ ...common, api }),
    clock,
  });
  open.push(() => source.stop());
  const use = (pod: string) => [...(usages.snapshot().get(pod)?.containers.values() ?? [])][0]?.usage;
  return { source, asked, use };
}

const average = (pod: string) => ({
  namespace: "ci",
  pod,
  container: "build",
  atMs: nextMs(),
  windowMs: 15_000,
  cpuMillicores: 300,
  workingSetBytes: 33,
});

async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_500 && !what(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(what()).toBe(true);
}

describe("what containers use", () => {
  it("comes from the kubelet while it tells all, and nobody else is asked", async () => {
    const node = await kubelet("n1");
    const { source, asked, use } = start({ prometheus: () => ["n1"], averages: () => Promise.resolve([average("n1")]) });
    source.setTargets([node.target]);
    await until(() => (use("n1")?.samples ?? 0) >= 3);
    expect(use("n1")).toMatchObject({ way: "cadvisor", memoryBytes: 11 });
    expect(asked).toEqual({ prometheus: [], averages: [] });
    expect(source.reports().map((report) => report.source)).toEqual(["kubelet-metrics", "prometheus"]);
  });

  it("comes from metrics-server where a kubelet refuses, for its containers only, and says its window and what it lacks", async () => {
    const [good, bad] = [await kubelet("n1"), await kubelet("n2")];
    bad.set(403);
    const { source, asked, use } = start({ averages: () => Promise.resolve([average("n1"), average("n2")]) });
    source.setTargets([good.target, bad.target]);
    await until(() => use("n1") !== undefined && use("n2") !== undefined);
    expect(use("n1")?.way).toBe("cadvisor");
    expect(use("n2")).toMatchObject({ way: "metrics-server", cpuMillicores: 300, windowMs: 15_000, memoryBytes: 33, cfs: null, oom: null });
    expect(use("n2")?.unmeasured).toEqual(expect.arrayContaining(["throttling", "oom-counter"]));
    expect(new Set(asked.averages)).toEqual(new Set(["ci"]));
    const way = { name: "metrics-server", lacks: expect.arrayContaining(["throttling"]), windowMs: 15_000 };
    await until(() => source.reports().at(-1)?.state.state === "live");
    expect(source.reports()).toMatchObject([
      { source: "kubelet-metrics", part: null, state: { state: "live" } },
      { source: "kubelet-metrics", part: "n2", state: { state: "forbidden" }, way: { ...way, because: "forbidden" } },
      { source: "metrics-server", part: null, state: { state: "live" }, way: { ...way, because: null } },
    ]);
    expect(source.reports()[0]).not.toHaveProperty("way");
  });

  it("comes from a Prometheus before metrics-server, and from metrics-server when Prometheus falls silent", async () => {
    const node = await kubelet("n1");
    node.set(403);
    let silent = false;
    const world = start({
      prometheus: () => {
        if (silent) throw new PollError("timeout", "late");
        return ["n1"];
      },
      averages: () => Promise.resolve([average("n1")]),
    });
    world.source.setTargets([node.target]);
    await until(() => world.use("n1")?.way === "prometheus" && world.source.reports()[0]?.way?.name === "prometheus");
    expect(world.source.reports()[0]).toMatchObject({ state: { state: "forbidden" }, way: { because: "forbidden" } });
    const before = world.asked.averages.length;
    const asked = world.asked.prometheus.length;
    await until(() => world.asked.prometheus.length > asked + 3);
    expect(world.asked.averages.length).toBeLessThanOrEqual(before + 1);
    silent = true;
    await until(() => world.use("n1")?.way === "metrics-server");
    expect(world.source.reports().find((report) => report.source === "prometheus")?.state).toMatchObject({
      state: "stale",
      lastError: { code: "timeout" },
    });
  });

  it("waits for a kubelet that is late once, and goes back to it when it answers again", async () => {
    const node = await kubelet("n1");
    const { source, use, asked } = start({ averages: () => Promise.resolve([average("n1")]) });
    source.setTargets([node.target]);
    await until(() => use("n1") !== undefined);
    node.set(500);
    await until(() => source.reports()[1]?.state.state === "stale");
    expect(asked.averages).toEqual([]);
    await until(() => use("n1")?.way === "metrics-server");
    expect(source.reports()[1]).toMatchObject({ part: "n1", way: { name: "metrics-server", because: "server" } });
    node.set(200);
    await until(() => use("n1")?.way === "cadvisor" && source.reports().length === 1);
    expect(source.reports()).toMatchObject([{ state: { state: "live" } }]);
  });

  it("comes from elsewhere too where the right to see nodes is missing, so that no kubelet has an address", async () => {
    const node = await kubelet("n1");
    const { source, use } = start({ averages: () => Promise.resolve([average("n1")]) });
    source.setTargets([{ ...node.target, origin: null }]);
    await until(() => use("n1")?.way === "metrics-server");
    await until(() => source.reports()[0]?.way !== undefined);
    expect(source.reports()[0]).toMatchObject({ source: "kubelet-metrics", way: { name: "metrics-server", because: "unreachable" } });
  });

  it("says the right that metrics-server needs, and that there is none", async () => {
    const node = await kubelet("n1");
    node.set(403);
    const rule = { apiGroup: "metrics.k8s.io", resource: "pods", verbs: ["get", "list"], namespace: "ci" };
    let error = PollError.forbidden("403", rule);
    const { source } = start({ averages: () => Promise.reject(error) });
    source.setTargets([node.target]);
    const report = () => source.reports().find((one) => one.source === "metrics-server");
    await until(() => report()?.state.state === "forbidden");
    expect(report()?.state).toMatchObject({ rule });
    expect(source.reports()[0]).not.toHaveProperty("way");
    error = new PollError("protocol", "404: no metrics-server is installed");
    await until(() => report()?.state.state === "failed");
  });

  it("comes from a Prometheus alone where the settings leave kubelets out", async () => {
    const node = await kubelet("n1");
    const { source, use } = start({ kubelets: false, prometheus: () => ["n1"] });
    source.setTargets([node.target]);
    await until(() => use("n1")?.way === "prometheus");
    await until(() => source.reports()[0]?.way !== undefined);
    expect(source.reports()).toMatchObject([{ source: "prometheus", way: { name: "prometheus", because: "off" } }]);
    source.setTargets([]);
    expect(source.reports()).toMatchObject([{ objects: 0, state: { state: "live" } }]);
  });
});
