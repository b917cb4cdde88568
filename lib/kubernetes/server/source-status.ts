import "server-only";
import { isoNow, type Clock } from "../../base/clock.ts";
import type { RbacRule, SourceError, SourceName, SourceReport, SourceState } from "../../base/source-state.ts";

export interface SourceIdentity {
  cluster: string;
  source: SourceName;
  /** The namespace, where the watch is of one. */
  part: string | null;
}

/** What one source tells of itself: its state and its counters. `since` is kept for as long as the kind of state stays. */
export class SourceStatus {
  readonly #clock: Clock;
  readonly #identity: SourceIdentity;
  readonly #onChange: () => void;
  #state: SourceState;
  #listed = false;
  #lastHeardAt: string | null = null;
  openWatches = 0;
  relists = 0;
  reconnects = 0;

  /** `rule`: the right that is known to be missing from the start. */
  constructor(clock: Clock, identity: SourceIdentity, rule: RbacRule | null, onChange: () => void) {
    this.#clock = clock;
    this.#identity = identity;
    this.#onChange = onChange;
    const since = isoNow(clock);
    this.#state = rule === null ? { state: "connecting", since } : { state: "forbidden", since, rule };
  }

  get state(): SourceState {
    return this.#state;
  }

  /** A list came in whole: from now on a broken watch is stale and not failed. */
  listed(): void {
    if (this.#listed) this.relists += 1;
    this.#listed = true;
  }

  /** The server said something. */
  heard(): void {
    this.#lastHeardAt = isoNow(this.#clock);
  }

  live(): void {
    if (this.#state.state !== "live") this.#change({ state: "live", since: isoNow(this.#clock) });
  }

  /** `retryInMs`: when it is tried again. */
  broken(error: SourceError, retryInMs: number): void {
    const retryAt = new Date(this.#clock.now() + retryInMs).toISOString();
    const state = this.#listed ? "stale" : "failed";
    const since = this.#state.state === state ? this.#state.since : isoNow(this.#clock);
    this.#change(state === "stale" ? { state, since, lastError: error, retryAt } : { state, since, error, retryAt });
  }

  forbidden(rule: RbacRule): void {
    const since = this.#state.state === "forbidden" ? this.#state.since : isoNow(this.#clock);
    this.#change({ state: "forbidden", since, rule });
  }

  report(objects: number, requestsPerMinute: number): SourceReport {
    const { cluster, source, part } = this.#identity;
    return {
      key: keyOf(this.#identity),
      cluster,
      source,
      part,
      state: this.#state,
      objects: this.#listed ? objects : null,
      lastHeardAt: this.#lastHeardAt,
      requestsPerMinute,
      openWatches: this.openWatches,
      relists: this.relists,
      reconnects: this.reconnects,
    };
  }

  #change(state: SourceState): void {
    this.#state = state;
    this.#onChange();
  }
}

function keyOf({ cluster, source, part }: SourceIdentity): string {
  return part === null ? `${cluster}/${source}` : `${cluster}/${source}/${part}`;
}

/** A source that is not watched, with the reason, or one that nobody has asked yet. */
export function idleReport(identity: SourceIdentity, state: SourceState): SourceReport {
  const counters = { openWatches: 0, relists: 0, reconnects: 0 };
  return { key: keyOf(identity), ...identity, state, objects: null, lastHeardAt: null, requestsPerMinute: 0, ...counters };
}
