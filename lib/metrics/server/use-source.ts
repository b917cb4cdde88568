import "server-only";
import type { Clock } from "../../base/clock.ts";
import type { SourceReport, SourceState, SourceWay } from "../../base/source-state.ts";
import type { PodUsages } from "../pod-usages.ts";
import type { MachineUse, PodUsage, Wanted, WantedContainer } from "../schema.ts";
import type { KubeletScraper, KubeletTarget } from "./kubelet-scraper.ts";
import type { MetricsServerPoller } from "./metrics-server-poller.ts";
import type { PrometheusPoller } from "./prometheus-poller.ts";

/** A kubelet that answered before and fails now is waited for this long before another source is asked instead: one page is soon lost. */
const PATIENCE_MS = 45_000;
/** Time alone decides that too, without a word from anybody. */
const LOOK_MS = 15_000;

export interface UseSourceParts {
  /** Into which all of them write. */
  usages: PodUsages;
  /** null: the settings leave kubelets alone. */
  kubelets: KubeletScraper | null;
  /** null: none is configured. */
  prometheus: PrometheusPoller | null;
  /** null: it is never asked. */
  metricsServer: MetricsServerPoller | null;
  clock: Clock;
}

const NO_MACHINES: ReadonlyMap<string, MachineUse> = new Map();

/**
 * What containers use, from the richest way that works for each node: its kubelet's cAdvisor page; a Prometheus that keeps those pages; the kubelet's
 * `/metrics/resource`; metrics-server. The others are asked only for nodes whose kubelet does not tell all.
 */
export class UseSource {
  readonly #parts: UseSourceParts;
  readonly #listeners = new Set<() => void>();
  readonly #unlisten: (() => void)[];
  #targets: readonly KubeletTarget[] = [];
  #cancel: () => void = () => {};

  constructor(parts: UseSourceParts) {
    this.#parts = parts;
    const { kubelets, prometheus, metricsServer } = parts;
    const changed = () => {
      this.#route();
      for (const listener of this.#listeners) listener();
    };
    this.#unlisten = [kubelets, prometheus, metricsServer].flatMap((part) => part?.onChange(changed) ?? []);
    this.#look();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Usage by pod uid. */
  pods(): ReadonlyMap<string, PodUsage> {
    return this.#parts.usages.snapshot();
  }

  /** Forgets the use of pods that nobody shows any more. */
  keepOnly(podUids: ReadonlySet<string>): void {
    this.#parts.usages.keepOnly(podUids);
  }

  /** Use of the nodes that are read, by name; only kubelets tell it. */
  machines(): ReadonlyMap<string, MachineUse> {
    return this.#parts.kubelets?.machines() ?? NO_MACHINES;
  }

  /** Which nodes to read from now on. */
  setTargets(targets: readonly KubeletTarget[]): void {
    this.#targets = targets;
    this.#parts.kubelets?.setTargets(targets);
    this.#route();
  }

  /** Of each source that is used; a kubelet that is not live says in which way its containers are read instead, if they are. */
  reports(): SourceReport[] {
    const { kubelets, prometheus, metricsServer } = this.#parts;
    const others = [prometheus?.report(), metricsServer?.report()].filter((report) => report !== undefined && report !== null);
    const offPrometheus = (report: SourceReport): SourceReport =>
      kubelets === null && report.way !== undefined ? { ...report, way: { ...report.way, because: "off" } } : report;
    return [...(kubelets?.reports() ?? []).map((report) => this.#withWay(report, others)), ...others.map(offPrometheus)];
  }

  async stop(): Promise<void> {
    this.#cancel();
    for (const unlisten of this.#unlisten) unlisten();
    this.#listeners.clear();
    const { kubelets, prometheus, metricsServer } = this.#parts;
    await Promise.all([kubelets?.stop(), prometheus?.stop(), metricsServer?.stop()]);
  }

  #look(): void {
    this.#route();
    this.#cancel = this.#parts.clock.after(LOOK_MS, () => this.#look());
  }

  #withWay(report: SourceReport, others: readonly SourceReport[]): SourceReport {
    const { state, way } = report;
    if (state.state === "live" && way === undefined) return report;
    if (this.#targets.length === 0) return report;
    const tells = (source: SourceReport["source"]) => others.find((one) => one.source === source && one.way !== undefined)?.way;
    const richer = this.#parts.prometheus?.tells === true ? tells("prometheus") : undefined;
    const poorest = others.some((one) => one.source === "metrics-server" && one.state.state === "live")
      ? tells("metrics-server")
      : undefined;
    const instead = richer ?? way ?? poorest;
    return instead === undefined ? report : { ...report, way: { ...instead, because: way?.because ?? reasonOf(state) } };
  }

  /** Which containers the others are asked for. */
  #route(): void {
    const { prometheus, metricsServer } = this.#parts;
    const poor = new Map<string, WantedContainer>();
    const unread = new Map<string, WantedContainer>();
    for (const { node, origin, wanted } of this.#targets) {
      const how = this.#howRead(node, origin);
      if (how === "full") continue;
      for (const [id, container] of wanted) {
        poor.set(id, container);
        if (how === "not") unread.set(id, container);
      }
    }
    prometheus?.setWanted(poor);
    metricsServer?.setWanted(prometheus?.tells === true ? NOTHING : unread);
  }

  #howRead(node: string, origin: string | null): "full" | "poorer" | "not" {
    const { kubelets, clock } = this.#parts;
    if (kubelets === null) return "not";
    const { state, poorer } = kubelets.stateOf(node) ?? { state: null, poorer: false };
    if (state === null) return "full";
    if (state.state === "live") return poorer ? "poorer" : "full";
    if (state.state !== "stale" && state.state !== "connecting") return "not";
    // It is about to be asked; without an address nobody will ever ask it.
    if (state.state === "connecting" && origin !== null) return "full";
    return clock.now() - Date.parse(state.since) < PATIENCE_MS ? "full" : "not";
  }
}

const NOTHING: Wanted = new Map();

function reasonOf(state: SourceState): SourceWay["because"] {
  if (state.state === "forbidden") return "forbidden";
  if (state.state === "failed") return state.error.code;
  return state.state === "stale" ? state.lastError.code : "unreachable";
}
