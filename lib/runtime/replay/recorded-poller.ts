import type { ManagerReading } from "../../manager/schema.ts";
import type { Poller } from "../manager-watch.ts";
import type { Step } from "./step.ts";

/** Managers as they were recorded: what the last page of each said. */
export class RecordedPoller implements Poller {
  readonly #readings = new Map<string, ManagerReading>();
  #listener: () => void = () => {};

  /** `key`: the manager pod's uid. */
  take(key: string, { atMs, metrics, jobs }: Step & { kind: "manager" }): void {
    const at = new Date(atMs).toISOString();
    this.#readings.set(key, { key, state: { state: "live", since: at }, metrics, metricsAt: at, jobs, jobsAt: at, polls: [] });
    this.#listener();
  }

  readings(): ReadonlyMap<string, ManagerReading> {
    return new Map(this.#readings);
  }

  setTargets(): void {}

  soon(): void {}

  reports(): [] {
    return [];
  }

  onChange(listener: () => void): () => void {
    this.#listener = listener;
    return () => {};
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}
