import type { ServerResponse } from "node:http";
import { RESOURCES, apiVersionOf, type KubeObject, type ResourceName } from "./kube-object.ts";
import type { FaultOf, Faults, FaultSubject } from "./faults.ts";
import type { StoreEvent } from "./object-store.ts";
import type { Selector } from "./select-objects.ts";
import { expired, type StatusBody } from "./status-body.ts";

type StreamFault = FaultOf<"cut" | "stall" | "garble" | "gone" | "end">;

const STREAM_VERBS = ["cut", "stall", "garble", "gone", "end"] as const;

export interface SessionParts {
  response: ServerResponse;
  subject: FaultSubject;
  resource: ResourceName;
  namespace: string | null;
  selector: Selector | null;
  bookmarks: boolean;
  faults: Faults;
  /** Resets the TCP connection under the response. */
  reset(): void;
}

const lines = new WeakMap<StoreEvent, string>();

/** One open watch: writes lines, or misbehaves as a fault says. */
export class WatchSession {
  readonly resource: ResourceName;
  readonly namespace: string | null;
  readonly #parts: SessionParts;
  #pending: { fault: StreamFault; left: number } | null = null;
  #drip: FaultOf<"drip"> | null = null;
  #dripping: Promise<void> = Promise.resolve();
  #held: string | null = null;
  #silent = false;
  #revision = 0;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.resource = parts.resource;
    this.namespace = parts.namespace;
    this.#drip = parts.faults.claim(["drip"], parts.subject);
  }

  /** Takes a standing fault for itself, if there is one. Called when the watch opens and whenever a fault is added. */
  misbehave(): void {
    if (this.#silent || this.#pending) return;
    this.#drip ??= this.#parts.faults.claim(["drip"], this.#parts.subject);
    const fault = this.#parts.faults.claim(STREAM_VERBS, this.#parts.subject, (one) => one.verb !== "gone" || one.as !== "status");
    if (!fault) return;
    this.#pending = { fault, left: fault.afterEvents ?? 0 };
    if (this.#pending.left === 0) this.#strike(this.#bookmarkLine());
  }

  /** The event as this watcher sees it: an object that leaves the selector is DELETED, one that enters it is ADDED. */
  deliver(event: StoreEvent): void {
    this.#revision = event.revision;
    const { namespace, selector } = this.#parts;
    if (event.resource !== this.resource || (namespace !== null && event.object.metadata.namespace !== namespace)) return;
    if (selector === null) {
      let line = lines.get(event);
      if (line === undefined) lines.set(event, (line = encode(event.type, event.object)));
      this.#sendEvent(event.type, line);
      return;
    }
    const was = event.previous !== null && selector(event.previous);
    const is = event.type !== "DELETED" && selector(event.object);
    if (!was && !is) return;
    const type = is ? (was ? "MODIFIED" : "ADDED") : "DELETED";
    this.#sendEvent(type, encode(type, event.object));
  }

  /** Synthetic ADDED of a watch without a resourceVersion, or of a WatchList. */
  sendExisting(object: KubeObject): void {
    if (this.#parts.selector === null || this.#parts.selector(object)) this.#write(encode("ADDED", object));
  }

  bookmark(revision: number, initialEnd = false): void {
    this.#revision = revision;
    if (this.#parts.bookmarks) this.#write(this.#bookmarkLine(initialEnd));
  }

  sendError(status: StatusBody): void {
    this.#write(`${JSON.stringify({ type: "ERROR", object: status })}\n`);
  }

  end(): void {
    if (this.#silent) return;
    this.#silent = true;
    void this.#dripping.then(() => this.#parts.response.end());
  }

  #sendEvent(type: StoreEvent["type"], line: string): void {
    const { faults, subject } = this.#parts;
    if (this.#pending) {
      if (this.#pending.left <= 0) return this.#strike(line);
      this.#pending.left -= 1;
    }
    if (faults.claim(["miss"], subject, (fault) => fault.type === undefined || fault.type === type)) return;
    if (this.#held === null && faults.claim(["reorder"], subject)) {
      this.#held = line;
      return;
    }
    this.#write(line);
    if (faults.claim(["duplicate"], subject)) this.#write(line);
    if (this.#held !== null) {
      this.#write(this.#held);
      this.#held = null;
    }
    if (this.#pending?.left === 0) this.#strike(this.#bookmarkLine());
  }

  /** Carries the pending fault out; `next` is the line that a cut in the middle of a line tears. */
  #strike(next: string): void {
    const fault = this.#pending?.fault;
    this.#pending = null;
    if (!fault) return;
    if (fault.verb === "garble") return this.#write(`${fault.line ?? '{"type":"MODIFIED","object":{"kind":"Po'}\n`);
    if (fault.verb === "gone") {
      this.sendError(expired("The resourceVersion for the provided watch is too old."));
      return this.end();
    }
    if (fault.verb === "end") return this.end();
    if (fault.verb === "cut") {
      if (fault.midLine) this.#write(next.slice(0, Math.ceil(next.length / 2)));
      // The reader gets the half line before the reset, which would throw it away.
      const wait = fault.midLine ? 20 : 0;
      setTimeout(() => this.#parts.reset(), wait);
    }
    this.#silent = true;
  }

  #write(line: string): void {
    const { response } = this.#parts;
    if (this.#silent || response.destroyed) return;
    if (this.#drip === null) {
      response.write(line);
      return;
    }
    const { bytes = 1, everyMs = 5 } = this.#drip;
    this.#dripping = this.#dripping.then(() => dripInto(response, Buffer.from(line), bytes, everyMs));
  }

  #bookmarkLine(initialEnd = false): string {
    const metadata = {
      resourceVersion: String(this.#revision),
      creationTimestamp: null,
      ...(initialEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
    };
    const head = { kind: RESOURCES[this.resource].kind, apiVersion: apiVersionOf(this.resource), metadata };
    return `${JSON.stringify({ type: "BOOKMARK", object: { ...head, ...emptyBody(this.resource) } })}\n`;
  }
}

function encode(type: StoreEvent["type"], object: KubeObject): string {
  const { kind, apiVersion, ...rest } = object;
  return `${JSON.stringify({ type, object: { kind, apiVersion, ...rest } })}\n`;
}

/** An empty object of the kind, as Go encodes its zero value. */
function emptyBody(resource: ResourceName): object {
  if (resource === "events") {
    const times = { firstTimestamp: null, lastTimestamp: null, eventTime: null };
    return { involvedObject: {}, source: {}, ...times, reportingComponent: "", reportingInstance: "" };
  }
  return { spec: resource === "pods" ? { containers: null } : {}, status: {} };
}

/** Writes a few bytes at a time until everything is out or the reader is gone. */
export async function dripInto(response: ServerResponse, body: Buffer, bytes: number, everyMs: number): Promise<void> {
  for (let from = 0; from < body.length && !response.destroyed; from += bytes) {
    response.write(body.subarray(from, from + bytes));
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
