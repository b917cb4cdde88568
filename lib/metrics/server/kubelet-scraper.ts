import "server-only";
import type { Clock } from "../../base/clock.ts";
import { PollError, toPollError } from "../../base/server/poll-error.ts";
import { PollLoop, type PollOutcome, type PollTurn } from "../../base/server/poll-loop.ts";
import type { SourceReport, SourceState, SourceWay } from "../../base/source-state.ts";
import { BARE_LACKS } from "../bare-sample.ts";
import { joinSamples } from "../join-samples.ts";
import { nextMachineUse } from "../machine-use.ts";
import type { PodUsages } from "../pod-usages.ts";
import type { CadvisorPage, MachineUse, Wanted } from "../schema.ts";
import { KubeletAgents, type KubeletAccess, type KubeletTrust } from "./kubelet-agents.ts";
import { PageAbsent, scrapePage, type KUBELET_PAGES } from "./scrape-page.ts";

/** cAdvisor samples every 10–20 s; asking more often gains nothing (reference: `housekeeping_interval`, kubelet `cadvisor_linux.go`). */
const INTERVAL_MS = 15_000;
const TIMEOUT_MS = 8_000;
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_WAIT_MS = 120_000;
/** A node that refused the richer page is asked for it again after this long: rights and settings change seldom. */
const RICHER_AGAIN_MS = 300_000;

/** A node that runs job pods. `wanted`: the containers whose rows are kept. */
export interface KubeletTarget {
  readonly node: string;
  /** null: the node has told no address yet. */
  readonly origin: string | null;
  readonly wanted: Wanted;
}

type Target = KubeletTarget & { key: string };

/** A node whose `/metrics/cadvisor` is of no use, and why. `untilMs`: when to ask for it again, by the monotonic clock. */
interface Poorer {
  because: "forbidden" | "absent";
  untilMs: number;
}

export interface ScraperOptions {
  cluster: string;
  access: KubeletAccess;
  trust: KubeletTrust;
  clock: Clock;
  random: () => number;
  log: { warn(fields: object, text: string): void };
  /** Where the samples go. */
  usages: PodUsages;
  intervalMs?: number;
  /** Whether another source tells more than `/metrics/resource` now, so that its samples are not taken from there. */
  hasRicher?: () => boolean;
  /** Each page as it was read, for a recording. */
  onPage?: (page: CadvisorPage) => void;
}

/**
 * Reads the kubelets that run job pods, each about every 15 s, at most 10 at once. Where `/metrics/cadvisor` is forbidden, missing or empty,
 * `/metrics/resource` is read instead, which tells CPU and working set only.
 */
export class KubeletScraper {
  readonly #options: ScraperOptions;
  readonly #agents: KubeletAgents;
  readonly #loop: PollLoop<Target>;
  readonly #poorer = new Map<string, Poorer>();
  #targets: readonly KubeletTarget[] = [];
  #machines: ReadonlyMap<string, MachineUse> = new Map();

  constructor(options: ScraperOptions) {
    this.#options = options;
    this.#agents = new KubeletAgents(options.access, options.trust);
    const { cluster, clock, random, log, intervalMs = INTERVAL_MS } = options;
    this.#loop = new PollLoop<Target>({
      cluster,
      source: "kubelet-metrics",
      noun: "node",
      clock,
      random,
      log,
      intervalMs,
      maxWaitMs: MAX_WAIT_MS,
      read: (target, turn) => this.#read(target, turn),
      way: (node) => this.#wayOf(node),
    });
  }

  onChange(listener: () => void): () => void {
    return this.#loop.onChange(listener);
  }

  /** Use of the nodes that are read, by name. The same map until a page changed it. */
  machines(): ReadonlyMap<string, MachineUse> {
    return this.#machines;
  }

  /** Which nodes to read from now on. A node that is not named is not asked any more. */
  setTargets(targets: readonly KubeletTarget[]): void {
    this.#targets = targets;
    for (const node of this.#loop.setTargets(targets.map((target) => ({ ...target, key: target.node })))) {
      this.#poorer.delete(node);
      const machines = new Map(this.#machines);
      if (machines.delete(node)) this.#machines = machines;
    }
  }

  /** How a node is read now. null: it is not asked. */
  stateOf(node: string): { state: SourceState; poorer: boolean } | null {
    const state = this.#loop.stateOf(node);
    return state === null ? null : { state, poorer: this.#poorer.has(node) };
  }

  /** One report for the cluster, and one for each node that does not answer or is read in a poorer way. */
  reports(): SourceReport[] {
    return this.#loop.reports();
  }

  async stop(): Promise<void> {
    this.#loop.stop();
    await this.#agents.close();
  }

  /** Of the cluster the poorer way is said only when no node is read in the richer one. */
  #wayOf(node: string | null): SourceWay | null {
    const isFull = (target: KubeletTarget) => !this.#poorer.has(target.node) && this.#loop.stateOf(target.node)?.state === "live";
    const most = this.#targets.some(isFull) ? undefined : this.#poorer.values().next().value;
    const poorer = node === null ? most : this.#poorer.get(node);
    return poorer === undefined ? null : { name: "resource", because: poorer.because, lacks: [...BARE_LACKS], windowMs: null };
  }

  async #read(target: Target, turn: PollTurn): Promise<PollOutcome | null> {
    const { node, origin, wanted } = target;
    if (origin === null) return null;
    const fresh = turn.lastProblem?.code === "unauthorized";
    const { page, poorer } = await this.#best(node, (which) => this.#page({ origin, which, fresh, turn }), wanted.size > 0);
    if (turn.gone()) return null;
    if (poorer === null) this.#poorer.delete(node);
    else this.#poorer.set(node, poorer);
    this.#take(node, poorer === null ? page : { ...page, containers: joinSamples(page.containers, wanted) }, wanted, poorer !== null);
    return { heard: true, problem: null };
  }

  /** The richer page where the kubelet gives it. Throws what the richer one threw when the poorer one cannot be had either. */
  async #best(
    node: string,
    ask: (which: keyof typeof KUBELET_PAGES) => Promise<CadvisorPage>,
    wantsRows: boolean,
  ): Promise<{ page: CadvisorPage; poorer: Poorer | null }> {
    const now = this.#options.clock.monotonic();
    const known = this.#poorer.get(node);
    if (known !== undefined && now < known.untilMs) {
      // It may be gone too, or the whole kubelet: then the richer one is asked again.
      const page = await ask("resource").catch(() => null);
      if (page !== null) return { page, poorer: known };
    }
    const rich = await ask("cadvisor").catch(refusalOf);
    const refused = typeof rich === "string";
    if (!refused && (rich.containers.length > 0 || !wantsRows)) return { page: rich, poorer: null };
    const poor = await ask("resource").catch((error: unknown) => toPollError(error, null));
    if (!refused) {
      // A page without a single container: cAdvisor looks elsewhere than the runtime is, or has not looked yet. So it is asked again each time.
      const useful = !(poor instanceof PollError) && poor.containers.length > 0;
      return useful ? { page: poor, poorer: { because: "absent", untilMs: now } } : { page: rich, poorer: null };
    }
    if (poor instanceof PollError) throw poor;
    return { page: poor, poorer: { because: rich, untilMs: now + RICHER_AGAIN_MS } };
  }

  #take(node: string, page: CadvisorPage, wanted: Wanted, poorer: boolean): void {
    if (!poorer || this.#options.hasRicher?.() !== true) this.#options.usages.add(page, wanted);
    this.#options.onPage?.(page);
    if (page.machine === null) return;
    const before = this.#machines.get(node) ?? null;
    const next = nextMachineUse(before, page.machine);
    if (next !== before) this.#machines = new Map(this.#machines).set(node, next);
  }

  async #page({ origin, which, fresh, turn }: { origin: string; which: keyof typeof KUBELET_PAGES; fresh: boolean; turn: PollTurn }) {
    try {
      turn.count();
      const headers = await this.#options.access.authorize(fresh ? { fresh } : {});
      const dispatcher = await this.#agents.dispatcher();
      const { clock } = this.#options;
      return await scrapePage({
        dispatcher,
        origin,
        page: which,
        headers,
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_BYTES,
        now: () => clock.now(),
      });
    } catch (error) {
      // What is not an answer is about our own credentials.
      throw error instanceof PollError ? error : new PollError("credentials", String((error as Error).message));
    }
  }
}

/** Why the richer page cannot be had while the poorer one may be; throws everything else. */
function refusalOf(error: unknown): Poorer["because"] {
  if (error instanceof PageAbsent) return "absent";
  if (error instanceof PollError && error.rule !== null) return "forbidden";
  throw error;
}
