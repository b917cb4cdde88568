import "server-only";
import type { Clock } from "../../base/clock.ts";
import { ApiAgent } from "./api-agent.ts";
import { ApiRequest, type Ask } from "./api-request.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { RequestMeter } from "./request-meter.ts";

/** Requests beside the watches, on sockets of their own: what is asked here never keeps a watch from its socket. */
export class OwnConnection {
  readonly #agent: ApiAgent;
  readonly #request: ApiRequest;
  readonly #meter: RequestMeter;

  /** `streams`: sockets that may be held at the same time by answers that go on. */
  constructor(access: ClusterAccess, clock: Clock, streams = 0) {
    this.#agent = new ApiAgent(access);
    if (streams > 0) this.#agent.reserve(streams);
    this.#request = new ApiRequest(access, this.#agent, clock);
    this.#meter = new RequestMeter(clock);
  }

  /** The JSON at a path. Throws ApiError. */
  get(path: string, signal: AbortSignal): Promise<unknown> {
    return this.#request.get(path, { signal, meter: this.#meter });
  }

  /** A body as it comes. Throws ApiError. */
  open(path: string, ask: Pick<Ask, "signal" | "accept">): Promise<AsyncIterable<Uint8Array>> {
    return this.#request.open(path, { ...ask, meter: this.#meter });
  }

  close(): Promise<void> {
    return this.#agent.close();
  }
}
