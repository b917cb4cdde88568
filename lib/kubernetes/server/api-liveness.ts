import "server-only";
import type { Clock } from "../../base/clock.ts";
import { pause } from "../../base/retry.ts";
import { ApiError, toApiError, type ApiErrorKind } from "./api-error.ts";
import type { Api } from "./api-request.ts";
import type { RequestMeter } from "./request-meter.ts";

/** What a test may shorten. */
export interface LivenessTimes {
  /** The server is asked when nothing was heard for this long, and no sooner after it was asked before. */
  quietMs: number;
  /** The time that it has to answer, from the moment the request is sent. */
  answerMs: number;
}

/** A cut is told within quietMs + answerMs of the last byte: 10 s are promised of a watch. Bookmarks, every 60 s, are too rare for that. */
const TIMES: LivenessTimes = { quietMs: 4_500, answerMs: 5_000 };
/** When this process itself was busy, the answer may wait in the socket: a last look. */
const GRACE_MS = 100;
/** Only these say that nothing came back. A certificate, a credential or a strange answer is a fault, but of a server that is there. */
const NO_ANSWER: ReadonlySet<ApiErrorKind> = new Set<ApiErrorKind>(["timeout", "unreachable"]);

export interface LivenessOptions {
  api: Api;
  clock: Clock;
  /** Where its requests are counted. */
  meter: () => RequestMeter;
  times?: LivenessTimes;
  /** Whether somebody wants to know: false while no watch runs that an answer could help. */
  wanted: () => boolean;
  /** It does not answer; `detail` says how. Told again for each time it was asked in vain. */
  onSilence: (detail: string) => void;
  /** It answers again, after `onSilence`. */
  onReturn: () => void;
}

/**
 * Whether the API server is there while its watches are quiet: a half-open connection brings no error, only silence. One loop for a cluster.
 * `api` is the server as the watches see it: what comes through it counts as heard.
 */
export class ApiLiveness {
  readonly api: Api;
  readonly #options: LivenessOptions;
  readonly #times: LivenessTimes;
  readonly #abort = new AbortController();
  #heardAt: number;
  #silent = false;
  #done: Promise<void> | null = null;

  constructor(options: LivenessOptions) {
    this.#options = options;
    this.#times = options.times ?? TIMES;
    this.#heardAt = options.clock.monotonic();
    this.api = listenTo(options.api, () => (this.#heardAt = options.clock.monotonic()));
  }

  start(): void {
    this.#done ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { clock, wanted } = this.#options;
    const { signal } = this.#abort;
    let askedAt = clock.monotonic();
    while (!signal.aborted) {
      const waitMs = Math.max(this.#heardAt, askedAt) + this.#times.quietMs - clock.monotonic();
      if (waitMs > 0) {
        await pause(clock, waitMs, signal);
        continue;
      }
      askedAt = clock.monotonic();
      if (wanted()) await this.#probe(askedAt);
    }
  }

  async #probe(askedAt: number): Promise<void> {
    let failure = await this.#ask();
    // A connection of the pool that was closed meanwhile fails at once and says nothing about the server: a second look.
    if (failure?.kind === "unreachable") failure = await this.#ask();
    if (this.#abort.signal.aborted) return;
    if (failure === null || this.#heardAt > askedAt) {
      const returned = this.#silent;
      this.#silent = false;
      if (returned) this.#options.onReturn();
    } else {
      this.#silent = true;
      this.#options.onSilence(failure.message);
    }
  }

  /** null: it answered, with whatever status. */
  async #ask(): Promise<ApiError | null> {
    const { api, clock, meter } = this.#options;
    const { answerMs } = this.#times;
    const own = new AbortController();
    const state = { answered: false, late: false };
    let cancel = () => {};
    const late = () => {
      state.late = true;
      own.abort();
    };
    const signal = AbortSignal.any([this.#abort.signal, own.signal]);
    // Credentials may take their time (an exec plugin): that is not the server's.
    const onSent = () => {
      cancel();
      cancel = clock.after(answerMs, () => (cancel = clock.after(GRACE_MS, late)));
    };
    try {
      await api.get("/version", { signal, meter: meter(), onSent, onStatus: () => (state.answered = true) });
      return null;
    } catch (error) {
      if (state.answered || this.#abort.signal.aborted) return null;
      if (state.late) return new ApiError("timeout", `the API server did not answer for ${answerMs / 1_000} s`);
      const failure = toApiError(error);
      return NO_ANSWER.has(failure.kind) ? failure : null;
    } finally {
      cancel();
    }
  }
}

/** The same API server; `heard` is called for every answer and every piece of a stream. */
function listenTo(api: Api, heard: () => void): Api {
  return {
    get: (path, ask) => api.get(path, { ...ask, onStatus: heard }),
    review: (path, body, ask) => api.review(path, body, { ...ask, onStatus: heard }),
    open: async (path, ask) => tap(await api.open(path, { ...ask, onStatus: heard }), heard),
  };
}

async function* tap(pieces: AsyncIterable<Uint8Array>, heard: () => void): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    heard();
    yield piece;
  }
}
