import type { Gone } from "../kubernetes/held-objects.ts";
import { fields } from "../kubernetes/read-field.ts";
import { readObject, required } from "../kubernetes/read-meta.ts";
import type { ApiError } from "../kubernetes/server/api-error.ts";
import type { Api, Ask } from "../kubernetes/server/api-request.ts";
import { Reflector } from "../kubernetes/server/reflector.ts";
import type { ReflectorOptions } from "../kubernetes/server/reflector-options.ts";
import { RequestMeter } from "../kubernetes/server/request-meter.ts";
import { FakeClock } from "./fake-clock.ts";

export interface Thing {
  uid: string;
  name: string;
  namespace: string;
  resourceVersion: string;
  note: string;
}

/** A thing on the wire. */
export function rawThing(uid: string, version: number, note = "") {
  return { metadata: { uid, name: `n-${uid}`, namespace: "ci", resourceVersion: String(version) }, note };
}

/** A watch of which the test writes every byte. */
export class ScriptedStream implements AsyncIterable<Uint8Array> {
  readonly path: string;
  readonly signal: AbortSignal;
  #chunks: (Uint8Array | Error | null)[] = [];
  #wake: () => void = () => {};
  constructor(path: string, signal: AbortSignal) {
    this.path = path;
    this.signal = signal;
    signal.addEventListener("abort", () => this.#wake());
  }
  get version(): string | null {
    return new URLSearchParams(this.path.split("?")[1]).get("resourceVersion");
  }
  push(chunk: Uint8Array | string | Error | null): void {
    this.#chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    this.#wake();
  }
  send(type: string, object: unknown): void {
    this.push(`${JSON.stringify({ type, object })}\n`);
  }
  bookmark(version: number): void {
    this.send("BOOKMARK", { metadata: { resourceVersion: String(version) } });
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (this.signal.aborted) throw this.signal.reason;
      const chunk = this.#chunks.shift();
      if (chunk === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
      else if (chunk === null) return;
      else if (chunk instanceof Error) throw chunk;
      else yield chunk;
    }
  }
}

/** Answers as the test says; by default a list of what `objects` holds, and watches that stay open. */
export class ScriptedApi implements Api {
  objects = [rawThing("a", 1)];
  version = 10;
  listErrors: ApiError[] = [];
  openErrors: ApiError[] = [];
  /** Ends every watch as soon as it opens. */
  closes = false;
  lists = 0;
  readonly streams: ScriptedStream[] = [];
  get last(): ScriptedStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error("no watch was opened yet");
    return stream;
  }
  get(_path: string, ask: Ask): Promise<unknown> {
    ask.meter.count();
    this.lists += 1;
    const error = this.listErrors.shift();
    if (error !== undefined) return Promise.reject(error);
    return Promise.resolve({ metadata: { resourceVersion: String(this.version) }, items: this.objects });
  }
  review(): Promise<unknown> {
    throw new Error("a reflector asks for no rights");
  }
  open(path: string, ask: Ask): Promise<AsyncIterable<Uint8Array>> {
    ask.meter.count();
    const error = this.openErrors.shift();
    if (error !== undefined) return Promise.reject(error);
    const stream = new ScriptedStream(path, ask.signal);
    if (this.closes) stream.push(null);
    this.streams.push(stream);
    return Promise.resolve(stream);
  }
}

export const RULE = { apiGroup: "", resource: "things", verbs: ["list", "watch"], namespace: null };

/** A reflector over a scripted API server and a fake clock. The caller stops it. */
export function scriptReflector(change: Partial<ReflectorOptions<Thing>> = {}) {
  const api = new ScriptedApi();
  const clock = new FakeClock();
  const gone: [string, Gone<Thing>["how"]][] = [];
  const logged: string[] = [];
  const note = (_fields: Record<string, unknown>, text: string) => void logged.push(text);
  const reflector = new Reflector<Thing>({
    api,
    path: "/api/v1/things",
    identity: { cluster: "c", source: "kubernetes-pods", part: null },
    rule: RULE,
    refused: false,
    bookmarksExpected: true,
    read(object) {
      const { metadata } = readObject(object);
      const text = (field: "uid" | "name" | "namespace") => required(metadata, field);
      return {
        uid: text("uid"),
        name: text("name"),
        namespace: text("namespace"),
        resourceVersion: String(fields(object["metadata"])["resourceVersion"]),
        note: String(object["note"]),
      };
    },
    meter: new RequestMeter(clock),
    clock,
    log: { debug() {}, info: note, warn: note, error: note },
    random: () => 0.5,
    onChange() {},
    onGone: ({ record, how }) => void gone.push([record.uid, how]),
    ...change,
  });
  const state = () => reflector.report().state;
  const uids = () => [...reflector.store.snapshot().keys()];
  return { api, clock, reflector, gone, logged, state, uids };
}

/** Lets promises run; no time passes. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
