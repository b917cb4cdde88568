import { randomUUID } from "node:crypto";
import { systemClock, type Clock } from "../base/clock.ts";
import type { SourceReport } from "../base/source-state.ts";
import { foldFleet, type Fleet } from "../fleet/fold-fleet.ts";
import type { Job, JobEvent } from "../fleet/schema.ts";
import { ClusterWatch } from "../kubernetes/server/cluster-watch.ts";
import { loadClusters } from "../kubernetes/server/kubeconfig.ts";
import type { Collections } from "../stream/diff.ts";
import type { Entity, SnapshotFrame, Topic } from "../stream/frame.ts";
import { Hub } from "../stream/server/hub.ts";
import { readConfig, type Config, type ConfigError } from "./config.ts";
import { jobEvents } from "./job-events.ts";
import { createLog, type Log } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { Tick } from "./tick.ts";
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
  /** A job by `<cluster>/<uid>` with the events about its pod; null if it is not (or no longer) known. */
  job(key: string): { job: Job; events: readonly JobEvent[] } | null;
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
  clock: Clock;
  log: Log;
}): Runtime {
  const { config, status, watches, clock, log } = parts;
  const mark = () => tick.mark();
  const clusters = watches.map((watch) => new WatchedCluster(watch, clock, config.keep, mark));
  const fold = (previous: Fleet | null) =>
    foldFleet(previous, {
      clusters: clusters.map((cluster) => cluster.input()),
      at: new Date(clock.now()).toISOString(),
      keep: config.keep,
    });
  let fleet = fold(null);
  const sources = () => clusters.flatMap((cluster) => cluster.watch.reports());
  const job = (key: string) => {
    const found = fleet.jobs.get(key);
    if (found === undefined) return null;
    const cluster = clusters.find((one) => one.watch.record.key === found.cluster || one.watch.record.name === found.cluster);
    return { job: found, events: jobEvents(cluster?.events().get(found.uid)) };
  };
  const hub = new Hub({ clock, epoch: randomUUID(), job: (key) => jobCollections(job(key)) });
  const publish = () => hub.publish(fleetCollections(fleet), sources(), fleet.at);
  const tick = new Tick(clock, () => {
    const from = clock.monotonic();
    fleet = fold(fleet);
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
  const missing = () => [
    ...clusters.filter((cluster) => cluster.watch.record.scope === "probing").map((cluster) => cluster.watch.record.key),
    ...missingIn(sources()),
  ];
  const stop = async () => {
    cancelQuiet();
    tick.stop();
    hub.stop();
    metrics.stop();
    await Promise.allSettled(clusters.map((cluster) => cluster.stop()));
  };
  return { status, config, hub, metrics, log, fleet: () => fleet, sources, job, snapshot: (topic) => hub.snapshot(topic), missing, stop };
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

function jobCollections(found: { job: Job; events: readonly JobEvent[] } | null): Collections | null {
  if (found === null) return null;
  return { job: new Map([[found.job.key, found.job]]), events: new Map(found.events.map((event) => [event.key, event])) };
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
  const watches = loaded.clusters.map((access) => new ClusterWatch({ access, namespaces: config.namespaces, clock, log }));
  return composeRuntime({ config, status: watches.length === 0 ? { state: "no-cluster", tried } : { state: "ok" }, watches, clock, log });
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
