import type { Clock } from "../../base/clock.ts";
import { LogText } from "../../logs/server/log-text.ts";
import type { LogState } from "../../logs/schema.ts";

/** Where a log comes from. `read` ends when the log is whole, and throws when it cannot be read (any more). */
export interface LogUpstream {
  from: "gitlab" | "kubelet";
  read: (signal: AbortSignal) => AsyncIterable<Uint8Array>;
}

export interface FeedBounds {
  /** Packed text that is held; about a tenth of what was read. */
  maxPackedBytes: number;
  /** Text that is read at all. */
  maxBytes: number;
}

/** A burst of output is told once in this time. */
const TELL_MS = 250;

/** One log that somebody looks at: read once, however many look. */
export class LogFeed {
  readonly text: LogText;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #listeners = new Set<() => void>();
  #state: LogState["state"] = "connecting";
  #error: string | null = null;
  #telling = false;
  #done: Promise<void> | null = null;

  constructor(upstream: LogUpstream, bounds: FeedBounds, clock: Clock, onLine?: (atMs: number | null, text: string) => void) {
    this.#clock = clock;
    this.text = new LogText({ from: upstream.from, maxPackedBytes: bounds.maxPackedBytes, ...(onLine === undefined ? {} : { onLine }) });
    this.#done = this.#run(upstream, bounds.maxBytes);
  }

  get over(): boolean {
    return this.#state === "ended" || this.#state === "cut" || this.#state === "failed";
  }

  state(): LogState {
    const { text } = this;
    return {
      state: this.#state,
      error: this.#error,
      lines: text.size,
      first: text.first,
      bytes: text.bytes,
      sections: [...text.sections],
    };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves once there is something to show or it is clear that there will not be, at the latest after `ms`. */
  async ready(ms: number): Promise<void> {
    if (this.#state !== "connecting") return;
    await new Promise<void>((resolve) => {
      const leave = this.onChange(() => {
        if (this.#state === "connecting") return;
        leave();
        cancel();
        resolve();
      });
      const cancel = this.#clock.after(ms, () => {
        leave();
        resolve();
      });
    });
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    this.#listeners.clear();
    await this.#done;
  }

  async #run({ read }: LogUpstream, maxBytes: number): Promise<void> {
    const { signal } = this.#abort;
    try {
      for await (const chunk of read(signal)) {
        // An empty chunk says: connected, nothing yet.
        this.#state = "live";
        this.text.append(chunk);
        if (this.text.bytes > maxBytes) {
          this.#end("cut", null);
          return this.#abort.abort();
        }
        this.#tell();
      }
      this.#end("ended", null);
    } catch (error) {
      if (!signal.aborted) this.#end("failed", error instanceof Error ? error.message : "unreadable");
    }
  }

  #end(state: LogState["state"], error: string | null): void {
    this.text.end();
    [this.#state, this.#error] = [state, error];
    for (const listener of this.#listeners) listener();
  }

  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    this.#clock.after(TELL_MS, () => {
      this.#telling = false;
      for (const listener of this.#listeners) listener();
    });
  }
}
