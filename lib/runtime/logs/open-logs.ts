import type { Clock } from "../../base/clock.ts";
import { valueOf } from "../../base/known.ts";
import type { Job } from "../../fleet/schema.ts";
import { parseJobUrl } from "../../gitlab/parse-job-url.ts";
import type { ContainerLogAsk } from "../../kubernetes/server/pod-logs.ts";
import type { LogSource } from "../../logs/schema.ts";
import type { Config } from "../config.ts";
import type { LogUpstream } from "./log-feed.ts";
import { LogRefused } from "./log-desk.ts";
import { readContainerLog } from "./read-container-log.ts";
import { readTrace } from "./read-trace.ts";

/** What logs are read with; null where there is none of it. */
export interface LogConnections {
  allowed: Config["logs"];
  /** GitLab's traces. `project`: its number or its path. */
  gitlab: { baseUrl: string; trace: (project: string, jobId: string, signal: AbortSignal) => AsyncIterable<Uint8Array> } | null;
  /** By the cluster's key. */
  pods: ReadonlyMap<string, { open: (ask: ContainerLogAsk, signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>> }>;
  clock: Clock;
  close: () => Promise<void>;
}

/** GitLab's words for a job that is over. */
const OVER: ReadonlySet<string> = new Set(["success", "failed", "canceled", "skipped"]);

/** Where the log of this job comes from. `job`: the job as it is known now, or null. Throws LogRefused. */
export function openLog(connections: LogConnections, job: () => Job | null, source: LogSource): LogUpstream {
  return source === "gitlab" ? openTrace(connections, job) : openContainer(connections, job, source.slice("pod:".length));
}

function openTrace({ allowed, gitlab, clock }: LogConnections, job: () => Job | null): LogUpstream {
  if (!allowed.gitlab) throw new LogRefused("off");
  if (gitlab === null) throw new LogRefused("not-connected");
  const found = job();
  const id = found === null ? null : valueOf(found.gitlab.id);
  const project = found === null ? null : projectOf(found, gitlab.baseUrl);
  if (id === null || project === null) throw new LogRefused("no-job-number");
  return readTrace({
    open: (signal) => gitlab.trace(project, id, signal),
    isOver: () => {
      const now = job();
      const status = now === null ? null : valueOf(now.gitlab.status);
      return now === null || (status === null ? now.deletedAt !== null : OVER.has(status));
    },
    clock,
  });
}

/** The project's number first: a label of the runner's, which a job's author cannot set, as the address in an annotation can be. */
function projectOf({ gitlab }: Job, baseUrl: string): string | null {
  const number = valueOf(gitlab.projectId);
  if (number !== null && /^\d+$/.test(number)) return number;
  const url = valueOf(gitlab.url);
  return url === null ? null : (parseJobUrl(url, baseUrl)?.projectPath ?? null);
}

function openContainer({ allowed, pods, clock }: LogConnections, job: () => Job | null, container: string): LogUpstream {
  if (!allowed.pods) throw new LogRefused("off");
  const found = job();
  if (found === null || found.deletedAt !== null) throw new LogRefused("pod-gone");
  if (!found.containers.some((one) => one.name === container)) throw new LogRefused("no-container");
  const logs = pods.get(found.cluster);
  if (logs === undefined) throw new LogRefused("not-connected");
  const { namespace, pod } = found;
  return readContainerLog({
    open: (since, signal) => logs.open({ namespace, pod, container, since }, signal),
    isOver: () => {
      const now = job();
      const state = now?.containers.find((one) => one.name === container)?.state;
      return now === null || now.deletedAt !== null || (state?.state === "known" && state.value.kind === "terminated");
    },
    clock,
  });
}
