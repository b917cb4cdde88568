import { randomUUID } from "node:crypto";
import { systemClock, type Clock } from "../base/clock.ts";
import type { SourceReport } from "../base/source-state.ts";
import { foldFleet, type Fleet } from "../fleet/fold-fleet.ts";
import type { KeptJob } from "../history/write-row.ts";
import { ClusterWatch } from "../kubernetes/server/cluster-watch.ts";
import { loadClusters } from "../kubernetes/server/kubeconfig.ts";
import { KubeletScraper } from "../metrics/server/kubelet-scraper.ts";
import type { Collections } from "../stream/diff.ts";
import type { Entity, SnapshotFrame, Topic } from "../stream/frame.ts";
import { Hub } from "../stream/server/hub.ts";
import { readConfig, type Config, type ConfigError } from "./config.ts";
import { HistoryKeeper } from "./history-keeper.ts";
import { jobEvents } from "./job-events.ts";
import { jobSeries } from "./job-series.ts";
import { createLog, type Log } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { Tick } from "./tick.ts";
import { UseWatch, type Scraper } from "./use-watch.ts";
import { WatchedCluster, type Watch } from "./watched-cluster.ts";

/** Verdicts that depend on time, and the age of what is kept, are looked at this often although nothing changed. */
const QUIET_TICK_MS = 5_000;

export type RuntimeStatus = { state: "ok" } | { state: "config-errors"; errors: ConfigError[] } | { state: "no-cluster"; tried: string[] };

/** What pages and the API see of the process. Pages that read it call `await connection()` first, or they are rendered once, at build. */
export interface Runtime {
  readonly status: RuntimeStatus;
  readonly config: Config;
  readonly hub: Hub;
  readonly metrics: Metrics;
  readonly log: Log;
  fleet(): Fleet;
  sources(): SourceReport[];
  /** null: no history is kept. */
  readonly history: HistoryKeeper | null;
  /** A job by `<cluster>/<uid>` that is in memory, with the events about its pod and its use over time; null if it is not (or no longer) there. */
  job(key: string): KeptJob | null;
  /** The same, looked for in the history too. `live`: the stream has it. */
  find(cluster: string, uid: string): Promise<(KeptJob & { live: boolean }) | null>;
  /** What a page is rendered from; null for a job that is not known. */
  snapshot(topic: Topic): SnapshotFrame | null;
  /** What is missing before the first answer is whole, by cluster or source key; empty: ready. */
  missing(): string[];
  stop(): Promise<void>;
}

/** Composes a runtime out of watches. `getRuntime` is what production code calls. */
export function composeRuntime(parts: {
  config: Config;
  status: RuntimeStatus;
  watches: readonly Watch[];
  /** What reads the kubelets of a watch's cluster; without it nobody does. */
  scraper?: (watch: Watch) => Scraper | null;
  clock: Clock;
  log: Log;
}): Runtime {
  const { config, status, watches, clock, log } = parts;
  const mark = () => tick.mark();
  const clusters = watches.map((watch) => {
    const scraper = parts.scraper?.(watch) ?? null;
    return new WatchedCluster(watch, scraper === null ? null : new UseWatch(scraper, clock), clock, config.keep, mark);
  });
  const fold = (previous: Fleet | null) =>
    foldFleet(previous, {
      clusters: clusters.map((cluster) => cluster.input()),
      at: new Date(clock.now()).toISOString(),
      keep: config.keep,
    });
  let fleet = fold(null);
  const sources = () => clusters.flatMap((cluster) => cluster.reports());
  const job = (key: string) => {
    const found = fleet.jobs.get(key);
    if (found === undefined) return null;
    const cluster = clusters.find((one) => one.watch.record.key === found.cluster || one.watch.record.name === found.cluster);
    return { job: found, events: jobEvents(cluster?.events().get(found.uid)), series: jobSeries(cluster?.use?.pods().get(found.uid)) };
  };
  const history = openHistory({ config, clock, log, sources, jobs: () => fleet.jobs.keys(), job });
  const hub = new Hub({ clock, epoch: randomUUID(), job: (key) => jobCollections(job(key)) });
  const publish = () => hub.publish(fleetCollections(fleet), sources(), fleet.at);
  const tick = new Tick(clock, () => {
    const from = clock.monotonic();
    fleet = fold(fleet);
    if (history !== null) for (const key of changedIn(fleet)) keepEnded(history, job(key));
    publish();
    metrics.observeTick((clock.monotonic() - from) / 1_000);
  });
  const metrics = createMetrics({ hub, sources, liveJobs: () => valueOrNaN(fleet), now: () => clock.now() });
  let cancelQuiet: () => void = () => {};
  const quiet = () => {
    tick.mark();
    cancelQuiet = clock.after(QUIET_TICK_MS, quiet);
  };
  publish();
  quiet();
  for (const cluster of clusters) cluster.watch.start();
  history?.start();
  const missing = () => [
    ...clusters.filter((cluster) => cluster.watch.record.scope === "probing").map((cluster) => cluster.watch.record.key),
    ...missingIn(sources()),
  ];
  const stop = async () => {
    cancelQuiet();
    tick.stop();
    hub.stop();
    metrics.stop();
    await Promise.allSettled([...clusters.map((cluster) => cluster.stop()), history?.stop()]);
  };
  const find = async (cluster: string, uid: string) => {
    const live = job(`${cluster}/${uid}`);
    if (live !== null) return { ...live, live: true };
    const kept = (await history?.job(cluster, uid)) ?? null;
    return kept === null ? null : { ...kept, live: false };
  };
  return {
    status,
    config,
    hub,
    metrics,
    log,
    history,
    fleet: () => fleet,
    sources,
    job,
    find,
    snapshot: (topic) => hub.snapshot(topic),
    missing,
    stop,
  };
}

function openHistory(parts: {
  config: Config;
  clock: Clock;
  log: Log;
  sources: () => SourceReport[];
  jobs: () => Iterable<string>;
  job: (key: string) => KeptJob | null;
}): HistoryKeeper | null {
  const { config, clock, log, sources, jobs, job } = parts;
  if (config.history === null) return null;
  const watching = () =>
    new Set(sources().flatMap((report) => (report.source === "kubernetes-pods" && report.state.state === "live" ? [report.cluster] : [])));
  const ended = function* () {
    for (const key of jobs()) {
      const kept = job(key);
      if (kept !== null && kept.job.ending !== "live") yield kept;
    }
  };
  return new HistoryKeeper({ ...config.history, clock, log, watching, ended });
}

function changedIn(fleet: Fleet): string[] {
  return [...fleet.folds.values()].flatMap((fold) => fold.changed.map((memo) => memo.job.key));
}

function keepEnded(history: HistoryKeeper, kept: KeptJob | null): void {
  if (kept !== null && kept.job.ending !== "live") history.add(kept);
}

function fleetCollections(fleet: Fleet): Collections {
  return {
    clusters: fleet.clusters,
    overview: overviewMap(fleet.overview),
    jobs: fleet.rows,
    managers: fleet.managers,
    nodes: fleet.nodes,
  };
}

const overviews = new WeakMap<Entity, ReadonlyMap<string, Entity>>();

function overviewMap(overview: Fleet["overview"]): ReadonlyMap<string, Entity> {
  const kept = overviews.get(overview) ?? new Map([[overview.key, overview]]);
  overviews.set(overview, kept);
  return kept;
}

/** A job's topic as the stream and the pages take it. */
export function jobCollections(found: KeptJob | null): Collections | null {
  if (found === null) return null;
  return {
    job: new Map([[found.job.key, found.job]]),
    events: new Map(found.events.map((event) => [event.key, event])),
    series: new Map(found.series.map((series) => [series.key, series])),
  };
}

function missingIn(sources: readonly SourceReport[]): string[] {
  return sources.filter((report) => report.state.state === "connecting" && report.objects === null).map((report) => report.key);
}

function valueOrNaN(fleet: Fleet): number {
  return fleet.overview.live.state === "known" ? fleet.overview.live.value : Number.NaN;
}

/** Reads environment and kubeconfig and starts the watches. Never throws for what a person may have got wrong: `status` says it. */
async function startRuntime(env: Readonly<Record<string, string | undefined>>): Promise<Runtime> {
  const { config, errors, unused } = readConfig(env);
  const log = createLog(config.logLevel);
  for (const { variable, message, remedy } of errors) log.error({ variable, remedy }, `${variable} ${message}`);
  for (const variable of unused) log.warn({ variable }, `${variable} is set, but not used by this version`);
  const clock = systemClock;
  if (errors.length > 0) return composeRuntime({ config, status: { state: "config-errors", errors }, watches: [], clock, log });
  const loaded = loadClusters({
    ...(config.contexts === null ? {} : { contexts: config.contexts }),
    ...(config.kubeconfigPath === null ? {} : { kubeconfigPath: config.kubeconfigPath }),
    env,
  });
  const tried = loaded.errors.map((error) => (typeof error === "string" ? error : error.message));
  for (const text of tried) log.warn(text);
  const accesses = new Map(loaded.clusters.map((access) => [access.key, access]));
  const watches = loaded.clusters.map((access) => new ClusterWatch({ access, namespaces: config.namespaces, clock, log }));
  const scraper = (watch: Watch) => {
    const access = accesses.get(watch.record.key);
    if (access === undefined || config.kubelet === null) return null;
    return new KubeletScraper({ cluster: access.key, access, trust: config.kubelet.trust, clock, random: Math.random, log });
  };
  return composeRuntime({
    config,
    status: watches.length === 0 ? { state: "no-cluster", tried } : { state: "ok" },
    watches,
    scraper,
    clock,
    log,
  });
}

declare global {
  // Next evaluates modules more than once in a process; there must be one set of watches.
  var __runnerscope: Promise<Runtime> | undefined;
}

/** The process's runtime, started at the first call. */
export function getRuntime(): Promise<Runtime> {
  globalThis.__runnerscope ??= startRuntime(process.env).then((runtime) => {
    stopOnSignals(runtime);
    return runtime;
  });
  return globalThis.__runnerscope;
}

/** Next closes its listener on the same signals and exits when the last response has ended; streams end here, and nothing waits longer than 3 s. */
function stopOnSignals(runtime: Runtime): void {
  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const) {
    process.once(signal, () => {
      runtime.log.info({ signal }, "stopping");
      setTimeout(() => process.exit(code), 3_000).unref();
      void runtime.stop();
    });
  }
}
