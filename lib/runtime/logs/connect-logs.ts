import type { Clock } from "../../base/clock.ts";
import type { ClusterAccess } from "../../kubernetes/server/cluster-access.ts";
import { PodLogs } from "../../kubernetes/server/pod-logs.ts";
import type { Config } from "../config.ts";
import type { GitlabWatch } from "../gitlab-watch.ts";
import type { LogConnections } from "./open-logs.ts";

/** The connections over which logs are read, as far as RUNNERSCOPE_LOGS allows them. Nothing goes out before somebody looks. */
export function connectLogs(
  { logs: allowed }: Config,
  clusters: readonly ClusterAccess[],
  gitlab: GitlabWatch | null,
  clock: Clock,
): LogConnections {
  const pods = new Map(allowed.pods ? clusters.map((access) => [access.key, new PodLogs(access, clock)]) : []);
  return {
    allowed,
    gitlab: gitlab === null || !allowed.gitlab ? null : { baseUrl: gitlab.baseUrl, trace: gitlab.trace },
    pods,
    clock,
    close: async () => void (await Promise.allSettled([...pods.values()].map((logs) => logs.close()))),
  };
}
