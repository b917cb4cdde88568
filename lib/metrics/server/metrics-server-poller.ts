import "server-only";
import { toPollError } from "../../base/server/poll-error.ts";
import type { PollOutcome, PollTurn } from "../../base/server/poll-loop.ts";
import type { SourceReport } from "../../base/source-state.ts";
import { BARE_LACKS, bareSample } from "../bare-sample.ts";
import { joinSamples } from "../join-samples.ts";
import type { ContainerSample, Wanted } from "../schema.ts";
import { WantedPoller, type WantedPollerOptions } from "./wanted-poller.ts";

const TIMEOUT_MS = 10_000;

/** One container as metrics-server tells it; structural, because sources are strangers to each other. */
interface Averaged {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly atMs: number;
  readonly windowMs: number;
  readonly cpuMillicores: number | null;
  readonly workingSetBytes: number | null;
}

/** Lists the containers of a namespace. Throws PollError. */
export interface AveragesApi {
  list(namespace: string, signal: AbortSignal): Promise<readonly Averaged[]>;
  close(): Promise<void>;
}

/**
 * Reads metrics-server for containers that nothing better tells: CPU as an average over its window, and the working set. A pod shows up there after two
 * of its samples, so jobs of less than about 30 s never do (metrics-server `storage.go`).
 */
export class MetricsServerPoller extends WantedPoller<AveragesApi> {
  #windowMs: number | null = null;

  constructor(options: WantedPollerOptions<AveragesApi>) {
    super("metrics-server", options);
  }

  /** null: nothing is asked. */
  report(): SourceReport | null {
    if (!this.asks) return null;
    const way = { name: "metrics-server" as const, because: null, lacks: [...BARE_LACKS], windowMs: this.#windowMs };
    return { ...this.loopReport(), way };
  }

  protected async ask(wanted: Wanted, turn: PollTurn): Promise<PollOutcome | null> {
    const { api, usages } = this.options;
    const namespaces = [...new Set([...wanted.values()].map(({ namespace }) => namespace))];
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const samples: ContainerSample[] = [];
    let problem: PollOutcome["problem"] = null;
    let heard = false;
    for (const namespace of namespaces) {
      turn.count();
      try {
        samples.push(...(await api.list(namespace, AbortSignal.any([turn.signal, timeout]))).map(sampleOf));
        heard = true;
      } catch (error) {
        // One namespace may be forbidden and another not.
        problem ??= toPollError(error, timeout.aborted ? { afterMs: TIMEOUT_MS } : null);
      }
    }
    if (turn.gone()) return null;
    this.#windowMs = samples.reduce<number | null>(
      (longest, { rate }) => (rate === undefined ? longest : Math.max(longest ?? 0, rate.windowMs)),
      null,
    );
    usages.add({ containers: joinSamples(samples, wanted), nested: [] }, wanted);
    return { heard, problem };
  }
}

function sampleOf({ cpuMillicores, workingSetBytes, windowMs, namespace, pod, container, atMs }: Averaged): ContainerSample {
  const sample = { ...bareSample({ namespace, pod, container, atMs, way: "metrics-server" }), workingSetBytes };
  return cpuMillicores === null ? sample : { ...sample, rate: { cpuMillicores, windowMs } };
}
