import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../base/clock.ts";
import type { SourceReport } from "../base/source-state.ts";
import type { ClusterRecord, PodRecord } from "../kubernetes/schema.ts";
import { readFrame } from "../stream/envelope.ts";
import { openStream } from "../stream/server/open-stream.ts";
import { readConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { composeRuntime } from "./runtime.ts";
import type { Watch } from "./watched-cluster.ts";

const AT = "2026-03-01T12:00:00.000Z";

class FakeCollection<T> {
  revision = 0;
  map: ReadonlyMap<string, T> = new Map();
  snapshot(): ReadonlyMap<string, T> {
    return this.map;
  }
  put(key: string, value: T): void {
    this.map = new Map(this.map).set(key, value);
    this.revision += 1;
  }
}

/** A cluster's watch of which the test is the API server. */
class FakeWatch implements Watch {
  record: ClusterRecord = { key: "test", name: "test", namespaces: null, scope: "cluster", serverVersion: "v1.34.0" };
  readonly pods = new FakeCollection<PodRecord>();
  readonly events = new FakeCollection<never>();
  readonly nodes = new FakeCollection<never>();
  readonly workloads = new FakeCollection<never>();
  readonly listeners = new Set<() => void>();
  readonly goneListeners = new Set<(pod: PodRecord, how: "watched" | "missed", at: string) => void>();
  state: SourceReport["state"] = { state: "live", since: AT };
  objects: number | null = 0;
  starts = 0;
  stops = 0;
  start(): void {
    this.starts += 1;
  }
  stop(): Promise<void> {
    this.stops += 1;
    return Promise.resolve();
  }
  reports(): SourceReport[] {
    return [
      {
        key: "test/kubernetes-pods",
        cluster: "test",
        source: "kubernetes-pods",
        part: null,
        state: this.state,
        objects: this.objects,
        lastHeardAt: AT,
        requestsPerMinute: 0,
        openWatches: 1,
        relists: 0,
        reconnects: 0,
      },
    ];
  }
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  onDeleted(listener: (pod: PodRecord, how: "watched" | "missed", at: string) => void): () => void {
    this.goneListeners.add(listener);
    return () => this.goneListeners.delete(listener);
  }
  changed(): void {
    for (const listener of this.listeners) listener();
  }
}

function pod(uid: string): PodRecord {
  return {
    cluster: "test",
    uid,
    name: `runner-abc-project-1-concurrent-0-${uid}`,
    resourceVersion: "1",
    createdAt: "2026-03-01T11:59:00Z",
    seenAt: AT,
    namespace: "ci",
    labels: { "job.runner.gitlab.com/pod": `runner-abc-project-1-concurrent-0-${uid}`, pod: `runner-abc-project-1-concurrent-0-${uid}` },
    annotations: { "job.runner.gitlab.com/id": "4711", "job.runner.gitlab.com/name": "unit" },
    owners: [],
    deletionRequestedAt: null,
    deletionGraceSeconds: null,
    node: null,
    phase: "Pending",
    reason: null,
    message: null,
    podIp: null,
    qosClass: null,
    startedAt: null,
    activeDeadlineSeconds: null,
    terminationGraceSeconds: null,
    conditions: [],
    containers: [],
    hostAliases: [],
    volumes: [],
  };
}

function compose(watches: Watch[]) {
  const { config } = readConfig({ RUNNERSCOPE_KEEP_JOBS: "3" });
  return composeRuntime({ config, status: { state: "ok" }, watches, clock: systemClock, log: createLog("silent") });
}

beforeEach(() => void vi.useFakeTimers({ now: Date.parse(AT) }));
afterEach(() => void vi.useRealTimers());

describe("the runtime", () => {
  it("has one watch set for 20 viewers, and each of them sees a new pod within 100 ms", async () => {
    const watch = new FakeWatch();
    const runtime = compose([watch]);
    const readers = Array.from({ length: 20 }, () => openStream(runtime.hub, "fleet", null, new AbortController().signal)!.getReader());
    vi.advanceTimersByTime(1_000);
    watch.pods.put("u1", pod("u1"));
    watch.changed();
    vi.advanceTimersByTime(100);
    for (const reader of readers) {
      let found = false;
      for (let i = 0; i < 10 && !found; i++) {
        const text = new TextDecoder().decode((await reader.read()).value);
        const frame = readFrame(/^data: (.*)$/m.exec(text)?.[1] ?? "");
        found = frame?.type === "patch" && (frame.upsert.jobs ?? []).some((row) => row.key === "test/u1");
      }
      expect(found).toBe(true);
    }
    expect(watch.starts).toBe(1);
    expect(watch.listeners.size).toBe(1);
    await runtime.stop();
    expect(watch).toMatchObject({ stops: 1, listeners: new Set(), goneListeners: new Set() });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps the last state of jobs that are gone, within its bounds, and answers for them", async () => {
    const watch = new FakeWatch();
    const runtime = compose([watch]);
    for (let i = 0; i < 5; i++)
      for (const listener of watch.goneListeners) listener(pod(`u${i}`), "watched", new Date(Date.now() + i).toISOString());
    for (const listener of watch.goneListeners) listener({ ...pod("other"), labels: {}, annotations: {} }, "watched", AT);
    vi.advanceTimersByTime(100);
    expect(new Set(runtime.fleet().jobs.keys())).toEqual(new Set(["test/u2", "test/u3", "test/u4"]));
    expect(runtime.job("test/u4")?.job).toMatchObject({ ending: "watched", phase: "ended" });
    expect(runtime.snapshot("job:test/u4")?.entities.job).toHaveLength(1);
    expect(runtime.snapshot("job:test/u0")).toBeNull();
    vi.advanceTimersByTime(3_700_000);
    expect(runtime.fleet().jobs.size).toBe(0);
    await runtime.stop();
  });

  it("is ready when every source has listed, was refused or has failed, and names what is missing", async () => {
    const watch = new FakeWatch();
    watch.state = { state: "connecting", since: AT };
    watch.objects = null;
    const runtime = compose([watch]);
    expect(runtime.missing()).toEqual(["test/kubernetes-pods"]);
    watch.state = { state: "forbidden", since: AT, rule: { apiGroup: "", resource: "pods", verbs: ["list"], namespace: null } };
    expect(runtime.missing()).toEqual([]);
    watch.record = { ...watch.record, scope: "probing" };
    expect(runtime.missing()).toEqual(["test"]);
    await runtime.stop();
  });

  it("serves without any cluster, and its metrics say what it does", async () => {
    const runtime = compose([]);
    expect(runtime.snapshot("fleet")).toMatchObject({ type: "snapshot", topic: "fleet" });
    const text = await runtime.metrics.text();
    for (const name of [
      "runnerscope_viewers",
      "runnerscope_event_loop_delay_p99_seconds",
      "runnerscope_process_resident_memory_bytes",
      "runnerscope_live_jobs",
      "runnerscope_stream_bytes_total",
    ])
      expect(text).toContain(name);
    await runtime.stop();
  });
});
