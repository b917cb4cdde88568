import type { Clock } from "../base/clock.ts";
import type { ClusterInput } from "../fleet/fold-fleet.ts";
import type { PodRecord } from "../kubernetes/schema.ts";
import { ManagerConfigs, type ConfigMapSource } from "./manager-configs.ts";
import { QuotaWatch, type QuotaSource } from "./quota-watch.ts";

/** What may be read besides where that is allowed: managers' ConfigMaps, and the quotas of their namespaces. Nothing else waits for it. */
export class OptionalWatch {
  readonly #source: { close(): Promise<void> };
  readonly #configs: ManagerConfigs;
  readonly #quotas: QuotaWatch;

  constructor(source: ConfigMapSource & QuotaSource & { close(): Promise<void> }, clock: Clock) {
    this.#source = source;
    this.#configs = new ManagerConfigs(source, clock);
    this.#quotas = new QuotaWatch(source, clock);
  }

  onChange(listener: () => void): () => void {
    const unlisten = [this.#configs.onChange(listener), this.#quotas.onChange(listener)];
    return () => {
      for (const one of unlisten) one();
    };
  }

  facts(): Pick<ClusterInput, "configs" | "quotas"> {
    return { configs: this.#configs.facts(), quotas: this.#quotas.facts() };
  }

  follow(pods: ReadonlyMap<string, PodRecord>): void {
    this.#configs.follow(pods);
    this.#quotas.follow(pods);
  }

  async stop(): Promise<void> {
    this.#configs.stop();
    this.#quotas.stop();
    await this.#source.close();
  }
}
