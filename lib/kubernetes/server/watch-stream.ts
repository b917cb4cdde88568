import "server-only";
import { isFields, type Fields } from "../../base/is-fields.ts";
import type { Clock } from "../../base/clock.ts";
import { fields } from "../read-field.ts";
import { ApiError, errorOfStatus, toApiError } from "./api-error.ts";
import type { Api, Ask } from "./api-request.ts";
import { readLines } from "./read-lines.ts";

export interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  object: Fields;
}

export interface WatchStream {
  api: Api;
  /** Path with the whole query. */
  path: string;
  ask: Ask;
  clock: Clock;
  /** No byte for this long: the connection is taken for half-open. */
  silenceMs: number;
  /** The server accepted the watch. */
  onOpen: () => void;
}

/**
 * The events of one watch, for each piece of the stream those that it completes (maybe none: the piece itself is a sign of life).
 * Returns when the server ends the stream; throws ApiError otherwise: `silent`, what an ERROR event says, `protocol` for a line that is no event.
 * Events before the failing line are delivered first.
 */
export async function* readWatch({ api, path, ask, clock, silenceMs, onOpen }: WatchStream): AsyncGenerator<WatchEvent[]> {
  const own = new AbortController();
  const silence = new Silence(clock, silenceMs, () => own.abort());
  try {
    const signal = AbortSignal.any([ask.signal, own.signal]);
    const bytes = await api.open(path, { ...ask, signal });
    silence.heard();
    onOpen();
    for await (const lines of readLines(bytes)) {
      silence.heard();
      const { events, failure } = readEvents(lines);
      yield events;
      if (failure !== null) throw failure;
    }
  } catch (error) {
    if (silence.fired) throw new ApiError("silent", `no byte for ${Math.round(silenceMs / 1_000)} s`);
    ask.signal.throwIfAborted();
    throw toApiError(error);
  } finally {
    silence.stop();
    // Whoever stops reading lets go of the socket.
    own.abort();
  }
}

/** When this process was busy for longer than the silence allowed, what came meanwhile still waits in the socket: a last look. */
const GRACE_MS = 100;

/** Calls once when nothing was heard for `ms`. One timer that renews itself, not one for each piece. */
class Silence {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #onSilence: () => void;
  #last = 0;
  #lastLook = false;
  #cancel: (() => void) | null = null;
  fired = false;

  constructor(clock: Clock, ms: number, onSilence: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#onSilence = onSilence;
  }

  heard(): void {
    this.#last = this.#clock.monotonic();
    this.#lastLook = false;
    if (this.#cancel === null) this.#arm(this.#ms);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #arm(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      const left = this.#last + this.#ms - this.#clock.monotonic();
      // Timers may fire a fraction of a millisecond early.
      if (left > 1) return this.#arm(left);
      if (!this.#lastLook) {
        this.#lastLook = true;
        return this.#arm(GRACE_MS);
      }
      this.fired = true;
      this.#onSilence();
    });
  }
}

const TYPES: ReadonlySet<unknown> = new Set<WatchEvent["type"]>(["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]);

function readEvents(lines: readonly string[]): { events: WatchEvent[]; failure: ApiError | null } {
  const events: WatchEvent[] = [];
  for (const line of lines) {
    const event = readEvent(line);
    if (event instanceof ApiError) return { events, failure: event };
    events.push(event);
  }
  return { events, failure: null };
}

function readEvent(line: string): WatchEvent | ApiError {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    // The line itself may hold anything, so it is not quoted.
    return new ApiError("protocol", `a line of ${line.length} characters is not JSON`);
  }
  const { type, object } = fields(raw);
  if (!isFields(object)) return new ApiError("protocol", "a line is not a watch event");
  if (type === "ERROR") {
    const code = object["code"];
    return typeof code === "number" ? errorOfStatus(code, object) : new ApiError("protocol", "an ERROR event without a code");
  }
  return isType(type) ? { type, object } : new ApiError("protocol", "a watch event of an unknown type");
}

function isType(raw: unknown): raw is WatchEvent["type"] {
  return TYPES.has(raw);
}
