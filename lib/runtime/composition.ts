import { randomUUID } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import type { SourceReport } from "../base/source-state.ts";
import { foldFleet, type Fleet } from "../fleet/fold-fleet.ts";
import type { Job } from "../fleet/schema.ts";
import type { KeptJob } from "../history/write-row.ts";
import type { SnapshotFrame, Topic } from "../stream/frame.ts";
import { Hub } from "../stream/server/hub.ts";
import type { Config, ConfigError } from "./config.ts";
import { FleetTrend } from "./fleet-trend.ts";
import type { GitlabWatch } from "./gitlab-watch.ts";
import { HistoryKeeper, type Election } from "./history-keeper.ts";
import { jobEvents } from "./job-events.ts";
import { jobSeries } from "./job-series.ts";
import type { Log } from "./log.ts";
import { LogDesk, LogRefused } from "./logs/log-desk.ts";
import { factsOf, stagesOf } from "./logs/log-facts-book.ts";
import { openLog, type LogConnections } from "./logs/open-logs.ts";
import { processName } from "./open-election.ts";
import type { OptionalWatch } from "./optional-watch.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import type { ManagerWatch } from "./manager-watch.ts";
import type { PastUse } from "./past-use.ts";
import { Tick } from "./tick.ts";
import { fleetCollections, jobCollections } from "./topic-collections.ts";
import { UseWatch, type Scraper } from "./use-watch.ts";
import { WatchedCluster, type Watch } from "./watched-cluster.ts";

/** Verdicts that depend on time, and the age of what is kept, are looked at this often although nothing changed. */
const QUIET_TICK_MS = 5_000;

export type RuntimeStatus = { state: "ok" } | { state: "config-errors"; errors: ConfigError[] } | { state: "no-cluster"; tried: string[] };

export interface RuntimeParts {
  config: Config;
  status: RuntimeStatus;
  watches: readonly Watch[];
  /** What reads the kubelets of a watch's cluster; without it nobody does. */
  scraper?: (watch: Watch) => Scraper | null;
  /** What the managers of a watch's cluster say; without it nobody asks them. */
  managers?: (watch: Watch) => ManagerWatch | null;
  /** ConfigMaps of the managers, and quotas; without it nobody reads those. */
  optional?: (watch: Watch) => OptionalWatch | null;
  /** GitLab; without it nobody asks it. */
  gitlab?: GitlabWatch | null;
  /** What logs are read with; without it none is. */
  logs?: LogConnections | null;
  /** Decides which of several dashboards on one database writes; without it the database does. */
  election?: Election | null;
  /** Tells the use of jobs of which our own history has none; without it nobody does. */
  past?: PastUse | null;
  /** A fleet that was folded before: of a recording. */
  folded?: Fleet;
  clock: Clock;
  log: Log;
}

/**
 * What pages and the API see of the process: watches, fold, stream and history put together. `getRuntime` is the one that production code uses.
 * Pages that read it call `await connection()` first, or they are rendered once, at build.
 */
export class Runtime {
  readonly status: RuntimeStatus;
  readonly config: Config;
  readonly hub: Hub;
  readonly metrics: Metrics;
  readonly log: Log;
  /** null: GitLab is not read. */
  readonly gitlab: GitlabWatch | null;
  readonly logs: LogDesk;
  /** null: no history is kept. */
  readonly history: HistoryKeeper | null;
  readonly #clock: Clock;
  readonly #clusters: readonly WatchedCluster[];
  readonly #tick: Tick;
  readonly #trend = new FleetTrend();
  readonly #closeLogs: () => Promise<void>;
  readonly #past: PastUse | null;
  #fleet: Fleet;
  #cancelQuiet: () => void = () => {};

  constructor({
    config,
    status,
    watches,
    scraper,
    managers,
    optional,
    gitlab = null,
    logs = null,
    election = null,
    past = null,
    folded,
    clock,
    log,
  }: RuntimeParts) {
    this.status = status;
    this.config = config;
    this.log = log;
    this.#past = past;
    this.#clock = clock;
    this.#tick = new Tick(clock, () => this.#run());
    const mark = () => this.#tick.mark();
    this.#clusters = watches.map((watch) => {
      const kubelets = scraper?.(watch) ?? null;
      const use = kubelets === null ? null : new UseWatch(kubelets, clock);
      const parts = {
        watch,
        use,
        managers: managers?.(watch) ?? null,
        optional: optional?.(watch) ?? null,
        logs: factsOf(logs, watch, clock),
      };
      return new WatchedCluster(parts, clock, config.keep, mark);
    });
    this.gitlab = gitlab;
    gitlab?.onChange(mark);
    this.#fleet = this.#fold(folded ?? null);
    this.hub = new Hub({ clock, epoch: randomUUID(), job: (key) => jobCollections(this.job(key)) });
    this.metrics = createMetrics({
      hub: this.hub,
      sources: () => this.sources(),
      fleet: () => this.#fleet,
      history: () => this.history?.figures() ?? null,
      now: () => clock.now(),
    });
    this.history = this.#makeHistory(election);
    this.#closeLogs = logs?.close ?? (() => Promise.resolve());
    this.logs = this.#makeLogs(logs);
    this.#publish();
    this.#quiet();
    for (const cluster of this.#clusters) cluster.watch.start();
    this.gitlab?.start();
    this.history?.start();
  }

  fleet(): Fleet {
    return this.#fleet;
  }

  #makeLogs(logs: NonNullable<RuntimeParts["logs"]> | null): LogDesk {
    return new LogDesk(
      (job, source) => {
        if (logs === null) throw new LogRefused("recording");
        return openLog(logs, () => this.#fleet.jobs.get(job.key) ?? job, source);
      },
      this.#clock,
      this.log,
      (job, sections) => this.#clusterOf(job)?.logs?.learn(job.uid, stagesOf(sections)),
    );
  }

  sources(): SourceReport[] {
    return [...this.#clusters.flatMap((cluster) => cluster.reports()), ...(this.gitlab?.reports() ?? [])];
  }

  /** A job by `<cluster>/<uid>` that is in memory, with the events about its pod and its use over time; null if it is not (or no longer) there. */
  job(key: string): KeptJob | null {
    const found = this.#fleet.jobs.get(key);
    if (found === undefined) return null;
    const cluster = this.#clusterOf(found);
    return { job: found, events: jobEvents(cluster?.events().get(found.uid)), series: jobSeries(cluster?.use?.pods().get(found.uid)) };
  }

  #clusterOf({ cluster }: Job): WatchedCluster | undefined {
    return this.#clusters.find(({ watch }) => watch.record.key === cluster || watch.record.name === cluster);
  }

  /** The same, looked for in the history too. `live`: the stream has it. */
  async find(cluster: string, uid: string): Promise<(KeptJob & { live: boolean }) | null> {
    const live = this.job(`${cluster}/${uid}`);
    if (live !== null) return { ...live, live: true };
    const kept = (await this.history?.job(cluster, uid)) ?? null;
    return kept === null ? null : { ...((await this.#past?.fill(kept)) ?? kept), live: false };
  }

  /** What a page is rendered from; null for a job that is not known. */
  snapshot(topic: Topic): SnapshotFrame | null {
    return this.hub.snapshot(topic);
  }

  /** What is missing before the first answer is whole, by cluster or source key; empty: ready. */
  missing(): string[] {
    const probing = this.#clusters.filter(({ watch }) => watch.record.scope === "probing").map(({ watch }) => watch.record.key);
    const unlisted = this.#clusters
      .flatMap(({ watch }) => watch.reports())
      .filter((report) => report.state.state === "connecting" && report.objects === null);
    return [...probing, ...unlisted.map((report) => report.key)];
  }

  async stop(): Promise<void> {
    this.#cancelQuiet();
    this.#tick.stop();
    this.hub.stop();
    this.metrics.stop();
    await Promise.allSettled([
      ...this.#clusters.map((cluster) => cluster.stop()),
      this.gitlab?.stop(),
      this.history?.stop(),
      this.logs.stop(),
      this.#past?.stop(),
    ]);
    await this.#closeLogs();
  }

  #fold(previous: Fleet | null): Fleet {
    const at = new Date(this.#clock.now()).toISOString();
    return foldFleet(previous, {
      clusters: this.#clusters.map((cluster) => cluster.input()),
      gitlab: this.gitlab?.facts() ?? null,
      at,
      keep: this.config.keep,
    });
  }

  #run(): void {
    const from = this.#clock.monotonic();
    this.#fleet = this.#fold(this.#fleet);
    this.gitlab?.follow(this.#fleet);
    this.metrics.observeFleet(this.#fleet);
    this.#keepEnded();
    this.#publish();
    this.metrics.observeTick((this.#clock.monotonic() - from) / 1_000);
  }

  #publish(): void {
    const sources = this.sources();
    this.#trend.observe(this.#fleet.overview, sources, this.#clock.now());
    this.hub.publish(fleetCollections(this.#fleet, this.#trend.chunks()), sources, this.#fleet.at);
  }

  #quiet(): void {
    this.#tick.mark();
    this.#cancelQuiet = this.#clock.after(QUIET_TICK_MS, () => this.#quiet());
  }

  /** Hands to the history what ended, or what became known about an end, in this tick. */
  #keepEnded(): void {
    if (this.history === null) return;
    for (const fold of this.#fleet.folds.values())
      for (const { row } of fold.changed) {
        const kept = row.ending === "live" ? null : this.job(row.key);
        if (kept !== null) this.history.add(kept);
      }
  }

  #makeHistory(election: Election | null): HistoryKeeper | null {
    const { history } = this.config;
    if (history === null) return null;
    const watched = ({ source, state }: SourceReport) =>
      source === "kubernetes-pods" && state.state === "live" ? Date.parse(state.since) : null;
    return new HistoryKeeper({
      ...history,
      clock: this.#clock,
      log: this.log,
      keep: this.config.keep,
      name: election?.identity ?? processName(),
      election,
      watching: () => {
        const since = new Map<string, number>();
        for (const report of this.sources()) {
          const ms = watched(report);
          if (ms !== null) since.set(report.cluster, Math.max(ms, since.get(report.cluster) ?? ms));
        }
        return since;
      },
      ended: () => [...this.#fleet.jobs.values()].flatMap((job) => (job.ending === "live" ? [] : (this.job(job.key) ?? []))),
    });
  }
}
