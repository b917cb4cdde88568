import "server-only";
import type { Clock } from "../../base/clock.ts";
import { PollError } from "../../base/server/poll-error.ts";
import type { RbacRule } from "../../base/source-state.ts";
import { readPodMetrics, type PodMetricsRecord } from "../read-pod-metrics.ts";
import { ApiError } from "./api-error.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { OwnConnection } from "./own-connection.ts";

/** Reads `metrics.k8s.io` through the API server, on a connection of its own; only lists, namespace by namespace. */
export class PodMetrics {
  readonly #connection: OwnConnection;

  constructor(access: ClusterAccess, clock: Clock) {
    this.#connection = new OwnConnection(access, clock);
  }

  /** The containers of a namespace's pods that metrics-server knows. Throws PollError; with the rule where the right is missing. */
  async list(namespace: string, signal: AbortSignal): Promise<PodMetricsRecord[]> {
    const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${encodeURIComponent(namespace)}/pods`;
    let raw: unknown;
    try {
      raw = await this.#connection.get(path, signal);
    } catch (error) {
      throw error instanceof ApiError ? toPollError(error, namespace) : error;
    }
    const read = readPodMetrics(raw);
    if (read === null) throw new PollError("protocol", "the answer is no PodMetricsList");
    return read;
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

function toPollError({ kind, status, message }: ApiError, namespace: string): PollError {
  const rule: RbacRule = { apiGroup: "metrics.k8s.io", resource: "pods", verbs: ["get", "list"], namespace };
  if (kind === "forbidden") return PollError.forbidden(message, rule);
  // The API server knows the group only where metrics-server (or another adapter) has registered it; 503 while that does not answer.
  if (status === 404) return new PollError("protocol", "404: no metrics-server is installed (metrics.k8s.io/v1beta1)");
  const code = kind === "expired" || kind === "ended" || kind === "silent" ? "protocol" : kind;
  return new PollError(code, message);
}
