import "server-only";
import type { Fields } from "../../base/is-fields.ts";
import { isoNow } from "../../base/clock.ts";
import { pause } from "../../base/retry.ts";
import type { SourceReport } from "../../base/source-state.ts";
import { compareVersions } from "../compare-versions.ts";
import { HeldObjects, type Gone, type Identified } from "../held-objects.ts";
import { fields, name } from "../read-field.ts";
import { ApiError, toApiError } from "./api-error.ts";
import { MIN_LIFE_MS, type Recovery } from "./decide-watch-error.ts";
import { listPages } from "./list-pages.ts";
import { SourceStatus } from "./source-status.ts";
import type { ReflectorOptions } from "./reflector-options.ts";
import { ToldUntil } from "./told-until.ts";
import { WatchLife } from "./watch-life.ts";
import { readWatch, type WatchEvent } from "./watch-stream.ts";

const SILENCE_MS = 90_000;
/** timeoutSeconds of a watch, uniform: spreads reconnects over time and API servers (client-go asks for 5 to 10 minutes). */
const WATCH_SECONDS = { from: 240, to: 540 };

/**
 * List, then watch, for ever: what the API server has of one resource, as records in a store. Ends only with `stop()`; whatever goes wrong
 * is waited out with back-off and told in `report()`. Order of events is the server's; see HeldObjects for what is kept.
 */
export class Reflector<T extends Identified> {
  readonly #options: ReflectorOptions<T>;
  readonly #held: HeldObjects<T>;
  readonly #status: SourceStatus;
  readonly #abort = new AbortController();
  readonly #life: WatchLife;
  readonly #told: ToldUntil;
  #wake: AbortController | null = null;
  /** Ends the watch that is open or opens. */
  #watching: AbortController | null = null;
  #done: Promise<void> | null = null;
  /** Where the watch resumes; null: a list is needed. */
  #version: string | null = null;
  #opened = 0;
  #unreadable = 0;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#held = new HeldObjects(options.held);
    if (options.seed !== undefined) this.#held.replace(options.seed);
    this.#status = new SourceStatus(options.clock, options.identity, options.refused ? options.rule : null, () => this.#changed());
    this.#told = new ToldUntil(options.clock);
    this.#life = new WatchLife(options.clock, options.random, { ...options.times, bookmarksExpected: options.bookmarksExpected });
  }

  get store() {
    return this.#held.store;
  }

  /** Objects that came but could not be read; they are skipped. */
  get unreadable(): number {
    return this.#unreadable;
  }

  start(): void {
    this.#done ??= this.#run();
  }

  /** Ends the watch, its socket and its timers. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  /** Ends a wait: something changed that makes a try worth while, such as a right that was given. */
  retryNow(): void {
    this.#wake?.abort();
  }

  /**
   * The server was found not to answer: what is called live is stale from now on (`timeout`), and its watch ends and resumes with back-off. A list
   * that is under way goes on; what is known to be broken is left alone.
   */
  interrupt(detail: string): void {
    if (this.#status.state.state !== "live") return;
    this.#status.broken({ code: "timeout", detail }, 0);
    this.#watching?.abort(new ApiError("timeout", detail));
  }

  report(): SourceReport {
    return this.#status.report(this.store.size, this.#options.meter.perMinute);
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    if (this.#options.refused) await this.#wait(this.#life.waitForRight());
    while (!signal.aborted) {
      let phase: "list" | "watch" = "list";
      this.#life.begin();
      try {
        if (this.#version === null) await this.#list();
        phase = "watch";
        await this.#follow();
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(phase, toApiError(error));
      }
    }
  }

  async #list(): Promise<void> {
    const { api, path, meter, times } = this.#options;
    let records: T[] = [];
    let beganAt = isoNow(this.#options.clock);
    const version = await listPages({
      api,
      path,
      ask: { signal: this.#abort.signal, meter },
      ...(times?.pageSize === undefined ? {} : { pageSize: times.pageSize }),
      onPage: (items) => {
        this.#status.heard();
        const seenAt = isoNow(this.#options.clock);
        for (const item of items) {
          const record = this.#read(fields(item), seenAt);
          if (record !== null) records.push(record);
        }
      },
      onRestart: () => {
        records = [];
        beganAt = isoNow(this.#options.clock);
      },
    });
    const gone = this.#held.replace(records);
    this.#version = version;
    this.#status.listed();
    this.#tellGone(gone, this.#told.afterList);
    this.#told.listed(beganAt);
    this.#changed();
  }

  async #follow(): Promise<void> {
    const { api, path, clock, random, meter, times } = this.#options;
    const query = new URLSearchParams({
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: this.#version ?? "",
      timeoutSeconds: String(Math.floor(WATCH_SECONDS.from + random() * (WATCH_SECONDS.to - WATCH_SECONDS.from))),
    });
    let cancelProof = () => {};
    this.#watching = new AbortController();
    const stream = readWatch({
      api,
      path: `${path}?${query.toString()}`,
      ask: { signal: AbortSignal.any([this.#abort.signal, this.#watching.signal]), meter },
      clock,
      silenceMs: times?.silenceMs ?? SILENCE_MS,
      onOpen: () => {
        this.#onOpen();
        // Where nothing happens that a watch could deliver, it proves itself by living.
        cancelProof = clock.after(MIN_LIFE_MS, () => this.#lived());
      },
    });
    try {
      for await (const events of stream) {
        this.#status.heard();
        if (events.length > 0) this.#take(events);
        this.#told.heard();
      }
      this.#told.ended(false);
    } catch (error) {
      this.#told.ended(toApiError(error).kind === "timeout");
      throw error;
    } finally {
      cancelProof();
      this.#watching = null;
      this.#status.openWatches = 0;
    }
    throw new ApiError("ended", "the server closed the watch");
  }

  #onOpen(): void {
    this.#life.opened();
    this.#told.opened();
    this.#status.openWatches = 1;
    this.#status.heard();
    if (this.#opened++ > 0) this.#status.reconnects += 1;
    if (!this.#life.doubted) this.#status.live();
  }

  #lived(): void {
    this.#life.lived();
    if (!this.#life.doubted) this.#status.live();
  }

  #take(events: readonly WatchEvent[]): void {
    const seenAt = isoNow(this.#options.clock);
    const revision = this.store.revision;
    const gone: Gone<T>[] = [];
    for (const event of events) {
      if (event.type !== "BOOKMARK") gone.push(...this.#apply(event, seenAt));
      this.#advance(event.object);
    }
    this.#life.delivered(events.some((event) => event.type === "BOOKMARK"));
    this.#status.live();
    this.#tellGone(gone, this.#told.after);
    if (this.store.revision !== revision) this.#changed();
  }

  #apply(event: WatchEvent, seenAt: string): Gone<T>[] {
    const record = this.#read(event.object, seenAt);
    if (event.type !== "DELETED") return record === null ? [] : this.#held.put(record);
    const uid = record?.uid ?? name(fields(event.object["metadata"])["uid"]);
    return uid === null ? [] : this.#held.delete(uid, record);
  }

  /** Keeps the newest version: an event out of order must not make the next watch begin too early. */
  #advance(object: Fields): void {
    const version = name(fields(object["metadata"])["resourceVersion"]);
    if (version === null) return;
    const order = this.#version === null ? null : compareVersions(version, this.#version);
    if (order === null || order > 0) this.#version = version;
  }

  #read(raw: Fields, seenAt: string): T | null {
    try {
      return this.#options.read(raw, seenAt);
    } catch (error) {
      this.#unreadable += 1;
      this.#options.log.warn({ source: this.#options.identity, reason: reasonOf(error) }, "an object could not be read and is skipped");
      return null;
    }
  }

  async #recover(phase: "list" | "watch", error: ApiError): Promise<void> {
    const { recovery, waitMs } = this.#life.failed(error, phase, this.#version);
    if (recovery.next === "relist") this.#version = null;
    this.#show(recovery, phase, waitMs);
    this.#options.log.debug({ source: this.#options.identity, kind: error.kind, next: recovery.next, waitMs }, error.message);
    if (waitMs > 0) await this.#wait(waitMs);
  }

  #show({ show }: Recovery, phase: "list" | "watch", waitMs: number): void {
    if (show === "nothing") return;
    if (show !== "forbidden") return this.#status.broken(show, waitMs);
    const { rule, onForbidden } = this.#options;
    const before = this.#status.state.state;
    // The list was allowed where the watch was refused.
    this.#status.forbidden(phase === "list" ? rule : { ...rule, verbs: ["watch"] });
    if (before !== "forbidden") this.#guard(() => onForbidden?.());
  }

  async #wait(ms: number): Promise<void> {
    this.#wake = new AbortController();
    await pause(this.#options.clock, ms, AbortSignal.any([this.#abort.signal, this.#wake.signal]));
    this.#wake = null;
  }

  #tellGone(gone: readonly Gone<T>[], after: string | null): void {
    const at = isoNow(this.#options.clock);
    for (const one of gone) this.#guard(() => this.#options.onGone?.(one, at, after));
  }

  #changed(): void {
    this.#guard(() => this.#options.onChange());
  }

  /** What a listener throws is its own affair and never the stream's. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.log.error({ source: this.#options.identity, reason: reasonOf(error) }, "a listener of the watch failed");
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown";
}
