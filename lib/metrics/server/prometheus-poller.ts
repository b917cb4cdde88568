import "server-only";
import { PollError } from "../../base/server/poll-error.ts";
import type { PollOutcome, PollTurn } from "../../base/server/poll-loop.ts";
import type { SourceReport } from "../../base/source-state.ts";
import { USE_FIGURES } from "../../base/use-ways.ts";
import { joinSamples } from "../join-samples.ts";
import { POD_LABELS, samplesQuery, type PodLabel } from "../prometheus-query.ts";
import { metricsIn, samplesOf, type Answer } from "../read-prometheus.ts";
import type { ContainerSample, Wanted, WantedContainer } from "../schema.ts";
import type { Ask } from "./prometheus-client.ts";
import { WantedPoller, type WantedPollerOptions } from "./wanted-poller.ts";

/** So that a scrape that was missed, or came late, is still seen. */
const RANGE_MS = 120_000;
/** The first time, what was there before we began. */
const FIRST_RANGE_MS = 900_000;
/** A pod has about 50 series of 400 bytes: an answer of 2 MB. */
const PODS_AT_ONCE = 100;
/** Containers that nobody has a series of for this long are not merely new. */
const EMPTY_AFTER_MS = 120_000;

/** The query of PrometheusClient; tests may give their own. */
export interface RangeApi {
  query(text: string, atMs: number | null, ask: Ask): Promise<Answer>;
  close(): Promise<void>;
}

/** Reads a Prometheus for containers that no kubelet tells in full: the same figures as from cAdvisor's page, as far as the store keeps them. */
export class PrometheusPoller extends WantedPoller<RangeApi> {
  readonly #kept = new Set<string>();
  #label: PodLabel | null = null;
  #told = false;
  #emptySinceMs: number | null = null;
  #lacks: ContainerSample["lacks"] = [...USE_FIGURES];

  constructor(options: WantedPollerOptions<RangeApi>) {
    super("prometheus", options);
  }

  override setWanted(wanted: Wanted): void {
    if (wanted.size === 0) this.#emptySinceMs = null;
    super.setWanted(wanted);
  }

  /** Whether it told of containers when it was last asked. */
  get tells(): boolean {
    return this.#told && this.asks;
  }

  report(): SourceReport {
    const way = { name: "prometheus" as const, because: null, lacks: [...(this.#lacks ?? [])], windowMs: null };
    return { ...this.loopReport(), ...(this.#label === null ? {} : { way }) };
  }

  protected async ask(wanted: Wanted, turn: PollTurn): Promise<PollOutcome | null> {
    try {
      return await this.#read(wanted, turn);
    } catch (error) {
      this.#told = false;
      throw error;
    }
  }

  async #read(wanted: Wanted, turn: PollTurn): Promise<PollOutcome | null> {
    const pods = [...new Map([...wanted.values()].map((one) => [one.podUid, one])).values()];
    const rangeMs = this.#label === null ? FIRST_RANGE_MS : RANGE_MS;
    const warnings: string[] = [];
    let found = 0;
    for (let from = 0; from < pods.length; from += PODS_AT_ONCE) {
      const answer = await this.#askAbout(pods.slice(from, from + PODS_AT_ONCE), rangeMs, turn);
      if (turn.gone()) return null;
      for (const name of metricsIn(answer)) this.#kept.add(name);
      warnings.push(...answer.warnings);
      const samples = samplesOf(answer, this.#kept);
      if (samples.length > 0) this.#lacks = samples[0]?.lacks;
      found += samples.length;
      this.options.usages.add({ containers: joinSamples(samples, wanted), nested: [] }, wanted);
    }
    this.#told = found > 0;
    return { heard: true, problem: this.#problemOf(found, warnings[0]) };
  }

  /** In the label that worked before, else in each until one does. */
  async #askAbout(pods: readonly WantedContainer[], rangeMs: number, { signal, count }: PollTurn): Promise<Answer> {
    let last: Answer = { series: [], warnings: [] };
    for (const label of this.#label === null ? POD_LABELS : [this.#label]) {
      last = await this.options.api.query(samplesQuery(pods, label, rangeMs), null, { signal, count });
      if (last.series.length === 0) continue;
      this.#label = label;
      break;
    }
    return last;
  }

  #problemOf(found: number, warning: string | undefined): PollError | null {
    const now = this.options.clock.monotonic();
    if (found > 0) this.#emptySinceMs = null;
    else this.#emptySinceMs ??= now;
    if (warning !== undefined) return new PollError("protocol", `the answer is not whole: ${warning}`);
    if (this.#emptySinceMs === null || now - this.#emptySinceMs < EMPTY_AFTER_MS) return null;
    // Labels may have been changed since.
    this.#label = null;
    return new PollError(
      "protocol",
      "it has no cAdvisor series of these pods: another tenant or cluster, or the kubelets' cAdvisor pages are not scraped",
    );
  }
}
