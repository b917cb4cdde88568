import "server-only";
import type { Clock } from "../../base/clock.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { OwnConnection } from "./own-connection.ts";

/** Logs that are followed at the same time; each holds a connection. */
const MOST_STREAMS = 200;

export interface ContainerLogAsk {
  namespace: string;
  pod: string;
  container: string;
  /** Only what was written at or after this time, RFC 3339; null: from the beginning that the node still has. */
  since: string | null;
}

/** `pods/log` of one cluster, on connections of its own: logs that are followed never keep a watch from its socket. */
export class PodLogs {
  readonly #connection: OwnConnection;

  constructor(access: ClusterAccess, clock: Clock) {
    this.#connection = new OwnConnection(access, clock, MOST_STREAMS);
  }

  /**
   * What the container writes, each line with the kubelet's stamp and a blank before it, until the container ends. The node keeps about 10 MB of a
   * container (kubelet `containerLogMaxSize`). Throws ApiError: 403 without the right to get `pods/log`, 400 before the container has started.
   */
  async open({ namespace, pod, container, since }: ContainerLogAsk, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const query = new URLSearchParams({ container, follow: "true", timestamps: "true" });
    if (since !== null) query.set("sinceTime", since);
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log?${query}`;
    return this.#connection.open(path, { signal, accept: "text/plain, */*" });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
