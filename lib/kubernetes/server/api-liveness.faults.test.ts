import { afterEach, expect, test } from "vitest";
import { FaultyCluster, SHORT_TIMES, type FaultyClusterOptions } from "../../testing/faulty-cluster.ts";

let cluster: FaultyCluster;
afterEach(() => cluster.close());

const QUIET_MS = 400;
const ANSWER_MS = 300;
const liveness = { quietMs: QUIET_MS, answerMs: ANSWER_MS };
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** No silence of its own and no bookmark ends a watch here: only the question to the server can. */
async function quiet({ times, ...options }: FaultyClusterOptions = {}) {
  cluster = await FaultyCluster.open({
    ...options,
    api: { bookmarkIntervalMs: 600_000, ...options.api },
    times: { ...SHORT_TIMES, silenceMs: 600_000, probeMs: 600_000, liveness, ...times },
  });
  await cluster.inStep();
}

/** States of the pods that were seen and are not "live". */
const flickers = () => cluster.states.filter((state) => state !== "live");
const asked = () => cluster.api.requests.all().filter(({ path }) => path === "/version");
/** Every watch that is open goes half-open, and whatever is asked from now on stays without an answer. */
function fallSilent() {
  cluster.api.faults.add({ verb: "stall", request: "watch", times: 5 });
  for (const request of ["other", "list", "review"] as const) cluster.api.faults.add({ verb: "stall", request, times: "always" });
}

test("half-open: stale within quiet time and time to answer, for every source; heals without a list", async () => {
  await quiet();
  fallSilent();
  await cluster.until(() => expect(cluster.report().state).toMatchObject({ state: "stale", lastError: { code: "timeout" } }));
  expect(cluster.states).toEqual(["stale"]);
  cluster.api.faults.clear();
  cluster.addPod();
  await cluster.converged();
  await cluster.until(() => expect(cluster.watch.reports().map(({ state }) => state.state)).toEqual(Array(5).fill("live")));
  expect(cluster.watch.reports().map(({ reconnects }) => reconnects)).toEqual(Array(5).fill(1));
  expect(cluster.api.requests.find({ request: "list" })).toEqual([]);
});

test("a healthy quiet cluster never flickers, and is asked at most once in the quiet time, counted with the pods", async () => {
  await quiet();
  const before = cluster.report().requestsPerMinute ?? 0;
  const started = Date.now();
  await sleep(6 * QUIET_MS);
  expect(asked().length).toBeGreaterThanOrEqual(3);
  // When each arrives is the machine's business; how many there are is not.
  expect(asked().length).toBeLessThanOrEqual((Date.now() - started) / QUIET_MS + 1);
  expect(flickers()).toEqual([]);
  expect([cluster.requests("watch"), cluster.requests("list")]).toEqual([0, 0]);
  await cluster.until(() => expect((cluster.report().requestsPerMinute ?? 0) - before).toBe(asked().length));
});

test.each([
  ["401", { verb: "unauthorized" }],
  ["403", { verb: "forbid" }],
  ["429", { verb: "throttle" }],
  ["503", { verb: "fail", code: 503 }],
] as const)("%s is an answer", async (_status, fault) => {
  await quiet();
  cluster.api.faults.add({ ...fault, request: "other", times: "always" });
  await sleep(4 * QUIET_MS);
  expect(asked().length).toBeGreaterThan(0);
  expect(flickers()).toEqual([]);
});

test("a busy cluster is not asked; one that does not answer the question but sends events is not called stale", async () => {
  await quiet();
  const touch = async (rounds: number, everyMs: number) => {
    for (let round = 0; round < rounds; round++) {
      cluster.addPod();
      await sleep(everyMs);
    }
  };
  await touch(12, QUIET_MS / 4);
  expect(asked()).toEqual([]);
  cluster.api.faults.add({ verb: "stall", request: "other", times: "always" });
  // Asked QUIET_MS after the last event, and the next event comes before the time to answer is over.
  await touch(4, QUIET_MS + ANSWER_MS / 2);
  expect(asked().length).toBeGreaterThan(0);
  expect(flickers()).toEqual([]);
});

test("a connection of the pool that was closed meanwhile is no outage", async () => {
  await quiet();
  for (let round = 0; round < 3; round++) {
    cluster.api.faults.add({ verb: "cut", request: "other" });
    await cluster.until(() => expect(cluster.api.faults.list()).toEqual([]));
    await sleep(QUIET_MS / 2);
  }
  await sleep(QUIET_MS);
  expect(flickers()).toEqual([]);
});

test("a server that comes back is noticed by the question, not by the back-off", async () => {
  const backoff = { baseMs: 600_000, maxMs: 600_000, minMs: 600_000 };
  await quiet({ times: { backoff } });
  await cluster.api.pause();
  await cluster.until(() => expect(cluster.report().state).toMatchObject({ state: "stale" }));
  await sleep(2 * (QUIET_MS + ANSWER_MS));
  expect(cluster.report().state).toMatchObject({ state: "stale" });
  await cluster.api.resume();
  cluster.addPod();
  await cluster.live();
  await cluster.converged();
  expect(cluster.requests("list")).toBe(0);
});

test("nothing is asked while no watch could be helped", async () => {
  cluster = await FaultyCluster.open({
    users: { nobody: [] },
    kubeconfig: { user: "nobody" },
    times: {
      ...SHORT_TIMES,
      probeMs: 600_000,
      probeGapMs: 600_000,
      liveness,
      forbiddenBackoff: { baseMs: 600_000, maxMs: 600_000, minMs: 600_000 },
    },
  });
  cluster.watch.start();
  await cluster.until(() => expect(cluster.report().state.state).toBe("forbidden"));
  await sleep(QUIET_MS);
  const before = asked().length;
  await sleep(4 * QUIET_MS);
  // The version was asked for with the rights, by a loop of its own.
  expect(asked().length).toBe(before);
});
