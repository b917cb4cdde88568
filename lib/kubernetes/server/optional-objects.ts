import "server-only";
import type { Clock } from "../../base/clock.ts";
import { fields, items } from "../read-field.ts";
import { readQuota } from "../read-quota.ts";
import type { QuotaRecord } from "../schema.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { OwnConnection } from "./own-connection.ts";

/** A namespace has a few. */
const MOST_QUOTAS = 50;

/** Objects for which no watch is worth while, read now and then on a connection of their own; each right is optional, and of one namespace. */
export class OptionalObjects {
  readonly #connection: OwnConnection;

  constructor(access: ClusterAccess, clock: Clock) {
    this.#connection = new OwnConnection(access, clock);
  }

  /** Of a ConfigMap the texts under these keys; all others are dropped at once. Throws ApiError: 403 without the right, 404 where there is none. */
  async configMap(namespace: string, name: string, keys: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`;
    const data = fields(fields(await this.#connection.get(path, signal))["data"]);
    return new Map(
      keys.flatMap((key) => {
        const text = data[key];
        return typeof text === "string" ? [[key, text] as const] : [];
      }),
    );
  }

  /** Throws ApiError: 403 without the right to list them. */
  async quotas(namespace: string, signal: AbortSignal): Promise<QuotaRecord[]> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/resourcequotas?limit=${MOST_QUOTAS}`;
    return items(fields(await this.#connection.get(path, signal))["items"]).flatMap(readQuota);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
