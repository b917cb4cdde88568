import { systemClock } from "../base/clock.ts";
import { isLoopbackAddress } from "../base/host-names.ts";
import { ClusterWatch } from "../kubernetes/server/cluster-watch.ts";
import { OptionalObjects } from "../kubernetes/server/optional-objects.ts";
import { loadClusters } from "../kubernetes/server/kubeconfig.ts";
import { ManagerPoller } from "../manager/server/manager-poller.ts";
import { Runtime } from "./composition.ts";
import { readConfig, type Config } from "./config.ts";
import { createLog, type Log } from "./log.ts";
import { openGitlab } from "./gitlab-watch.ts";
import { connectLogs } from "./logs/connect-logs.ts";
import { ManagerWatch } from "./manager-watch.ts";
import { OptionalWatch } from "./optional-watch.ts";
import { openElection } from "./open-election.ts";
import { openPastUse, openUse } from "./open-use.ts";
import { openRecording, RecordingError } from "./replay/open-recording.ts";
import { readSteps } from "./replay/read-steps.ts";
import { KEEP_ALL, RecordedCluster } from "./replay/recorded-cluster.ts";
import { stopOnSignals } from "./stop-on-signals.ts";
import type { Watch } from "./watched-cluster.ts";

/** Reads environment and kubeconfig and starts the watches. Never throws for what a person may have got wrong: `status` says it. */
async function startRuntime(env: Readonly<Record<string, string | undefined>>): Promise<Runtime> {
  const { config, errors } = readConfig(env);
  const log = createLog(config.logLevel);
  for (const { variable, message, remedy } of errors) log.error({ variable, remedy }, `${variable} ${message}`);
  warnOpen(config, log);
  const clock = systemClock;
  if (errors.length > 0) return new Runtime({ config, status: { state: "config-errors", errors }, watches: [], clock, log });
  if (config.recording !== null) return showRecording(config, config.recording, log);
  const loaded = loadClusters({
    ...(config.contexts === null ? {} : { contexts: config.contexts }),
    ...(config.kubeconfigPath === null ? {} : { kubeconfigPath: config.kubeconfigPath }),
    env,
  });
  const tried = loaded.errors.map((error) => (typeof error === "string" ? error : error.message));
  for (const text of tried) log.warn(text);
  const accesses = new Map(loaded.clusters.map((access) => [access.key, access]));
  const watches = loaded.clusters.map(
    (access) => new ClusterWatch({ access, namespaces: config.namespaces, managers: config.managerNames, clock, log }),
  );
  const scraper = (watch: Watch) => {
    const access = accesses.get(watch.record.key);
    return access === undefined ? null : openUse(config, access, { clock, log });
  };
  const managers = (watch: Watch) =>
    config.managers ? new ManagerWatch(new ManagerPoller({ cluster: watch.record.key, clock, random: Math.random, log }), clock) : null;
  const optional = (watch: Watch) => {
    const access = accesses.get(watch.record.key);
    return access === undefined || !config.managers ? null : new OptionalWatch(new OptionalObjects(access, clock), clock);
  };
  const gitlab = openGitlab(config, clock, log);
  return new Runtime({
    config,
    managers,
    optional,
    gitlab,
    election: openElection(config, loaded.clusters[0], clock, log),
    past: openPastUse(config, clock, log),
    logs: connectLogs(config, loaded.clusters, gitlab, clock),
    status: watches.length === 0 ? { state: "no-cluster", tried } : { state: "ok" },
    watches,
    scraper,
    clock,
    log,
  });
}

/** It asks nobody who they are: whoever lets others reach it should know, and know how to name it. */
function warnOpen({ host, allowedHosts }: Config, log: Log): void {
  if (isLoopbackAddress(host)) return;
  const names = allowedHosts.length > 0 ? `and ${allowedHosts.join(", ")}` : "only; for a DNS name set RUNNERSCOPE_ALLOWED_HOSTS";
  log.warn(
    `Listens on ${host}: whoever reaches it sees everything, put a proxy that signs people in before it. Answers for addresses ${names}`,
  );
}

/** The pages on a recording: the clock stands at its end, nothing is written. A recording that cannot be read is a wrong variable. */
function showRecording(config: Config, given: string, log: Log): Runtime {
  try {
    const { folder, close } = openRecording(given);
    try {
      const cluster = new RecordedCluster("recording");
      const folded = cluster.play(readSteps(folder, cluster.record.key));
      const clock = { ...systemClock, now: () => cluster.endMs };
      const still = { ...config, keep: KEEP_ALL, history: null, label: config.label ?? "recording" };
      return new Runtime({
        config: still,
        status: { state: "ok" },
        watches: [cluster.watch()],
        scraper: () => cluster.scraper(),
        managers: () => cluster.managers,
        folded,
        clock,
        log,
      });
    } finally {
      close();
    }
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    const wrong = {
      variable: "RUNNERSCOPE_RECORDING",
      message: `cannot be shown: ${error.message}`,
      remedy: "Give the folder or archive of a recording, or leave it out.",
    };
    log.error(wrong, wrong.message);
    return new Runtime({
      config: { ...config, history: null },
      status: { state: "config-errors", errors: [wrong] },
      watches: [],
      clock: systemClock,
      log,
    });
  }
}

declare global {
  // Next evaluates modules more than once in a process; there must be one set of watches.
  var __runnerscope: Promise<Runtime> | undefined;
}

/** The process's runtime, started at the first call. */
export function getRuntime(): Promise<Runtime> {
  globalThis.__runnerscope ??= startRuntime(process.env).then((runtime) => {
    stopOnSignals({ stop: () => runtime.stop(), log: runtime.log });
    return runtime;
  });
  return globalThis.__runnerscope;
}
