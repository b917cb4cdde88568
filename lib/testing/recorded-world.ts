import { foldFleet, type ClusterInput, type Fleet } from "../fleet/fold-fleet.ts";
import type { EndedPod } from "../fleet/pod-facts.ts";
import { keepFirstDeletion } from "../kubernetes/read-pod.ts";
import type { EventRecord, PodRecord } from "../kubernetes/schema.ts";
import { nextMachineUse } from "../metrics/machine-use.ts";
import { PodUsages } from "../metrics/pod-usages.ts";
import type { CadvisorPage } from "../metrics/schema.ts";
import { deriveSlots } from "../manager/derive-slots.ts";
import { NO_TRACKS, trackJobs, type JobTracks } from "../manager/track-jobs.ts";
import { buildManagerPod, buildReading } from "./build-reading.ts";
import { buildCluster, buildReport } from "./build-pod-record.ts";
import type { RecordedManager, Step } from "./replay.ts";

const KEEP = { maxJobs: 100, maxAgeMs: 3_600_000 };

/** What a watch, its store and the keeper of ended pods hold, step by step. */
export class RecordedWorld {
  pods = new Map<string, PodRecord>();
  ended = new Map<string, EndedPod>();
  events = new Map<string, EventRecord[]>();
  usages = new PodUsages();
  machines: ClusterInput["machines"] = new Map();
  readings: ClusterInput["readings"] = new Map();
  slots: ClusterInput["slots"] = new Map();
  managed: ClusterInput["managed"] = new Map();
  readonly #tracks = new Map<string, JobTracks>();
  #scraped = false;
  readonly #nothing = buildCluster([]);
  at = "";

  /** `remember` as the store does: the first request of a deletion is kept. */
  apply(step: Step, remember = true): void {
    this.at = step.at;
    if ("event" in step) {
      const { uid } = step.event.regarding;
      const others = (this.events.get(uid) ?? []).filter((event) => event.uid !== step.event.uid);
      this.events = new Map(this.events).set(uid, [...others, step.event]);
      return;
    }
    const pod = remember ? keepFirstDeletion(this.pods.get(step.pod.uid), step.pod) : step.pod;
    this.pods = new Map(this.pods);
    if (step.type !== "DELETED") this.pods.set(pod.uid, pod);
    else {
      this.pods.delete(pod.uid);
      this.ended = new Map(this.ended).set(pod.uid, { record: pod, deletedAt: step.at, ending: "watched" });
    }
  }

  /** Takes a look at a manager, as its poller does. The recording holds no manager pods, so one is made for each address. */
  look({ atMs, address, metrics, jobs }: RecordedManager): void {
    this.at = new Date(atMs).toISOString();
    if (!this.pods.has(address)) this.pods = new Map(this.pods).set(address, buildManagerPod(address));
    this.#tracks.set(address, trackJobs(this.#tracks.get(address) ?? NO_TRACKS, address, { atMs, jobs, metrics }));
    const reading = buildReading(address, { metrics, metricsAt: this.at, jobs, jobsAt: this.at });
    this.readings = new Map(this.readings).set(address, reading);
    this.slots = new Map(this.slots).set(address, deriveSlots(reading, atMs));
    this.managed = new Map([...this.#tracks.values()].flatMap(({ tracks }) => [...tracks]));
  }

  /** Takes a page of the node's kubelet, as the scraper does. */
  scrape({ at, page }: { at: string; page: CadvisorPage }): void {
    this.at = at;
    this.#scraped = true;
    const pods = [...this.pods.values()];
    const wanted = pods.flatMap((pod) =>
      pod.containers.flatMap(({ containerId, name }) =>
        containerId === null ? [] : [[containerId.replace(/^.*:\/\//, ""), { podUid: pod.uid, name }] as const],
      ),
    );
    this.usages.add(page, new Map(wanted));
    const node = pods.find((pod) => pod.node !== null)?.node;
    if (page.machine !== null && node !== undefined && node !== null)
      this.machines = new Map([[node, nextMachineUse(this.machines.get(node) ?? null, page.machine)]]);
  }

  fold(previous: Fleet | null): Fleet {
    const cluster = buildCluster([], {
      nodes: this.#nothing.nodes,
      workloads: this.#nothing.workloads,
      cluster: { key: "bed", name: "bed", namespaces: null, scope: "cluster", serverVersion: null },
      pods: this.pods,
      ended: this.ended,
      events: this.events,
      usages: this.usages.snapshot(),
      machines: this.machines,
      readings: this.readings,
      slots: this.slots,
      managed: this.managed,
      sources: this.#scraped ? [...this.#nothing.sources, buildReport("kubelet-metrics")] : this.#nothing.sources,
    });
    return foldFleet(previous, { clusters: [cluster], gitlab: null, at: this.at, keep: KEEP });
  }
}
