import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { valueOf } from "../base/known.ts";
import type { SourceReport } from "../base/source-state.ts";
import type { Fleet } from "../fleet/fold-fleet.ts";
import type { Hub } from "../stream/server/hub.ts";
import { FleetMetrics } from "./fleet-metrics.ts";
import type { HistoryFigures } from "./history-keeper.ts";

export interface Metrics {
  /** Prometheus text. */
  text(): Promise<string>;
  contentType: string;
  /** Counts what became known in a fold. */
  observeFleet(fleet: Fleet): void;
  /** Seconds that one fold and publish took. */
  observeTick(seconds: number): void;
  stop(): void;
}

interface Observed {
  hub: Hub;
  sources(): SourceReport[];
  fleet(): Fleet;
  /** null: no history is kept. */
  history(): HistoryFigures | null;
  now(): number;
}

const STATES = ["connecting", "live", "stale", "failed", "forbidden", "off"] as const;

/** The dashboard's own figures, read when they are asked for. */
export function createMetrics(observed: Observed): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "runnerscope_" });
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const ticks = new Histogram({
    name: "runnerscope_tick_seconds",
    help: "Time to fold and publish once",
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25],
    registers: [registry],
  });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  for (const share of [50, 99])
    gauge(
      `runnerscope_event_loop_delay_p${share}_seconds`,
      `Event loop delay since the last scrape, percentile ${share}`,
      () => delay.percentile(share) / 1e9,
    );
  gauge("runnerscope_live_jobs", "Live job pods; NaN while not known", () => valueOf(observed.fleet().overview.live) ?? Number.NaN);
  gauge("runnerscope_viewers", "Open streams", () => observed.hub.counts.viewers);
  gauge("runnerscope_topics", "Topics with state", () => observed.hub.counts.topics);
  countHub(registry, observed.hub);
  const fleetMetrics = new FleetMetrics(
    registry,
    () => observed.fleet(),
    () => observed.now(),
  );
  describeSources(registry, observed);
  describeHistory(registry, observed);
  return {
    contentType: registry.contentType,
    async text() {
      const text = await registry.metrics();
      delay.reset();
      return text;
    },
    observeFleet: (fleet) => fleetMetrics.observe(fleet),
    observeTick: (seconds) => ticks.observe(seconds),
    stop: () => void delay.disable(),
  };
}

function countHub(registry: Registry, hub: Hub): void {
  const counters = [
    ["runnerscope_frames_sent_total", "Frames sent to viewers", "framesSent"],
    ["runnerscope_frames_encoded_total", "Frames encoded, each once for all viewers", "framesEncoded"],
    ["runnerscope_stream_bytes_total", "Bytes sent to viewers, before compression", "bytesSent"],
  ] as const;
  for (const [name, help, field] of counters) {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(hub.counts[field]);
      },
    });
  }
}

/** No series where no history is kept. */
function describeHistory(registry: Registry, observed: Observed): void {
  const each = (name: string, help: string, read: (figures: HistoryFigures) => number) =>
    new Gauge({
      name,
      help,
      // Without a label prom-client gives a gauge that nobody set the value 0.
      labelNames: ["none"],
      registers: [registry],
      collect() {
        this.reset();
        const figures = observed.history();
        if (figures !== null) this.set({}, read(figures));
      },
    });
  each("runnerscope_history_writable", "1 while finished jobs can be written", ({ writable }) => Number(writable));
  each("runnerscope_history_writer", "1 on the one dashboard that writes, of those that share a database", ({ writes }) => Number(writes));
  each("runnerscope_history_waiting_jobs", "Finished jobs that are not written yet", ({ waiting }) => waiting);
  each("runnerscope_history_lost_jobs", "Finished jobs that were never written", ({ lost }) => lost);
}

function describeSources(registry: Registry, observed: Observed): void {
  const labels = ["cluster", "source", "part"] as const;
  const each = (name: string, help: string, read: (report: SourceReport) => number | null) =>
    new Gauge({
      name,
      help,
      labelNames: labels,
      registers: [registry],
      collect() {
        this.reset();
        for (const report of observed.sources()) {
          const value = read(report);
          if (value !== null) this.set({ cluster: report.cluster, source: report.source, part: report.part ?? "" }, value);
        }
      },
    });
  each("runnerscope_source_age_seconds", "Time since the source last said anything", (report) =>
    report.lastHeardAt === null ? null : (observed.now() - Date.parse(report.lastHeardAt)) / 1_000,
  );
  each("runnerscope_source_open_watches", "Open watches", (report) => report.openWatches);
  each("runnerscope_source_requests_per_minute", "Requests sent in the last minute", (report) => report.requestsPerMinute);
  each("runnerscope_source_relists", "Lists taken again", (report) => report.relists);
  each("runnerscope_source_reconnects", "Watches opened again", (report) => report.reconnects);
  each("runnerscope_source_objects", "Objects held", (report) => report.objects);
  new Gauge({
    name: "runnerscope_source_state",
    help: "1 for the state the source is in",
    labelNames: [...labels, "state"],
    registers: [registry],
    collect() {
      this.reset();
      for (const report of observed.sources()) {
        for (const state of STATES)
          this.set(
            { cluster: report.cluster, source: report.source, part: report.part ?? "", state },
            report.state.state === state ? 1 : 0,
          );
      }
    },
  });
}
