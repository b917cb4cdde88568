import type { LogSink } from "../model/log-book.ts";

/** A container's log does not grow beyond this. */
const MAX_CHARACTERS = 64_000;
/** A fleet that writes more logs than this writes none of new containers. */
const MAX_LOGS = 6000;

/** Keeps container logs where the API server reads them for `pods/log`. */
export class ApiLogs implements LogSink {
  readonly #logs: Map<string, string>;

  constructor(logs: Map<string, string>) {
    this.#logs = logs;
  }

  append(key: string, line: string): void {
    const text = this.#logs.get(key);
    if (text === undefined && this.#logs.size >= MAX_LOGS) return;
    if ((text?.length ?? 0) < MAX_CHARACTERS) this.#logs.set(key, `${text ?? ""}${line}\n`);
  }

  forget(podKey: string): void {
    for (const key of this.#containersOf(podKey)) this.#logs.delete(key);
  }

  /** Container names are few and known by the pod's key; scanning thousands of logs for each deletion would not do. */
  #containersOf(podKey: string): string[] {
    return ["build", "helper", "docker", "postgres", "redis", "db", "svc-0", "svc-1"].map((name) => `${podKey}/${name}`);
  }
}
