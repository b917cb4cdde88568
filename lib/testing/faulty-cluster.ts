import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { vi } from "vitest";
import { systemClock, type Clock } from "../base/clock.ts";
import type { RbacRule, SourceName, SourceReport } from "../base/source-state.ts";
import { ClusterWatch, type ClusterWatchOptions } from "../kubernetes/server/cluster-watch.ts";
import { loadClusters } from "../kubernetes/server/kubeconfig.ts";
import type { PodRecord } from "../kubernetes/schema.ts";
import { buildJobPod, type JobPodOptions } from "./fake-api/build-pod.ts";
import { FakeApiServer, type FakeApiOptions, type KubeconfigFileOptions } from "./fake-api/fake-api-server.ts";
import { runPod } from "./fake-api/move-pod.ts";
import type { RawPod } from "./fake-api/pod-shape.ts";

const QUIET_LOG = { debug() {}, info() {}, warn() {}, error() {} };

/** Short waits, in the proportions of the real ones: bookmarks at 60 s, silence at 90 s, back-off 0.8 to 30 s. */
export const SHORT_TIMES = {
  silenceMs: 450,
  backoff: { baseMs: 40, maxMs: 200, minMs: 10 },
  forbiddenBackoff: { baseMs: 150, maxMs: 300, minMs: 100 },
  probeMs: 1_000,
  probeGapMs: 100,
};

export interface FaultyClusterOptions {
  api?: FakeApiOptions;
  kubeconfig?: KubeconfigFileOptions;
  /** Users besides "admin", with their rights. */
  users?: Record<string, RbacRule[]>;
  clock?: Clock;
  times?: ClusterWatchOptions["times"];
}

/** A fake API server and the product's watch of it. */
export class FaultyCluster {
  readonly api: FakeApiServer;
  readonly watch: ClusterWatch;
  /** Where the kubeconfig and its token files are. */
  readonly folder: string;
  /** Pods that were reported as gone, oldest first. */
  readonly gone: { name: string; how: "watched" | "missed" }[] = [];
  /** Every state that the pods' source was in, oldest first, without repeats in a row. */
  readonly states: string[] = [];
  #job = 1;

  private constructor(api: FakeApiServer, watch: ClusterWatch, folder: string) {
    [this.api, this.watch, this.folder] = [api, watch, folder];
    watch.onDeleted(({ name }, how) => this.gone.push({ name, how }));
    watch.onChange(() => {
      const { state } = this.report().state;
      if (this.states.at(-1) !== state) this.states.push(state);
    });
  }

  /** The watch is not started yet: a test may add faults first. */
  static async open(options: FaultyClusterOptions = {}): Promise<FaultyCluster> {
    const api = await FakeApiServer.start({ bookmarkIntervalMs: 150, ...options.api });
    const folder = await mkdtemp(path.join(tmpdir(), "faulty-cluster-"));
    const { clock = systemClock, users = {} } = options;
    for (const [name, rules] of Object.entries(users)) api.setUser(name, rules);
    const { clusters } = loadClusters({ kubeconfigPath: await api.writeKubeconfig(folder, options.kubeconfig), env: process.env, clock });
    const [access] = clusters;
    if (!access) throw new Error("the kubeconfig holds no cluster");
    const watch = new ClusterWatch({ access, namespaces: null, clock, log: QUIET_LOG, times: { ...SHORT_TIMES, ...options.times } });
    return new FaultyCluster(api, watch, folder);
  }

  /** Waits until nothing in `check` throws any more. */
  until(check: () => void, timeout = 6_000): Promise<void> {
    return vi.waitFor(check, { timeout, interval: 5 });
  }

  /** What the product holds is what the server has. */
  converged(): Promise<void> {
    return this.until(() => assert.deepEqual(this.held(), this.truth()));
  }

  live(): Promise<void> {
    return this.until(() => assert.equal(this.report().state.state, "live"));
  }

  /** Five pods, watched and converged, with a fresh request log; returns their names. */
  async inStep(): Promise<[string, string, string, string, string]> {
    const names = [this.addPod(), this.addPod(), this.addPod(), this.addPod(), this.addPod()] as const;
    this.watch.start();
    await this.live();
    await this.converged();
    await this.until(() => assert.equal(this.api.openWatches(), 5));
    this.api.requests.clear();
    this.states.length = 0;
    return [...names];
  }

  /** One more running job pod; returns its name. */
  addPod(options: JobPodOptions = {}): string {
    const job = this.#job++;
    const pod = buildJobPod({ job, name: `job-${String(job).padStart(5, "0")}`, ...options });
    runPod(pod, "node-1", Date.now());
    return this.api.store.put("pods", pod).metadata.name;
  }

  /** A change of the pod that is seen in its record. */
  touchPod(name: string, message = `touched at ${this.api.store.revision}`): void {
    this.api.store.patch<RawPod>("pods", { namespace: "ci", name }, (pod) => (pod.status.message = message));
  }

  removePod(name: string): void {
    this.api.store.remove("pods", { namespace: "ci", name });
  }

  report(source: SourceName = "kubernetes-pods"): SourceReport {
    const found = this.watch.reports().find((report) => report.source === source);
    if (!found) throw new Error(`no report of ${source}`);
    return found;
  }

  /** What the product holds, by uid, with its version; and what the server has. Equal: it has converged. */
  held(): Record<string, string> {
    return versions([...this.watch.pods.snapshot().values()].map((pod: PodRecord) => [pod.uid, pod.resourceVersion]));
  }

  truth(): Record<string, string> {
    return versions(this.api.store.list("pods").map(({ metadata }) => [metadata.uid ?? "", metadata.resourceVersion ?? ""]));
  }

  /** Requests for pods of this kind since the log was cleared. */
  requests(request: "list" | "watch"): number {
    return this.api.requests.find({ resource: "pods", request }).length;
  }

  async close(): Promise<void> {
    await this.watch.stop();
    await this.api.stop();
    await rm(this.folder, { recursive: true });
  }
}

function versions(entries: [string, string][]): Record<string, string> {
  return Object.fromEntries(entries.toSorted(([one], [other]) => one.localeCompare(other)));
}
