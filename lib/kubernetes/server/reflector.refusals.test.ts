import { afterEach, describe, expect, test } from "vitest";
import { FaultyCluster, type FaultyClusterOptions } from "../../testing/faulty-cluster.ts";

let cluster: FaultyCluster;
afterEach(() => cluster.close());

async function inStep(options: FaultyClusterOptions = {}) {
  cluster = await FaultyCluster.open(options);
  return cluster.inStep();
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const onPods = { resource: "pods", request: "watch" } as const;

describe("410 Gone", () => {
  test("in the stream: one new list, no alarm, what went meanwhile is reported as missed", async () => {
    const [first, second] = await inStep();
    cluster.api.faults.add({ verb: "miss", ...onPods, type: "DELETED" });
    cluster.removePod(first);
    cluster.touchPod(second);
    await cluster.until(() => expect(Object.keys(cluster.held())).toHaveLength(5));
    cluster.api.faults.add({ verb: "gone", ...onPods });
    await cluster.converged();
    expect(cluster.gone).toEqual([{ name: first, how: "missed" }]);
    await cluster.until(() => expect([cluster.requests("list"), cluster.requests("watch")]).toEqual([1, 1]));
    // The server has logged the watch before its headers are here.
    await cluster.until(() => expect(cluster.report()).toMatchObject({ relists: 1, reconnects: 1, state: { state: "live" } }));
    expect(cluster.states.filter((state) => state !== "live")).toEqual([]);
  });

  test("as HTTP status after a gap longer than the history", async () => {
    const [first] = await inStep();
    cluster.api.faults.add({ verb: "gone", as: "status", ...onPods });
    cluster.api.faults.add({ verb: "cut", ...onPods });
    cluster.removePod(first);
    cluster.addPod();
    await cluster.converged();
    await cluster.live();
    expect(cluster.requests("list")).toBe(1);
  });

  test("a real compaction while the server was away", async () => {
    const [first, second] = await inStep();
    await cluster.api.pause();
    await cluster.until(() => expect(cluster.report().state).toMatchObject({ state: "stale", lastError: { code: "unreachable" } }));
    expect(cluster.held()).toEqual(cluster.truth());
    cluster.removePod(first);
    cluster.touchPod(second);
    cluster.addPod();
    cluster.api.store.compact();
    await cluster.api.resume();
    await cluster.converged();
    await cluster.live();
    expect(cluster.gone).toEqual([{ name: first, how: "missed" }]);
  });

  test("for ever: never live, never a busy loop", async () => {
    await inStep();
    cluster.api.faults.add({ verb: "gone", ...onPods, times: "always" });
    await cluster.until(() => expect(cluster.report().state).toMatchObject({ state: "stale", lastError: { code: "server" } }));
    cluster.api.requests.clear();
    await sleep(1_500);
    expect(cluster.report().state.state).toBe("stale");
    // Back-off of 10 to 200 ms at random, 100 ms in the mean: 15 rounds, a few more by chance.
    expect(cluster.requests("watch")).toBeLessThan(40);
    expect(cluster.requests("watch")).toBeGreaterThan(3);
    cluster.api.faults.clear();
    cluster.addPod();
    await cluster.converged();
    await cluster.live();
  });

  test("a continue token that expires between two pages: the list starts again", async () => {
    cluster = await FaultyCluster.open({ times: { pageSize: 2 } });
    for (let count = 0; count < 12; count++) cluster.addPod();
    cluster.api.faults.add({ verb: "drip", resource: "pods", request: "list", times: 8, bytes: 4_000, everyMs: 10 });
    cluster.watch.start();
    await cluster.until(() => expect(cluster.requests("list")).toBeGreaterThan(2));
    cluster.addPod();
    cluster.api.store.compact();
    await cluster.converged();
    expect(cluster.api.requests.find({ resource: "pods", status: 410 })).toHaveLength(1);
    expect(cluster.states).not.toContain("failed");
  });
});

describe("refusals", () => {
  test("429 with Retry-After: that long no request, and people are told", async () => {
    await inStep();
    cluster.api.faults.add({ verb: "throttle", ...onPods, retryAfterSeconds: 1 });
    cluster.api.faults.add({ verb: "cut", ...onPods });
    await cluster.until(() => expect(cluster.report().state).toMatchObject({ state: "stale", lastError: { code: "throttled" } }));
    const { state } = cluster.report();
    expect(state.state === "stale" && Date.parse(state.retryAt) - Date.now()).toBeGreaterThan(800);
    cluster.addPod();
    await cluster.converged();
    await cluster.live();
    const [refused, next] = cluster.api.requests.find({ resource: "pods" });
    expect(refused?.status).toBe(429);
    expect(next!.at - refused!.at).toBeGreaterThanOrEqual(1_000);
    expect(cluster.requests("list")).toBe(0);
  });

  test("401 with a token file that was renewed: fresh credentials at once, no alarm", async () => {
    const [first] = await inStep({ kubeconfig: { auth: "token-file" } });
    cluster.touchPod(first);
    await cluster.converged();
    await cluster.api.rotateToken("admin", cluster.folder);
    cluster.api.faults.add({ verb: "end", ...onPods });
    cluster.addPod();
    await cluster.converged();
    await cluster.live();
    expect(cluster.api.requests.find({ resource: "pods", request: "watch" }).map((entry) => entry.status)).toEqual([401, 200]);
    expect(cluster.states.filter((state) => state !== "live")).toEqual([]);
  });

  test("401 with an exec plugin: it runs again", async () => {
    const [first] = await inStep({ kubeconfig: { auth: "exec" } });
    cluster.touchPod(first);
    await cluster.converged();
    await cluster.api.rotateToken("admin", cluster.folder);
    cluster.api.faults.add({ verb: "end", ...onPods });
    cluster.addPod();
    await cluster.converged();
    expect(cluster.states.filter((state) => state !== "live")).toEqual([]);
  });

  test("401 for good: stale with the last pods, few requests", async () => {
    await inStep();
    await cluster.api.rotateToken("admin");
    cluster.api.faults.add({ verb: "cut", request: "watch", times: 5 });
    await cluster.until(() => expect(cluster.report().state).toMatchObject({ state: "stale", lastError: { code: "unauthorized" } }));
    cluster.api.requests.clear();
    await sleep(1_000);
    expect(Object.keys(cluster.held())).toHaveLength(5);
    expect(cluster.requests("watch")).toBeLessThan(60);
  });

  test("403 for one resource: its rule is told, the others go on, and it heals", async () => {
    await inStep();
    cluster.api.faults.add({ verb: "forbid", resource: "events", times: "always" });
    cluster.api.faults.add({ verb: "cut", resource: "events", request: "watch" });
    await cluster.until(() =>
      expect(cluster.report("kubernetes-events").state).toMatchObject({
        state: "forbidden",
        rule: { apiGroup: "", resource: "events", verbs: ["watch"], namespace: null },
      }),
    );
    cluster.addPod();
    await cluster.converged();
    expect(cluster.report().state.state).toBe("live");
    cluster.api.faults.clear();
    await cluster.until(() => expect(cluster.report("kubernetes-events").state.state).toBe("live"));
  });

  test("500 and 503: told as the server's fault, then in step again", async () => {
    await inStep();
    for (const code of [500, 503] as const) cluster.api.faults.add({ verb: "fail", code, ...onPods, times: 3 });
    cluster.api.faults.add({ verb: "cut", ...onPods });
    await cluster.until(() => expect(cluster.report().state).toMatchObject({ state: "stale", lastError: { code: "server" } }));
    cluster.addPod();
    await cluster.converged();
    await cluster.live();
  });
});
