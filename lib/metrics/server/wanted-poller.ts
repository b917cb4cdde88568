import "server-only";
import type { Clock } from "../../base/clock.ts";
import { PollLoop, type PollOutcome, type PollTurn } from "../../base/server/poll-loop.ts";
import type { SourceReport } from "../../base/source-state.ts";
import type { PodUsages } from "../pod-usages.ts";
import type { Wanted } from "../schema.ts";

/** What keeps the kubelets' figures has them about this often: metrics-server's `--metric-resolution`, a Prometheus' scrapes of 10 to 30 s. */
const INTERVAL_MS = 15_000;
const MAX_WAIT_MS = 120_000;
/** Its one target. */
const ALL = "all";

export interface WantedPollerOptions<A> {
  cluster: string;
  api: A;
  clock: Clock;
  random: () => number;
  log: { warn(fields: object, text: string): void };
  usages: PodUsages;
  intervalMs?: number;
}

/** Asks one server again and again for the use of the containers that are wanted; while there are none, nothing is asked. */
export abstract class WantedPoller<A extends { close(): Promise<void> }> {
  protected readonly options: WantedPollerOptions<A>;
  readonly #loop: PollLoop<{ key: string; wanted: Wanted }>;

  constructor(source: "prometheus" | "metrics-server", options: WantedPollerOptions<A>) {
    this.options = options;
    const { cluster, clock, random, log, intervalMs = INTERVAL_MS } = options;
    this.#loop = new PollLoop({
      cluster,
      source,
      noun: "source",
      clock,
      random,
      log,
      intervalMs,
      maxWaitMs: MAX_WAIT_MS,
      read: ({ wanted }, turn) => this.ask(wanted, turn),
    });
  }

  /** One turn, as PollOptions.read has it. */
  protected abstract ask(wanted: Wanted, turn: PollTurn): Promise<PollOutcome | null>;

  onChange(listener: () => void): () => void {
    return this.#loop.onChange(listener);
  }

  /** For which containers to ask; none: nothing is asked. */
  setWanted(wanted: Wanted): void {
    this.#loop.setTargets(wanted.size === 0 ? [] : [{ key: ALL, wanted }]);
  }

  /** Something is wanted, so that it is asked. */
  protected get asks(): boolean {
    return this.#loop.stateOf(ALL) !== null;
  }

  /** Without a way: whoever knows it adds it. */
  protected loopReport(): SourceReport {
    return this.#loop.reports()[0] as SourceReport;
  }

  async stop(): Promise<void> {
    this.#loop.stop();
    await this.options.api.close();
  }
}
