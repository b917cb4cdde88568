import { expect, it } from "vitest";
import { FakeClock } from "../testing/fake-clock.ts";
import { buildContainer, buildPod, running } from "../testing/build-pod-record.ts";
import type { ManagerReading } from "../manager/schema.ts";
import { ManagerWatch, type Poller } from "./manager-watch.ts";

class FakePoller implements Poller {
  map = new Map<string, ManagerReading>();
  targets: unknown[] = [];
  hurried: [delayMs: number, keys: string[] | null][] = [];
  listener = () => {};
  readings() {
    return new Map(this.map);
  }
  setTargets(targets: readonly unknown[]) {
    this.targets = [...targets];
  }
  soon(delayMs: number, keys?: ReadonlySet<string>) {
    this.hurried.push([delayMs, keys === undefined ? null : [...keys]]);
  }
  reports() {
    return [];
  }
  onChange(listener: () => void) {
    this.listener = listener;
    return () => {};
  }
  stop() {
    return Promise.resolve();
  }
  tell(key: string, at: number, ids: string[], failures: [string, number][] = [], jobsTotal = 9) {
    const iso = new Date(at).toISOString();
    const runner = {
      shortToken: "a",
      name: null,
      limit: 0,
      jobs: [{ state: "running", stage: "step_script", executorStage: "prepare", count: ids.length }],
      jobsTotal,
      failures: failures.map(([reason, count]) => ({ reason, count })),
    };
    const jobs = ids.map((jobId) => ({
      url: `https://g/-/jobs/${jobId}`,
      jobId,
      state: "running",
      stage: "step_script",
      executorStage: "prepare",
      durationMs: 0,
    }));
    this.map.set(key, {
      key,
      state: { state: "live", since: iso },
      metrics: { concurrent: 10, startedAt: "x", runners: [runner] },
      metricsAt: iso,
      jobs,
      jobsAt: iso,
      polls: [],
    } as unknown as ManagerReading);
    this.listener();
  }
}

const managerPod = buildPod({
  uid: "m1",
  labels: { chart: "gitlab-runner-0.88.1" },
  annotations: {},
  phase: "Running",
  podIp: "10.0.0.9",
  containers: [{ ...buildContainer("gitlab-runner", running()), ports: [{ name: "metrics", port: 9_300, protocol: "TCP" }] }],
});

it("asks the managers it finds, at the port they name", () => {
  const poller = new FakePoller();
  const watch = new ManagerWatch(poller, new FakeClock());
  watch.follow(
    new Map([
      ["m1", managerPod],
      ["j1", buildPod({ uid: "j1" })],
    ]),
  );
  expect(poller.targets).toEqual([{ key: "m1", address: "10.0.0.9", port: 9_300 }]);
});

it("looks at the manager that holds a job at once when its pod begins to be deleted, and quickly until the job has left", () => {
  const poller = new FakePoller();
  const clock = new FakeClock();
  const watch = new ManagerWatch(poller, clock);
  const jobPod = (deletionRequestedAt: string | null) => buildPod({ uid: "j1", deletionRequestedAt });
  poller.tell("m1", clock.now(), ["4711"]);
  poller.tell("m2", clock.now(), ["9"]);
  watch.follow(new Map([["j1", jobPod(null)]]));
  expect(poller.hurried).toEqual([]);
  watch.follow(new Map([["j1", jobPod("2026-03-01T12:00:09Z")]]));
  watch.follow(new Map([["j1", jobPod("2026-03-01T12:00:09Z")]]));
  expect(poller.hurried).toEqual([[20, ["m1"]]]);
  poller.tell("m1", clock.now() + 40, ["4711"]);
  expect(poller.hurried.slice(1)).toEqual([[250, ["m1"]]]);
  poller.tell("m1", clock.now() + 300, []);
  poller.tell("m1", clock.now() + 5_300, []);
  expect(poller.hurried).toHaveLength(2);
});

it("looks at all managers when nobody's list shows the job, and closely at one that is told to stop while it holds jobs", () => {
  const poller = new FakePoller();
  const clock = new FakeClock();
  const watch = new ManagerWatch(poller, clock);
  poller.tell("m1", clock.now(), ["4711"]);
  poller.tell("m2", clock.now(), []);
  watch.follow(new Map([["j2", buildPod({ uid: "j2", annotations: {}, containers: [], deletionRequestedAt: "2026-03-01T12:00:09Z" })]]));
  expect(poller.hurried).toEqual([[20, ["m1", "m2"]]]);
  watch.follow(new Map([["m1", { ...managerPod, deletionRequestedAt: "2026-03-01T12:00:09Z" }]]));
  expect(poller.hurried.slice(1)).toEqual([[20, ["m1"]]]);
  poller.tell("m1", clock.now() + 40, ["4711"]);
  expect(poller.hurried.slice(2)).toEqual([[250, ["m1"]]]);
});

it("tells jobs and slots in maps that stay the same until something changes, and slots grow stale", () => {
  const poller = new FakePoller();
  const clock = new FakeClock();
  const watch = new ManagerWatch(poller, clock);
  poller.tell("m1", clock.now(), ["1", "2"]);
  const first = watch.facts();
  expect(first.slots.get("m1")).toMatchObject({ total: { value: 10 }, used: { value: 2 }, free: { value: 8 } });
  expect([...first.managed.keys()]).toEqual(["1", "2"]);
  expect(watch.facts()).toBe(first);
  clock.advance(5_000);
  poller.tell("m1", clock.now(), ["2"], [["script_failure", 1]]);
  const second = watch.facts();
  expect(second.managed.get("1")?.left).toMatchObject({ jobs: 1, failures: [{ reason: "script_failure", count: 1 }] });
  expect(second.managed.get("2")).toBe(first.managed.get("2"));
  clock.advance(31_000);
  expect(watch.facts().slots.get("m1")?.used).toEqual({ state: "unknown", reason: "stale" });
  expect(watch.facts().managed).toBe(second.managed);
});

it("jobs that a manager took and lost between two looks are remembered for minutes, one time for each", () => {
  const poller = new FakePoller();
  const clock = new FakeClock();
  const watch = new ManagerWatch(poller, clock);
  poller.tell("m1", clock.now(), [], [], 9);
  clock.advance(5_000);
  poller.tell("m1", clock.now(), ["5"], [["runner_system_failure", 2]], 12);
  const at = new Date(clock.now()).toISOString();
  expect(watch.facts().vanished).toEqual([at, at]);
  const first = watch.facts().vanished;
  clock.advance(5_000);
  poller.tell("m1", clock.now(), ["5"], [["runner_system_failure", 2]], 12);
  expect(watch.facts().vanished).toBe(first);
  clock.advance(300_000);
  poller.tell("m1", clock.now(), ["5"], [["runner_system_failure", 2]], 12);
  expect(watch.facts().vanished).toEqual([]);
});
