import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { FaultyCluster, type FaultyClusterOptions } from "../../testing/faulty-cluster.ts";

let cluster: FaultyCluster;
afterEach(() => cluster.close());

async function inStep(options: FaultyClusterOptions = {}) {
  cluster = await FaultyCluster.open(options);
  return cluster.inStep();
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const onPods = { resource: "pods", request: "watch" } as const;

describe("connections", () => {
  test("half-open: noticed by silence, resumed without a list", async () => {
    await inStep();
    await sleep(200);
    cluster.api.faults.add({ verb: "stall", ...onPods });
    cluster.addPod();
    await cluster.converged();
    await cluster.live();
    expect([cluster.requests("list"), cluster.requests("watch")]).toEqual([0, 1]);
  });

  test("a proxy that accepts watches and lets nothing through is not called live", async () => {
    await inStep();
    cluster.api.faults.add({ verb: "stall", ...onPods, times: "always" });
    cluster.addPod();
    await cluster.until(() => expect(cluster.report().state).toMatchObject({ state: "stale", lastError: { code: "timeout" } }));
    cluster.states.length = 0;
    await sleep(1_500);
    expect(cluster.states.filter((state) => state !== "stale")).toEqual([]);
    expect(cluster.requests("watch")).toBeLessThan(10);
    cluster.api.faults.clear();
    await cluster.converged();
    await cluster.live();
  });

  test("reset in the middle of a line: nothing torn, nothing lost", async () => {
    const [first] = await inStep();
    for (let round = 0; round < 5; round++) {
      cluster.api.faults.add({ verb: "cut", ...onPods, midLine: true, afterEvents: 1 });
      cluster.addPod();
      cluster.touchPod(first);
      await cluster.converged();
      await cluster.until(() => expect(cluster.api.openWatches("pods")).toBe(1));
      cluster.api.faults.clear();
    }
    expect(cluster.requests("list")).toBe(0);
    expect(cluster.watch.pods.snapshot().size).toBe(10);
  });

  test("slow drip: the same state, later", async () => {
    const [first] = await inStep();
    cluster.api.faults.add({ verb: "cut", ...onPods });
    cluster.api.faults.add({ verb: "drip", ...onPods, bytes: 700, everyMs: 2 });
    cluster.addPod();
    cluster.removePod(first);
    await cluster.converged();
    expect(cluster.gone).toEqual([{ name: first, how: "watched" }]);
    expect(cluster.requests("list")).toBe(0);
  });

  test("slow TLS, refused connections, lists that break off", async () => {
    cluster = await FaultyCluster.open();
    cluster.addPod();
    cluster.api.faults.add({ verb: "slow-tls", delayMs: 300, times: 2 });
    cluster.api.faults.add({ verb: "refuse", times: 3 });
    cluster.api.faults.add({ verb: "cut", resource: "pods", request: "list", midLine: true });
    cluster.api.faults.add({ verb: "garble", resource: "pods", request: "list" });
    cluster.watch.start();
    await cluster.converged();
    await cluster.live();
    expect(cluster.api.faults.list()).toEqual([]);
  });

  test("a server certificate that has expired is told as such", async () => {
    cluster = await FaultyCluster.open({ api: { tls: "expired" } });
    cluster.watch.start();
    await cluster.until(() =>
      expect(cluster.report().state).toMatchObject({ state: "failed", error: { code: "tls", detail: expect.stringMatching(/expired/i) } }),
    );
    await sleep(1_000);
    expect(cluster.report().objects).toBeNull();
  });

  test("a server that closes every watch at once: no busy loop, not live", async () => {
    await inStep();
    cluster.api.faults.add({ verb: "end", ...onPods, times: "always" });
    await cluster.until(() => expect(cluster.report().state).toMatchObject({ state: "stale", lastError: { code: "protocol" } }));
    cluster.api.requests.clear();
    await sleep(1_500);
    expect(cluster.report().state.state).toBe("stale");
    expect(cluster.requests("watch")).toBeLessThan(40);
    cluster.api.faults.clear();
    cluster.addPod();
    await cluster.converged();
    await cluster.live();
  });
});

describe("events that are not as they should be", () => {
  test("a garbage line: told, resumed, in step", async () => {
    await inStep();
    cluster.api.faults.add({ verb: "garble", ...onPods });
    cluster.addPod();
    await cluster.until(() => expect(cluster.states).toContain("stale"));
    await cluster.converged();
    await cluster.live();
    expect(cluster.requests("list")).toBe(0);
  });

  test("garbage for ever: a list each time keeps the state right", async () => {
    await inStep();
    cluster.api.faults.add({ verb: "garble", ...onPods, times: "always" });
    cluster.addPod();
    await cluster.converged();
    cluster.api.requests.clear();
    await sleep(1_000);
    cluster.addPod();
    await cluster.converged();
    expect(cluster.requests("watch") + cluster.requests("list")).toBeLessThan(80);
  });

  test("duplicates and events out of order: the newest version stays, a deleted pod stays deleted", async () => {
    const [first, second, third] = await inStep();
    cluster.api.faults.add({ verb: "duplicate", ...onPods, times: 2 });
    cluster.touchPod(first);
    cluster.removePod(first);
    await cluster.converged();
    cluster.api.faults.add({ verb: "reorder", ...onPods });
    cluster.touchPod(second, "old");
    cluster.touchPod(second, "new");
    await cluster.converged();
    expect([...cluster.watch.pods.snapshot().values()].find((pod) => pod.name === second)?.message).toBe("new");
    cluster.api.faults.add({ verb: "reorder", ...onPods });
    cluster.touchPod(third);
    cluster.removePod(third);
    await cluster.converged();
    await sleep(100);
    expect(cluster.held()).toEqual(cluster.truth());
    expect(cluster.gone.map(({ name }) => name)).toEqual([first, third]);
  });

  test("after events out of order the watch resumes from the newest version", async () => {
    const [first] = await inStep();
    cluster.api.faults.add({ verb: "reorder", ...onPods });
    cluster.touchPod(first, "old");
    const last = cluster.addPod();
    await cluster.converged();
    const version = cluster.api.store.get("pods", { namespace: "ci", name: last })!.metadata.resourceVersion;
    cluster.api.faults.add({ verb: "cut", ...onPods });
    await cluster.until(() => expect(cluster.requests("watch")).toBe(1));
    expect(Number(cluster.api.requests.find({ resource: "pods", request: "watch" })[0]!.query["resourceVersion"])).toBeGreaterThanOrEqual(
      Number(version),
    );
  });

  test("a pod replaced by another of the same name in a gap", async () => {
    const [first] = await inStep();
    const { uid } = cluster.api.store.get("pods", { namespace: "ci", name: first })!.metadata;
    cluster.api.faults.add({ verb: "miss", ...onPods, type: "DELETED" });
    cluster.removePod(first);
    cluster.addPod({ name: first });
    await cluster.converged();
    expect(cluster.watch.pods.snapshot().has(uid!)).toBe(false);
    expect(cluster.gone).toEqual([{ name: first, how: "missed" }]);
  });
});

test("a clock that jumps, here and at the server, changes nothing", async () => {
  let offset = 0;
  const [first] = await inStep({ clock: { ...systemClock, now: () => Date.now() + offset } });
  for (const jump of [3_600_000, -7_200_000, 86_400_000]) {
    offset = jump;
    const back = cluster.api.faults.add({ verb: "skew", ms: -jump });
    cluster.touchPod(first);
    await cluster.converged();
    await sleep(200);
    back();
  }
  expect([cluster.requests("list"), cluster.requests("watch")]).toEqual([0, 0]);
  expect(cluster.states.filter((state) => state !== "live")).toEqual([]);
});
