import { expect, it } from "vitest";
import { FakeClock } from "../testing/fake-clock.ts";
import { buildContainer, buildPod, running } from "../testing/build-pod-record.ts";
import type { ManagerReading } from "../manager/schema.ts";
import { ManagerWatch, type Poller } from "./manager-watch.ts";

class FakePoller implements Poller {
  map = new Map<string, ManagerReading>();
  targets: unknown[] = [];
  hurried: number[] = [];
  listener = () => {};
  readings() {
    return new Map(this.map);
  }
  setTargets(targets: readonly unknown[]) {
    this.targets = [...targets];
  }
  soon(delayMs: number) {
    this.hurried.push(delayMs);
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
  tell(key: string, at: number, ids: string[], failures: [string, number][] = []) {
    const iso = new Date(at).toISOString();
    const runner = {
      shortToken: "a",
      name: null,
      limit: 0,
      jobs: [{ state: "running", stage: "step_script", executorStage: "prepare", count: ids.length }],
      jobsTotal: 9,
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

it("looks again soon after a job's pod begins to be deleted, once for each pod", () => {
  const poller = new FakePoller();
  const watch = new ManagerWatch(poller, new FakeClock());
  const gone = buildPod({ uid: "j1", deletionRequestedAt: "2026-03-01T12:00:09Z" });
  watch.follow(new Map([["j1", buildPod({ uid: "j1" })]]));
  expect(poller.hurried).toEqual([]);
  watch.follow(new Map([["j1", gone]]));
  watch.follow(new Map([["j1", gone]]));
  expect(poller.hurried).toHaveLength(1);
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
