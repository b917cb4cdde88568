import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../base/clock.ts";
import type { SourceReport } from "../base/source-state.ts";
import type { ClusterRecord, PodRecord } from "../kubernetes/schema.ts";
import { readFrame } from "../stream/envelope.ts";
import { openStream } from "../stream/server/open-stream.ts";
import { buildContainer, running } from "../testing/build-pod-record.ts";
import { readConfig } from "./config.ts";
import { findByGitlabId } from "./find-by-gitlab-id.ts";
import { jobSnapshot } from "./job-snapshot.ts";
import { createLog } from "./log.ts";
import { Runtime } from "./composition.ts";
import type { Scraper } from "./use-watch.ts";
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
    configMaps: [],
    namedManager: false,
    volumes: [],
  };
}

function compose(watches: Watch[], env: Record<string, string> = {}, scraper: Scraper | null = null) {
  const { config } = readConfig({ RUNNERSCOPE_KEEP_JOBS: "3", RUNNERSCOPE_HISTORY_DAYS: "0", ...env });
  return new Runtime({ config, status: { state: "ok" }, watches, scraper: () => scraper, clock: systemClock, log: createLog("silent") });
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

  it("finds a job that memory has let go in the history, also after a restart", async () => {
    vi.useRealTimers();
    const folder = mkdtempSync(path.join(tmpdir(), "runnerscope-runtime-"));
    const env = { RUNNERSCOPE_DATA: folder, RUNNERSCOPE_HISTORY_DAYS: "30", RUNNERSCOPE_KEEP_JOBS: "1" };
    const watch = new FakeWatch();
    const runtime = compose([watch], env);
    for (const uid of ["u1", "u2"]) for (const listener of watch.goneListeners) listener(pod(uid), "watched", new Date().toISOString());
    await vi.waitFor(async () => expect((await runtime.history?.find({}, 10, null))?.items.length).toBeGreaterThan(0), { timeout: 5_000 });
    await runtime.stop();
    const again = compose([new FakeWatch()], env);
    await vi.waitFor(async () =>
      expect(await again.find("test", "u2")).toMatchObject({ live: false, job: { uid: "u2", ending: "watched" } }),
    );
    expect((await again.find("test", "u2"))?.job.gitlab.id).toMatchObject({ value: "4711" });
    expect((await findByGitlabId(again, "4711")).length).toBeGreaterThan(0);
    expect((await jobSnapshot(again, "test", "u2"))?.live).toBe(false);
    expect(await jobSnapshot(again, "test", "nobody")).toBeNull();
    await again.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("asks the kubelets under its job pods, and shows what they say on the job", async () => {
    const watch = new FakeWatch();
    const asked: unknown[] = [];
    const usage = {
      at: AT,
      firstAt: AT,
      samples: 1,
      cpuMillicores: null,
      cpuSecondsTotal: null,
      cfs: null,
      memoryBytes: 7,
      peak: null,
      limitHits: null,
      oom: null,
      nestedOom: null,
      pressure: null,
      storageBytes: null,
      way: "cadvisor" as const,
      windowMs: null,
      unmeasured: [],
      countedAt: null,
    };
    const points = [{ fromMs: 0, toMs: 0, cpuMillicores: null, throttledShare: null, memoryBytes: 7 }];
    const scraper: Scraper = {
      pods: () => new Map([["u1", { podUid: "u1", containers: new Map([["aa", { name: "build", usage, points }]]) }]]),
      machines: () => new Map(),
      setTargets: (targets) => asked.push(targets.map((target) => [target.node, [...target.wanted.keys()]])),
      keepOnly: () => {},
      reports: () => [],
      onChange: () => () => {},
      stop: () => Promise.resolve(),
    };
    const runtime = compose([watch], {}, scraper);
    const build = buildContainer("build", running(), { containerId: "containerd://aa" });
    watch.pods.put("u1", { ...pod("u1"), node: "n1", phase: "Running", containers: [build] });
    vi.advanceTimersByTime(2_000);
    watch.changed();
    vi.advanceTimersByTime(100);
    expect(asked.at(-1)).toEqual([["n1", ["aa"]]]);
    expect(runtime.job("test/u1")?.series).toEqual([{ key: "build", points }]);
    expect(runtime.snapshot("job:test/u1")?.entities.series).toHaveLength(1);
    await runtime.stop();
  });
});
