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

/** Keeps a scraper's targets in step with the pods of its cluster: job pods and managers, where they run now. */
export class UseWatch {
  readonly #scraper: Scraper;
  readonly #clock: Clock;
  #pods: ReadonlyMap<string, PodRecord> | null = null;
  #nodes: ReadonlyMap<string, NodeRecord> | null = null;
  #followedAt = Number.NEGATIVE_INFINITY;

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
    this.#pods = pods;
    this.#nodes = nodes;
    const wanted = [...pods.values()].filter((pod) => isJobPod(pod) || isManagerPod(pod));
    this.#scraper.setTargets(kubeletTargets(wanted, nodes));
    this.#scraper.keepOnly(new Set([...wanted.map((pod) => pod.uid), ...ended.keys()]));
  }

  stop(): Promise<void> {
    return this.#scraper.stop();
  }
}
