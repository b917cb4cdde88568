import { changedKeys } from "../base/persistent-map.ts";
import type { Clock } from "../base/clock.ts";
import type { SourceReport } from "../base/source-state.ts";
import { isJobPod } from "../fleet/find-jobs.ts";
import { isManagerPod } from "../fleet/find-managers.ts";
import type { NodeRecord, PodRecord } from "../kubernetes/schema.ts";
import type { MachineUse, PodUsage } from "../metrics/schema.ts";
import type { KubeletTarget } from "../metrics/server/kubelet-scraper.ts";
import { kubeletTargets } from "./kubelet-targets.ts";

/** What is needed of a kubelet scraper; KubeletScraper is one, tests give their own. */
export interface Scraper {
  pods(): ReadonlyMap<string, PodUsage>;
  machines(): ReadonlyMap<string, MachineUse>;
  setTargets(targets: readonly KubeletTarget[]): void;
  keepOnly(podUids: ReadonlySet<string>): void;
  reports(): SourceReport[];
  onChange(listener: () => void): () => void;
  stop(): Promise<void>;
}

/** Under churn the targets are worked out at most this often; a kubelet has nothing new within that time. */
const FOLLOW_MS = 1_000;
/** What is held of pods that are gone is let go of this often. */
const FORGET_MS = 10_000;
const NO_PODS: ReadonlyMap<string, PodRecord> = new Map();

/** Keeps a scraper's targets in step with the pods of its cluster: job pods and managers, where they run now. */
export class UseWatch {
  readonly #scraper: Scraper;
  readonly #clock: Clock;
  #pods: ReadonlyMap<string, PodRecord> | null = null;
  #nodes: ReadonlyMap<string, NodeRecord> | null = null;
  #followedAt = Number.NEGATIVE_INFINITY;
  #forgotAt = Number.NEGATIVE_INFINITY;
  /** Pods whose use is wanted, by node ("" for none) and uid. */
  readonly #placed = new Map<string, Map<string, PodRecord>>();
  readonly #targets = new Map<string, KubeletTarget>();

  constructor(scraper: Scraper, clock: Clock) {
    this.#scraper = scraper;
    this.#clock = clock;
  }

  pods(): ReadonlyMap<string, PodUsage> {
    return this.#scraper.pods();
  }

  machines(): ReadonlyMap<string, MachineUse> {
    return this.#scraper.machines();
  }

  reports(): SourceReport[] {
    return this.#scraper.reports();
  }

  onChange(listener: () => void): () => void {
    return this.#scraper.onChange(listener);
  }

  /** Looks which kubelets to ask. The use of a pod that is gone stays as long as the pod is kept. */
  follow(pods: ReadonlyMap<string, PodRecord>, nodes: ReadonlyMap<string, NodeRecord>, ended: ReadonlyMap<string, unknown>): void {
    if (pods === this.#pods && nodes === this.#nodes) return;
    const now = this.#clock.monotonic();
    if (now - this.#followedAt < FOLLOW_MS) return;
    this.#followedAt = now;
    const nodesMoved = nodes !== this.#nodes;
    const touched = this.#place(pods);
    this.#pods = pods;
    this.#nodes = nodes;
    for (const node of nodesMoved ? this.#placed.keys() : touched) this.#targets.delete(node);
    const open = [...this.#placed].flatMap(([node, own]) => (this.#targets.has(node) ? [] : [...own.values()]));
    for (const target of kubeletTargets(open, nodes)) this.#targets.set(target.node, target);
    this.#scraper.setTargets([...this.#targets.values()]);
    if (now - this.#forgotAt < FORGET_MS) return;
    this.#forgotAt = now;
    this.#scraper.keepOnly(new Set([...[...this.#placed.values()].flatMap((own) => [...own.keys()]), ...ended.keys()]));
  }

  /** Moves the pods that changed to where they are now; the nodes that this touches. */
  #place(pods: ReadonlyMap<string, PodRecord>): Set<string> {
    const before = this.#pods ?? NO_PODS;
    const touched = new Set<string>();
    for (const uid of changedKeys(before, pods)) {
      const was = before.get(uid)?.node ?? "";
      if (this.#placed.get(was)?.delete(uid) === true) touched.add(was);
      const pod = pods.get(uid);
      if (pod === undefined || !(isJobPod(pod) || isManagerPod(pod))) continue;
      const node = pod.node ?? "";
      const own = this.#placed.get(node) ?? new Map<string, PodRecord>();
      this.#placed.set(node, own.set(uid, pod));
      touched.add(node);
    }
    for (const node of touched) if (this.#placed.get(node)?.size === 0) this.#placed.delete(node);
    return touched;
  }

  stop(): Promise<void> {
    return this.#scraper.stop();
  }
}
