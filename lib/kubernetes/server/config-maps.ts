import "server-only";
import type { Clock } from "../../base/clock.ts";
import { fields } from "../read-field.ts";
import { ApiAgent } from "./api-agent.ts";
import { ApiRequest } from "./api-request.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { RequestMeter } from "./request-meter.ts";

/** Reads single ConfigMaps by name, on a connection of its own. Needs no more than `get`, in the namespaces that are asked for. */
export class ConfigMaps {
  readonly #agent: ApiAgent;
  readonly #request: ApiRequest;
  readonly #meter: RequestMeter;

  constructor(access: ClusterAccess, clock: Clock) {
    this.#agent = new ApiAgent(access);
    this.#request = new ApiRequest(access, this.#agent, clock);
    this.#meter = new RequestMeter(clock);
  }

  /** The texts under these keys; all others are dropped at once. Throws ApiError: 403 without the right, 404 where there is none. */
  async read(namespace: string, name: string, keys: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`;
    const data = fields(fields(await this.#request.get(path, { signal, meter: this.#meter }))["data"]);
    return new Map(
      keys.flatMap((key) => {
        const text = data[key];
        return typeof text === "string" ? [[key, text] as const] : [];
      }),
    );
  }

  close(): Promise<void> {
    return this.#agent.close();
  }
}
