import "server-only";
import { JoinedStores } from "../../base/join-stores.ts";
import type { SourceReport, SourceState } from "../../base/source-state.ts";
import type { Gone, Identified } from "../held-objects.ts";
import { wholeRule, type WatchedResource } from "../rights.ts";
import { Reflector } from "./reflector.ts";
import type { ReflectorOptions } from "./reflector-options.ts";
import { RequestMeter } from "./request-meter.ts";
import type { WatchPart } from "./plan-parts.ts";
import { collectionPath, type WatchedKind } from "./watched-resources.ts";

/** What all reflectors of a cluster share. */
export type WatchContext = Pick<ReflectorOptions<Identified>, "api" | "clock" | "log" | "random" | "times" | "onChange" | "onForbidden"> & {
  cluster: string;
};

/** All reflectors of one resource: one, or one for each namespace. */
export class WatchSet<T extends Identified> {
  readonly joined = new JoinedStores<T>();
  /** Of the first part; reviews of this resource's rights count there too. */
  readonly meter: RequestMeter;
  readonly #context: WatchContext;
  readonly #resource: WatchedResource;
  readonly #kind: WatchedKind<T>;
  readonly #onGone: ((gone: Gone<T>, at: string, after: string | null) => void) | undefined;
  #reflectors = new Map<string | null, Reflector<T>>();

  constructor(
    context: WatchContext,
    resource: WatchedResource,
    kind: WatchedKind<T>,
    onGone?: (gone: Gone<T>, at: string, after: string | null) => void,
  ) {
    this.#context = context;
    this.#resource = resource;
    this.#kind = kind;
    this.#onGone = onGone;
    this.meter = new RequestMeter(context.clock);
  }

  /** Whether a right is missing for a part of it. */
  get refused(): boolean {
    return [...this.#reflectors.values()].some((reflector) => reflector.report().state.state === "forbidden");
  }

  /**
   * Runs these parts from now on. A part that stays goes on undisturbed; one whose right was given tries again at once; what a watch that ends
   * had held is handed to the new ones, so that what went in between is noticed.
   */
  async follow(parts: readonly WatchPart[]): Promise<void> {
    const next = new Map<string | null, Reflector<T>>();
    const held = [...this.joined.snapshot().values()];
    for (const [index, part] of parts.entries()) {
      const running = this.#reflectors.get(part.namespace);
      if (part.refused === null && running?.report().state.state === "forbidden") running.retryNow();
      next.set(part.namespace, running ?? this.#create(part, held, index === 0 ? this.meter : new RequestMeter(this.#context.clock)));
    }
    const ended = [...this.#reflectors].filter(([namespace]) => !next.has(namespace)).map(([, reflector]) => reflector);
    this.#reflectors = next;
    this.joined.join([...next.values()].map((reflector) => reflector.store));
    for (const reflector of next.values()) reflector.start();
    await Promise.all(ended.map((reflector) => reflector.stop()));
  }

  /** The server does not answer. */
  interrupt(detail: string): void {
    for (const reflector of this.#reflectors.values()) reflector.interrupt(detail);
  }

  /** The server answers again: what waits only because it did not, waits no longer. */
  retryUnanswered(): void {
    for (const reflector of this.#reflectors.values()) if (isUnanswered(reflector.report().state)) reflector.retryNow();
  }

  reports(): SourceReport[] {
    return [...this.#reflectors.values()].map((reflector) => reflector.report());
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#reflectors.values()].map((reflector) => reflector.stop()));
  }

  #create({ namespace, refused }: WatchPart, held: readonly T[], meter: RequestMeter): Reflector<T> {
    const { cluster, ...context } = this.#context;
    const kind = this.#kind;
    return new Reflector<T>({
      ...context,
      path: collectionPath(kind.base, this.#resource, namespace),
      identity: { cluster, source: kind.source, part: namespace },
      rule: refused ?? wholeRule(this.#resource, namespace),
      refused: refused !== null,
      read: (raw, seenAt) => kind.read(raw, { cluster, seenAt }),
      held: kind.held,
      bookmarksExpected: kind.bookmarksExpected,
      seed: namespace === null ? held : held.filter((record) => record.namespace === namespace),
      meter,
      ...(this.#onGone === undefined ? {} : { onGone: this.#onGone }),
    });
  }
}

/** Broken because nothing came back, not because of what the server said. */
export function isUnanswered(state: SourceState): boolean {
  const code = state.state === "stale" ? state.lastError.code : state.state === "failed" ? state.error.code : null;
  return code === "timeout" || code === "unreachable";
}
