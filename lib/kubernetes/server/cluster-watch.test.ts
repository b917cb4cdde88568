import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { systemClock, type Clock } from "../../base/clock.ts";
import type { SourceReport } from "../../base/source-state.ts";
import { countingClock } from "../../testing/counting-clock.ts";
import { FakeApiServer, type FakeApiOptions } from "../../testing/fake-api/fake-api-server.ts";
import type { Watch } from "../../runtime/watched-cluster.ts";
import { ClusterWatch } from "./cluster-watch.ts";
import { loadClusters } from "./kubeconfig.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const times = {
  backoff: { baseMs: 40, maxMs: 80, minMs: 10 },
  forbiddenBackoff: { baseMs: 100, maxMs: 200, minMs: 50 },
  probeMs: 400,
  probeGapMs: 50,
};
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function serve(options: FakeApiOptions = {}): Promise<FakeApiServer> {
  const api = await FakeApiServer.start({ tls: "none", ...options });
  stops.push(() => api.stop());
  return api;
}

async function watchOf(
  api: FakeApiServer,
  {
    namespaces = null,
    user = "admin",
    namespace,
    clock = systemClock,
  }: { namespaces?: string[] | null; user?: string; namespace?: string; clock?: Clock } = {},
) {
  const folder = await mkdtemp(path.join(tmpdir(), "cluster-watch-"));
  stops.push(() => rm(folder, { recursive: true }));
  const file = await api.writeKubeconfig(folder, { user, ...(namespace === undefined ? {} : { namespace }) });
  const [access] = loadClusters({ kubeconfigPath: file, env: {} }).clusters;
  const watch = new ClusterWatch({ access: access!, namespaces, clock, log: silent, times });
  stops.push(() => watch.stop());
  watch.start();
  return watch;
}

function pod(name: string, namespace = "ci") {
  return { metadata: { name, namespace }, spec: { containers: [{ name: "build", image: "alpine" }] }, status: { phase: "Running" } };
}

const reportOf = (watch: ClusterWatch, source: SourceReport["source"], part: string | null = null) =>
  watch.reports().find((report) => report.source === source && report.part === part);
const stateOf = (...args: Parameters<typeof reportOf>) => reportOf(...args)?.state.state;
const until = (check: () => void) => vi.waitFor(check, { timeout: 8_000, interval: 10 });
const live = (watch: ClusterWatch) =>
  until(() => expect(watch.reports().map((report) => report.state.state)).toEqual(Array(5).fill("live")));

describe("the watch of a cluster", () => {
  it("is what the runtime wants, and follows pods from their start to their end", async () => {
    const api = await serve();
    api.store.put("pods", pod("first"));
    const watch = await watchOf(api);
    const asRuntimeSeesIt: Watch = watch;
    expect(asRuntimeSeesIt.record).toMatchObject({ key: "fake", scope: "probing", serverVersion: null });
    expect(watch.reports().map((report) => report.state.state)).toEqual(Array(5).fill("connecting"));
    const changes = vi.fn<() => void>();
    const deleted: unknown[] = [];
    watch.onChange(changes);
    watch.onDeleted((record, how, at) => deleted.push([record.name, record.phase, how, Number.isNaN(Date.parse(at))]));
    await live(watch);
    expect(watch.record).toEqual({ key: "fake", name: "fake", namespaces: null, scope: "cluster", serverVersion: "v1.34.4" });
    expect([...watch.pods.snapshot().values()].map((record) => record.name)).toEqual(["first"]);
    changes.mockClear();
    const stored = api.store.put("pods", pod("second"));
    await until(() =>
      expect([...watch.pods.snapshot().keys()]).toContain(
        (stored.metadata as { uid?: string }).uid ?? [...watch.pods.snapshot().values()].at(-1)!.uid,
      ),
    );
    await until(() => expect(watch.pods.snapshot().size).toBe(2));
    expect(changes).toHaveBeenCalled();
    api.store.patch("pods", { namespace: "ci", name: "second" }, (draft) => {
      (draft as { status?: { phase: string } }).status = { phase: "Succeeded" };
    });
    api.store.remove("pods", { namespace: "ci", name: "second" });
    await until(() => expect(deleted).toEqual([["second", "Succeeded", "watched", false]]));
    expect(reportOf(watch, "kubernetes-pods")).toMatchObject({ objects: 1, openWatches: 1, relists: 0, reconnects: 0 });
    expect(reportOf(watch, "kubernetes-pods")!.requestsPerMinute).toBeGreaterThanOrEqual(2);
  });

  it("keeps events about pods and nodes, not those about anything else", async () => {
    const api = await serve();
    for (const kind of ["Pod", "Node", "ConfigMap", "ReplicaSet"])
      api.store.put("events", {
        metadata: { name: `about-${kind}`, namespace: "ci" },
        involvedObject: { kind, name: "x", uid: `u-${kind}` },
      } as never);
    const watch = await watchOf(api);
    await live(watch);
    expect([...watch.events.snapshot().values()].map((event) => event.regarding.kind).toSorted()).toEqual(["Node", "Pod", "ReplicaSet"]);
  });

  it("says which rule is missing instead of showing nothing, and heals when it is given", async () => {
    const api = await serve();
    const rule = (resource: string, apiGroup = "") => ({ apiGroup, resource, verbs: ["get", "list", "watch"], namespace: null });
    const some = [rule("pods"), rule("deployments", "apps"), rule("replicasets", "apps"), rule("nodes")];
    api.setUser("ci-bot", some);
    api.store.put("events", { metadata: { name: "e", namespace: "ci" }, involvedObject: { kind: "Pod", name: "x", uid: "u" } } as never);
    const watch = await watchOf(api, { user: "ci-bot" });
    await until(() => expect(stateOf(watch, "kubernetes-events")).toBe("forbidden"));
    expect(reportOf(watch, "kubernetes-events")).toMatchObject({
      objects: null,
      state: { rule: { apiGroup: "", resource: "events", verbs: ["list", "watch"], namespace: null } },
    });
    await until(() => expect(stateOf(watch, "kubernetes-pods")).toBe("live"));
    api.setUser("ci-bot", [...some, rule("events")]);
    await live(watch);
    expect(watch.events.snapshot().size).toBe(1);
  });

  it("watches the namespaces it was told, one watch each, and nodes only with the right", async () => {
    const api = await serve();
    const rules = ["a", "b"].flatMap((namespace) => [
      ...["pods", "events"].map((resource) => ({ apiGroup: "", resource, verbs: ["list", "watch"], namespace })),
      ...["deployments", "replicasets"].map((resource) => ({ apiGroup: "apps", resource, verbs: ["list", "watch"], namespace })),
    ]);
    api.setUser("narrow", rules);
    for (const namespace of ["a", "b", "c"]) api.store.put("pods", pod("p", namespace));
    const watch = await watchOf(api, { user: "narrow", namespaces: ["a", "b", "c"] });
    await until(() => expect([stateOf(watch, "kubernetes-pods", "a"), stateOf(watch, "kubernetes-pods", "b")]).toEqual(["live", "live"]));
    expect(reportOf(watch, "kubernetes-pods", "c")!.state).toMatchObject({
      state: "forbidden",
      rule: { resource: "pods", namespace: "c" },
    });
    expect(reportOf(watch, "kubernetes-nodes")!.state).toEqual({ state: "off", reason: "not-permitted-scope" });
    expect(watch.record).toMatchObject({ scope: "namespaces", namespaces: ["a", "b", "c"] });
    expect([...watch.pods.snapshot().values()].map((record) => record.namespace)).toEqual(["a", "b"]);
    api.setUser("narrow", [...rules, { apiGroup: "", resource: "nodes", verbs: ["list", "watch"], namespace: null }]);
    await until(() => expect(stateOf(watch, "kubernetes-nodes")).toBe("live"));
  });

  it("falls back to the context's namespace, and takes the whole cluster when it may, without losing a pod", async () => {
    const api = await serve();
    const inCi = { apiGroup: "", resource: "pods", verbs: ["list", "watch"], namespace: "ci" };
    api.setUser("ci-bot", [inCi]);
    api.store.put("pods", pod("mine"));
    api.store.put("pods", pod("other", "elsewhere"));
    const watch = await watchOf(api, { user: "ci-bot", namespace: "ci" });
    await until(() => expect(stateOf(watch, "kubernetes-pods", "ci")).toBe("live"));
    expect(watch.record).toMatchObject({ scope: "namespaces", namespaces: ["ci"] });
    const seen: string[][] = [];
    watch.onChange(() => seen.push([...watch.pods.snapshot().values()].map((record) => record.name)));
    const gone = vi.fn<() => void>();
    watch.onDeleted(gone);
    api.setUser("ci-bot", "all");
    await until(() => expect(stateOf(watch, "kubernetes-pods")).toBe("live"));
    await until(() => expect(watch.pods.snapshot().size).toBe(2));
    expect(watch.record).toMatchObject({ scope: "cluster", namespaces: null });
    expect(seen.every((names) => names.includes("mine"))).toBe(true);
    expect(gone).not.toHaveBeenCalled();
    await until(() => expect(api.openWatches("pods")).toBe(1));
  });

  it("has more watches than the smallest pool has connections", async () => {
    const api = await serve();
    const namespaces = Array.from({ length: 8 }, (_, i) => `ns-${i}`);
    const watch = await watchOf(api, { namespaces });
    await until(() => expect(watch.reports().filter((report) => report.state.state === "live")).toHaveLength(4 * 8 + 1));
  });

  it("starts with a server that is not there yet, and asks for the rights as soon as it is", async () => {
    const api = await serve();
    api.setUser("ci-bot", [{ apiGroup: "", resource: "pods", verbs: ["list", "watch"], namespace: null }]);
    await api.pause();
    const watch = await watchOf(api, { user: "ci-bot" });
    await until(() => expect(watch.reports().map((report) => report.state.state)).toEqual(Array(5).fill("failed")));
    expect(reportOf(watch, "kubernetes-pods")!.state).toMatchObject({ error: { code: "unreachable" } });
    await api.resume();
    await until(() => expect(stateOf(watch, "kubernetes-pods")).toBe("live"));
    await until(() => expect(stateOf(watch, "kubernetes-nodes")).toBe("forbidden"));
    await until(() => expect(watch.record.serverVersion).toBe("v1.34.4"));
  });

  it("stops with every socket, timer and listener", async () => {
    const api = await serve();
    const clock = countingClock();
    const watch = await watchOf(api, { clock });
    const changes = vi.fn<() => void>();
    watch.onChange(changes);
    await live(watch);
    expect(api.connections).toBeGreaterThanOrEqual(5);
    expect(clock.waiting()).toBeGreaterThan(0);
    await watch.stop();
    expect(clock.waiting()).toBe(0);
    await until(() => expect(api.connections).toBe(0));
    await until(() => expect(process.getActiveResourcesInfo()).not.toContain("TCPSocketWrap"));
    changes.mockClear();
    api.store.put("pods", pod("late"));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(changes).not.toHaveBeenCalled();
    expect(api.openWatches()).toBe(0);
  });
});
