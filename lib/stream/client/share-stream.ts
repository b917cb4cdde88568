import { checkFrame } from "../envelope.ts";
import type { Frame, SnapshotFrame } from "../frame.ts";
import { Connection, SILENCE_MS, type ConnectionOptions, type LinkState } from "./connection.ts";

export interface SharedOptions extends ConnectionOptions {
  /** What this tab holds, for another tab that missed something; null while it holds nothing sure. */
  snapshot(): SnapshotFrame | null;
}

type Message =
  | { kind: "frame"; frame: Frame }
  | { kind: "state"; state: LinkState; retryAt: number | null }
  | { kind: "ask"; from: string }
  | { kind: "answer"; to: string; frame: Frame };

/** Changes with the wire format, so that tabs of two versions do not share. */
const VERSION = 2;

/**
 * One stream for all tabs of a browser that show the same topic. The tab that holds a Web Lock streams and passes every frame on
 * over a BroadcastChannel; when it closes, the lock goes to the next one, which resumes after what it holds. A tab that hears nothing
 * for 15 s opens its own stream. Without Web Locks (plain http on another host than localhost) every tab has its own.
 */
export class SharedStream {
  readonly #options: SharedOptions;
  readonly #connection: Connection;
  readonly #name: string;
  readonly #id = Math.random().toString(36).slice(2);
  #channel: BroadcastChannel | null = null;
  #giveUpLock: (() => void) | null = null;
  #leads = false;
  #silence: ReturnType<typeof setTimeout> | null = null;
  #asked = 0;

  constructor(options: SharedOptions) {
    this.#options = options;
    this.#name = `runnerscope:${VERSION}:${options.url}`;
    this.#connection = new Connection({
      ...options,
      onFrame: (frame) => {
        this.#post({ kind: "frame", frame });
        return options.onFrame(frame);
      },
      onState: (state, retryAt, polled) => {
        if (state !== "live") this.#post({ kind: "state", state, retryAt });
        options.onState(state, retryAt, polled);
      },
    });
  }

  start(): void {
    if (this.#channel !== null || this.#connection.running) return;
    const locks = typeof navigator === "undefined" ? undefined : navigator.locks;
    if (!locks || typeof BroadcastChannel === "undefined") return this.#connection.start();
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.addEventListener("message", (event: MessageEvent<Message>) => this.#receive(event.data));
    const waiting = new AbortController();
    const held = Promise.withResolvers<void>();
    this.#giveUpLock = () => {
      waiting.abort();
      held.resolve();
    };
    locks
      .request(this.#name, { signal: waiting.signal }, () => {
        if (waiting.signal.aborted) return;
        this.#lead();
        return held.promise;
      })
      .catch(() => {
        // Given up while waiting, or locks are not allowed here.
        if (!waiting.signal.aborted) this.#connection.start();
      });
    this.#ask();
    this.#heard();
  }

  stop(): void {
    this.#leads = false;
    this.#connection.stop();
    this.#giveUpLock?.();
    this.#giveUpLock = null;
    this.#channel?.close();
    this.#channel = null;
    if (this.#silence !== null) clearTimeout(this.#silence);
    this.#silence = null;
  }

  retryNow(): void {
    if (!this.#leads) this.#connection.start();
    this.#connection.retryNow();
  }

  /** See Connection.check; a tab that listens asks for what it may have missed. */
  check(): void {
    if (this.#connection.running) this.#connection.check();
    else if (this.#channel !== null) this.#ask();
  }

  #lead(): void {
    this.#leads = true;
    if (this.#silence !== null) clearTimeout(this.#silence);
    this.#silence = null;
    this.#connection.start();
  }

  #post(message: Message): void {
    if (this.#leads || message.kind === "ask") this.#channel?.postMessage(message);
  }

  #receive(message: Message): void {
    if (this.#leads) {
      const frame = message.kind === "ask" ? this.#options.snapshot() : null;
      if (message.kind === "ask" && frame !== null) this.#post({ kind: "answer", to: message.from, frame });
      return;
    }
    if (message.kind === "ask" || (message.kind === "answer" && message.to !== this.#id)) return;
    this.#heard();
    // The leader is back: one stream is enough.
    if (this.#connection.running) this.#connection.stop();
    if (message.kind === "state") return this.#options.onState(message.state, message.retryAt, false);
    const frame = checkFrame(message.frame);
    if (frame === null) return;
    if (this.#options.onFrame(frame) === "gap") this.#ask();
    this.#options.onState("live", null, false);
  }

  /** At most once a second: several frames may miss the same predecessor. */
  #ask(): void {
    if (Date.now() - this.#asked < 1_000) return;
    this.#asked = Date.now();
    this.#post({ kind: "ask", from: this.#id });
  }

  #heard(): void {
    if (this.#silence !== null) clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#connection.start(), SILENCE_MS);
  }
}
