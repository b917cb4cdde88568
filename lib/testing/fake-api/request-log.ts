import type { RequestKind } from "./faults.ts";

export interface LoggedRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  request: RequestKind;
  resource: string | null;
  namespace: string | null;
  user: string;
  /** Milliseconds since the epoch, by this machine's clock. */
  at: number;
  /** HTTP status; null: not answered (yet), or the connection was cut before. */
  status: number | null;
}

const KEPT = 50_000;

/** Every request that arrived, oldest first; the newest 50,000. */
export class RequestLog {
  #entries: LoggedRequest[] = [];

  add(entry: LoggedRequest): LoggedRequest {
    this.#entries.push(entry);
    if (this.#entries.length > KEPT * 1.2) this.#entries = this.#entries.slice(-KEPT);
    return entry;
  }

  all(): readonly LoggedRequest[] {
    return this.#entries;
  }

  /** Those that have all these values. */
  find(match: Partial<Pick<LoggedRequest, "method" | "request" | "resource" | "namespace" | "user" | "status">>): LoggedRequest[] {
    return this.#entries.filter((entry) => Object.entries(match).every(([field, value]) => entry[field as keyof LoggedRequest] === value));
  }

  clear(): void {
    this.#entries = [];
  }
}
