import type { Clock } from "../base/clock.ts";
import type { ClusterAccess } from "../kubernetes/server/cluster-access.ts";
import { PodMetrics } from "../kubernetes/server/pod-metrics.ts";
import { PodUsages } from "../metrics/pod-usages.ts";
import type { CadvisorPage } from "../metrics/schema.ts";
import { KubeletScraper } from "../metrics/server/kubelet-scraper.ts";
import { MetricsServerPoller } from "../metrics/server/metrics-server-poller.ts";
import { PrometheusClient } from "../metrics/server/prometheus-client.ts";
import { PrometheusPoller } from "../metrics/server/prometheus-poller.ts";
import { UseSource } from "../metrics/server/use-source.ts";
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";
import { PAST_TIMEOUT_MS, PastUse } from "./past-use.ts";

/** All ways to read what a cluster's containers use that the settings allow; null: they allow none. `onPage`: each page of a kubelet, for a recording. */
export function openUse(
  { kubelet, prometheus: settings }: Pick<Config, "kubelet" | "prometheus">,
  access: ClusterAccess,
  { clock, log, onPage }: { clock: Clock; log: Pick<Log, "warn">; onPage?: (page: CadvisorPage) => void },
): UseSource | null {
  if (kubelet === null && settings === null) return null;
  const usages = new PodUsages();
  const common = { cluster: access.key, usages, clock, random: Math.random, log };
  const prometheus = settings === null ? null : new PrometheusPoller({ ...common, api: new PrometheusClient(settings, clock) });
  const hasRicher = () => prometheus?.tells === true;
  const kubelets =
    kubelet === null
      ? null
      : new KubeletScraper({ ...common, access, trust: kubelet.trust, hasRicher, ...(onPage === undefined ? {} : { onPage }) });
  // Whoever switches kubelets off does not want the same from metrics-server.
  const metricsServer = kubelet === null ? null : new MetricsServerPoller({ ...common, api: new PodMetrics(access, clock) });
  return new UseSource({ usages, kubelets, prometheus, metricsServer, clock });
}

/** Where the use of jobs that are over is looked for when our own history has none; null: nowhere. */
export function openPastUse({ prometheus }: Pick<Config, "prometheus">, clock: Clock, log: Log): PastUse | null {
  return prometheus === null ? null : new PastUse(new PrometheusClient(prometheus, clock, PAST_TIMEOUT_MS), log);
}
