import type { LogSink } from "../model/log-book.ts";
import type { PodLogs } from "../../testing/fake-api/pod-logs.ts";

/** A container's log does not grow beyond this. */
const MAX_CHARACTERS = 64_000;
/** A fleet that writes more logs than this writes none of new containers. */
const MAX_LOGS = 6000;

/** Keeps container logs where the API server reads them for `pods/log`. */
export class ApiLogs implements LogSink {
  readonly #logs: PodLogs;
  readonly #sizes = new Map<string, number>();

  constructor(logs: PodLogs) {
    this.#logs = logs;
  }

  append(key: string, line: string, at: number): void {
    const size = this.#sizes.get(key);
    if ((size === undefined && this.#sizes.size >= MAX_LOGS) || (size ?? 0) >= MAX_CHARACTERS) return;
    this.#sizes.set(key, (size ?? 0) + line.length + 1);
    this.#logs.append(key, line, at);
  }

  forget(podKey: string): void {
    for (const key of this.#containersOf(podKey)) {
      this.#sizes.delete(key);
      this.#logs.forget(key);
    }
  }

  /** Container names are few and known by the pod's key; scanning thousands of logs for each deletion would not do. */
  #containersOf(podKey: string): string[] {
    return ["build", "helper", "docker", "postgres", "redis", "db", "svc-0", "svc-1"].map((name) => `${podKey}/${name}`);
  }
}
