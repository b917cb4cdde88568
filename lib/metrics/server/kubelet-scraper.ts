import "server-only";
import type { Clock } from "../../base/clock.ts";
import type { RbacRule, SourceReport, SourceState } from "../../base/source-state.ts";
import { PodUsages } from "../pod-usages.ts";
import { nextMachineUse } from "../machine-use.ts";
import type { CadvisorPage, MachineUse, PodUsage } from "../schema.ts";
import { KubeletAgents, type KubeletAccess, type KubeletTrust } from "./kubelet-agents.ts";
import { ScrapeError, scrapePage } from "./scrape-page.ts";

/** cAdvisor samples every 10–20 s; asking more often gains nothing (reference: `housekeeping_interval`, kubelet `cadvisor_linux.go`). */
const INTERVAL_MS = 15_000;
const AT_ONCE = 10;
const TIMEOUT_MS = 8_000;
const MAX_BYTES = 64 * 1024 * 1024;
/** A node without an answer for two intervals is stale: its figures are older than they should be. */
const MAX_WAIT_MS = 120_000;

const RULE: RbacRule = { apiGroup: "", resource: "nodes/metrics", verbs: ["get"], namespace: null };

/** A node that runs job pods. `wanted`: runtime container id → pod and container, for the rows that are kept. */
export interface KubeletTarget {
  readonly node: string;
  /** null: the node has told no address yet. */
  readonly origin: string | null;
  readonly wanted: ReadonlyMap<string, { podUid: string; name: string }>;
}

interface Node {
  target: KubeletTarget;
  state: SourceState;
  lastHeardAt: string | null;
  failures: number;
  machine: MachineUse | null;
  running: boolean;
  cancel: () => void;
}

export interface ScraperOptions {
  cluster: string;
  access: KubeletAccess;
  trust: KubeletTrust;
  clock: Clock;
  random: () => number;
  log: { warn(fields: object, text: string): void };
  intervalMs?: number;
  /** Each page as it was read, for a recording. */
  onPage?: (page: CadvisorPage) => void;
}

/**
 * Reads the kubelets that run job pods, each about every 15 s, at most 10 at once. A node that fails is asked again with a growing wait;
 * what it told before stays, with its age.
 */
export class KubeletScraper {
  readonly #usages = new PodUsages();
  readonly #options: ScraperOptions;
  readonly #agents: KubeletAgents;
  readonly #nodes = new Map<string, Node>();
  readonly #waiting: (() => void)[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #requests: number[] = [];
  #machines: ReadonlyMap<string, MachineUse> = new Map();
  #running = 0;
  #stopped = false;

  constructor(options: ScraperOptions) {
    this.#options = options;
    this.#agents = new KubeletAgents(options.access, options.trust);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Usage by pod uid. */
  pods(): ReadonlyMap<string, PodUsage> {
    return this.#usages.snapshot();
  }

  /** Forgets the use of pods that nobody shows any more. */
  keepOnly(podUids: ReadonlySet<string>): void {
    this.#usages.keepOnly(podUids);
  }

  /** Use of the nodes that are read, by name. The same map until a page changed it. */
  machines(): ReadonlyMap<string, MachineUse> {
    return this.#machines;
  }

  /** Which nodes to read from now on. A node that is not named is not asked any more. */
  setTargets(targets: readonly KubeletTarget[]): void {
    if (this.#stopped) return;
    const named = new Set(targets.map((target) => target.node));
    for (const [name, node] of this.#nodes) {
      if (named.has(name)) continue;
      node.cancel();
      this.#nodes.delete(name);
      this.#forgetMachine(name);
    }
    for (const target of targets) {
      const known = this.#nodes.get(target.node);
      if (known !== undefined) {
        known.target = target;
        continue;
      }
      const since = this.#iso();
      const node: Node = {
        target,
        state: { state: "connecting", since },
        lastHeardAt: null,
        failures: 0,
        machine: null,
        running: false,
        cancel: () => {},
      };
      this.#nodes.set(target.node, node);
      // The first pages are spread over a second, so that a restart does not ask 200 kubelets at once.
      node.cancel = this.#options.clock.after(this.#options.random() * 1_000, () => this.#enqueue(node));
    }
  }

  /** One report for the cluster, and one for each node that does not answer. */
  reports(): SourceReport[] {
    const nodes = [...this.#nodes.entries()];
    const live = nodes.filter(([, node]) => node.state.state === "live");
    const ill = nodes.filter(([, node]) => node.state.state !== "live" && node.state.state !== "connecting");
    const report = (part: string | null, state: SourceState, lastHeardAt: string | null, objects: number | null): SourceReport => ({
      key: [this.#options.cluster, "kubelet-metrics", ...(part === null ? [] : [part])].join("/"),
      cluster: this.#options.cluster,
      source: "kubelet-metrics",
      part,
      state,
      objects,
      lastHeardAt,
      requestsPerMinute: part === null ? this.#requestsPerMinute() : null,
      openWatches: 0,
      relists: 0,
      reconnects: 0,
    });
    const newest = nodes
      .map(([, node]) => node.lastHeardAt)
      .reduce<string | null>((max, at) => (at !== null && (max === null || at > max) ? at : max), null);
    return [
      report(null, this.#overall(live, nodes), newest, live.length),
      ...ill.map(([name, node]) => report(name, node.state, node.lastHeardAt, null)),
    ];
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const node of this.#nodes.values()) node.cancel();
    this.#nodes.clear();
    this.#waiting.length = 0;
    this.#listeners.clear();
    await this.#agents.close();
  }

  /** Live while any node answers (the others have reports of their own); else as the first node is. No node runs a job: nothing to ask, which is live. */
  #overall(live: readonly [string, Node][], nodes: readonly [string, Node][]): SourceState {
    const oldest = (live[0] ?? nodes[0])?.[1];
    return oldest?.state ?? { state: "live", since: this.#iso() };
  }

  #requestsPerMinute(): number {
    const from = this.#options.clock.now() - 60_000;
    while ((this.#requests[0] ?? Number.POSITIVE_INFINITY) < from) this.#requests.shift();
    return this.#requests.length;
  }

  #enqueue(node: Node): void {
    if (this.#stopped || node.running) return;
    node.running = true;
    const run = () => {
      this.#running += 1;
      void this.#scrape(node).finally(() => {
        this.#running -= 1;
        node.running = false;
        this.#waiting.shift()?.();
      });
    };
    if (this.#running < AT_ONCE) run();
    else this.#waiting.push(run);
  }

  async #scrape(node: Node): Promise<void> {
    if (this.#stopped || this.#nodes.get(node.target.node) !== node) return;
    const { origin, wanted } = node.target;
    const { clock } = this.#options;
    if (origin === null) return this.#again(node);
    this.#requests.push(clock.now());
    try {
      const page = await this.#page(origin, node.state.state === "failed" && node.state.error.code === "unauthorized");
      if (this.#stopped) return;
      this.#usages.add(page, wanted);
      this.#options.onPage?.(page);
      if (page.machine !== null) this.#noteMachine(node, nextMachineUse(node.machine, page.machine));
      node.failures = 0;
      node.lastHeardAt = this.#iso();
      if (node.state.state !== "live") node.state = { state: "live", since: node.lastHeardAt };
    } catch (error) {
      if (this.#stopped) return;
      this.#failed(
        node,
        error instanceof ScrapeError ? error : new ScrapeError("credentials", String((error as Error).message).slice(0, 300)),
      );
    }
    this.#again(node);
    for (const listener of this.#listeners) listener();
  }

  #noteMachine(node: Node, use: MachineUse): void {
    if (use === node.machine) return;
    node.machine = use;
    this.#machines = new Map(this.#machines).set(node.target.node, use);
  }

  #forgetMachine(name: string): void {
    const machines = new Map(this.#machines);
    if (machines.delete(name)) this.#machines = machines;
  }

  async #page(origin: string, fresh: boolean) {
    const headers = await this.#options.access.authorize(fresh ? { fresh } : {});
    const dispatcher = await this.#agents.dispatcher();
    return scrapePage({ dispatcher, origin, headers, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, now: () => this.#options.clock.now() });
  }

  #failed(node: Node, error: ScrapeError): void {
    node.failures += 1;
    const since = node.failures === 1 || !("since" in node.state) ? this.#iso() : node.state.since;
    const retryAt = new Date(this.#options.clock.now() + this.#waitMs(node)).toISOString();
    if (node.failures === 1) this.#options.log.warn({ node: node.target.node, code: error.code }, `kubelet metrics: ${error.message}`);
    if (error.code === "forbidden") node.state = { state: "forbidden", since, rule: RULE };
    else {
      const known = { code: error.code, detail: error.message };
      node.state =
        node.lastHeardAt === null
          ? { state: "failed", since, error: known, retryAt }
          : { state: "stale", since, lastError: known, retryAt };
    }
  }

  /** 15 s ± 10 %, longer after failures. */
  #waitMs(node: Node): number {
    const base = this.#options.intervalMs ?? INTERVAL_MS;
    return Math.min(MAX_WAIT_MS, base * 2 ** Math.min(node.failures, 4)) * (0.9 + 0.2 * this.#options.random());
  }

  #again(node: Node): void {
    if (this.#stopped) return;
    node.cancel = this.#options.clock.after(this.#waitMs(node), () => this.#enqueue(node));
  }

  #iso(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }
}
