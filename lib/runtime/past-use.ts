import { known } from "../base/known.ts";
import { usageSource } from "../fleet/derive-usage.ts";
import type { KeptJob } from "../history/write-row.ts";
import { POD_LABELS, samplesQuery, selector } from "../metrics/prometheus-query.ts";
import { metricsIn, samplesOf, type Answer } from "../metrics/read-prometheus.ts";
import { replaySamples } from "../metrics/replay-samples.ts";
import type { PrometheusClient } from "../metrics/server/prometheus-client.ts";
import type { Log } from "./log.ts";

/** A page waits for it no longer than this. */
export const PAST_TIMEOUT_MS = 5_000;
/** Longer jobs are asked for in steps: so many samples would be thinned out anyway. */
const WHOLE_MS = 6 * 3_600_000;
const MAX_STEPS = 240;
/** The last scrape comes after the end. */
const AFTER_MS = 60_000;
const MAX_KEPT = 100;
const KEEP_MS = 300_000;

/** The use of jobs that are over, from a Prometheus that kept it, where our own history has none. */
export class PastUse {
  readonly #client: Pick<PrometheusClient, "query" | "queryRange" | "close">;
  readonly #log: Pick<Log, "warn">;
  readonly #ended = new AbortController();
  readonly #filled = new Map<string, { atMs: number; job: Promise<KeptJob> }>();

  constructor(client: Pick<PrometheusClient, "query" | "queryRange" | "close">, log: Pick<Log, "warn">) {
    this.#client = client;
    this.#log = log;
  }

  /** The job with curves and use, as far as they are kept there; as it is when there is something already, or nothing there, or no answer. */
  async fill(kept: KeptJob): Promise<KeptJob> {
    if (kept.series.some(({ points }) => points.length > 0)) return kept;
    const nowMs = performance.now();
    for (const [key, { atMs }] of this.#filled) if (nowMs - atMs > KEEP_MS || this.#filled.size > MAX_KEPT) this.#filled.delete(key);
    const { key } = kept.job;
    const job =
      this.#filled.get(key)?.job ??
      this.#read(kept).catch((error: Error) => {
        this.#filled.delete(key);
        if (!this.#ended.signal.aborted) this.#log.warn({ job: key }, `prometheus, use of a job that is over: ${error.message}`);
        return kept;
      });
    if (!this.#filled.has(key)) this.#filled.set(key, { atMs: nowMs, job });
    return job;
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    this.#filled.clear();
    await this.#client.close();
  }

  async #read(kept: KeptJob): Promise<KeptJob> {
    const { namespace, pod, uid: podUid } = kept.job;
    const answer = await this.#ask(kept);
    const used = replaySamples(samplesOf(answer, new Set(metricsIn(answer))), { namespace, pod, podUid });
    if (used.size === 0) return kept;
    const containers = kept.job.containers.map((container) => {
      const usage = used.get(container.name)?.usage;
      return usage === undefined || container.usage.state === "known"
        ? container
        : { ...container, usage: known(usage, usage.at, usageSource(usage)) };
    });
    return { ...kept, job: { ...kept.job, containers }, series: [...used].map(([key, { points }]) => ({ key, points: [...points] })) };
  }

  async #ask({ job }: KeptJob): Promise<Answer> {
    const pods = [{ pod: job.pod, podUid: job.uid }];
    const fromMs = Date.parse(job.createdAt);
    const toMs = Math.max(fromMs, Date.parse(job.deletedAt ?? job.lastSeen)) + AFTER_MS;
    const ask = { signal: this.#ended.signal };
    for (const label of POD_LABELS) {
      const stepMs = Math.ceil((toMs - fromMs) / MAX_STEPS / 1_000) * 1_000;
      const answer = await (toMs - fromMs <= WHOLE_MS
        ? this.#client.query(samplesQuery(pods, label, toMs - fromMs), toMs, ask)
        : this.#client.queryRange(selector(pods, label), { fromMs, toMs, stepMs }, ask));
      if (answer.series.length > 0) return answer;
    }
    return { series: [], warnings: [] };
  }
}
