import type { ResourceName } from "./kube-object.ts";

export type RequestKind = "list" | "watch" | "get" | "log" | "replace" | "review" | "other";

/** What a request or an open watch is, for matching. */
export interface FaultSubject {
  request: RequestKind;
  resource: ResourceName | null;
  namespace: string | null;
  user: string;
}

/** Left out = any. `times`: how many requests (or events, for duplicate, reorder and miss) it hits; default 1. */
export interface FaultMatch {
  resource?: ResourceName;
  request?: RequestKind;
  namespace?: string;
  user?: string;
  times?: number | "always";
}

/**
 * How the server can misbehave. On watches `cut`, `stall`, `garble` and `gone` (as an event) act at once, on open watches too,
 * or after `afterEvents` further events.
 */
export type FaultVerb =
  /** Connection reset; `midLine` sends the first half of a line before. On lists: half of the body. */
  | { verb: "cut"; midLine?: boolean; afterEvents?: number }
  /** Half-open: the connection stays, nothing comes any more. */
  | { verb: "stall"; afterEvents?: number }
  /** `bytes` (default 1) every `everyMs` (default 5) instead of whole lines. */
  | { verb: "drip"; bytes?: number; everyMs?: number }
  /** A line that is not JSON; `line` replaces it. */
  | { verb: "garble"; line?: string; afterEvents?: number }
  /** 410 as HTTP status, or (default, as the real watch does) as ERROR event in the stream. */
  | { verb: "gone"; as?: "status" | "event"; afterEvents?: number }
  /** 429. `null`: without Retry-After. */
  | { verb: "throttle"; retryAfterSeconds?: number | null }
  | { verb: "unauthorized" }
  | { verb: "forbid" }
  | { verb: "fail"; code?: 500 | 503 | 504 }
  /** The server ends the watch early but properly. */
  | { verb: "end"; afterEvents?: number }
  /** The event comes twice. */
  | { verb: "duplicate" }
  /** The event comes after the next one. */
  | { verb: "reorder" }
  /** The event never comes, as when a proxy loses it. */
  | { verb: "miss"; type?: "ADDED" | "MODIFIED" | "DELETED" }
  /** The TLS handshake starts this late; needs no match. */
  | { verb: "slow-tls"; delayMs: number }
  /** Connections are reset when they arrive. */
  | { verb: "refuse" }
  /** The server's clock is this far off (Date header, timestamps it makes), while the fault is there. */
  | { verb: "skew"; ms: number };

export type Fault = FaultMatch & FaultVerb;
export type Verb = FaultVerb["verb"];
export type FaultOf<V extends Verb> = Extract<Fault, { verb: V }>;

interface Standing {
  fault: Fault;
  left: number;
}

/** The faults that stand; requests and watches claim them, and each claim uses one up. */
export class Faults {
  #standing: Standing[] = [];
  readonly #listeners = new Set<() => void>();

  /** Returns a function that takes the fault away again. */
  add(fault: Fault): () => void {
    const { times = 1 } = fault;
    const standing: Standing = { fault, left: times === "always" || fault.verb === "skew" ? Number.POSITIVE_INFINITY : times };
    this.#standing.push(standing);
    for (const listener of this.#listeners) listener();
    return () => (this.#standing = this.#standing.filter((one) => one !== standing));
  }

  clear(): void {
    this.#standing = [];
  }

  /** What still stands, oldest first. */
  list(): Fault[] {
    return this.#standing.map(({ fault, left }) => ({ ...fault, times: Number.isFinite(left) ? left : "always" }));
  }

  /** The oldest fault with one of these verbs that fits, used up by one; null: none. `subject` null: the connection itself. */
  claim<V extends Verb>(
    verbs: readonly V[],
    subject: FaultSubject | null,
    fits: (fault: FaultOf<V>) => boolean = () => true,
  ): FaultOf<V> | null {
    const found = this.#standing.find(
      ({ fault }) => (verbs as readonly Verb[]).includes(fault.verb) && matches(fault, subject) && fits(fault as FaultOf<V>),
    );
    if (!found) return null;
    found.left -= 1;
    if (found.left <= 0) this.#standing = this.#standing.filter((one) => one !== found);
    return found.fault as FaultOf<V>;
  }

  /** How far the server's clock is off now, in milliseconds. */
  get skewMs(): number {
    return this.#standing.reduce((sum, { fault }) => sum + (fault.verb === "skew" ? fault.ms : 0), 0);
  }

  onAdd(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function matches(fault: Fault, subject: FaultSubject | null): boolean {
  if (!subject) return true;
  return (
    (fault.resource === undefined || fault.resource === subject.resource) &&
    (fault.request === undefined || fault.request === subject.request) &&
    (fault.namespace === undefined || fault.namespace === subject.namespace) &&
    (fault.user === undefined || fault.user === subject.user)
  );
}
