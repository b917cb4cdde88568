import "server-only";
import type { SourceReport } from "../../base/source-state.ts";
import { diffCollections, type Collections } from "../diff.ts";
import type { SnapshotFrame, Topic } from "../frame.ts";
import { buildPatch, buildSnapshot, encodeFrame } from "./encode.ts";
import type { Viewer } from "./viewer.ts";

/** How far back a viewer may resume: whichever bound is met first. */
const RING_FRAMES = 400;
const RING_BYTES = 4 * 2 ** 20;

/** One topic: its state, the last patches as bytes, and who looks at it. Every frame is encoded once, whatever the number of viewers. */
export class TopicChannel {
  readonly topic: Topic;
  readonly viewers = new Set<Viewer>();
  readonly #epoch: string;
  #collections: Collections;
  #revision: number;
  #at: string;
  #ring: { from: number; revision: number; bytes: Uint8Array }[] = [];
  #ringBytes = 0;
  #snapshot: { revision: number; bytes: Uint8Array } | null = null;

  constructor(topic: Topic, epoch: string, revision: number, at: string, collections: Collections) {
    this.topic = topic;
    this.#epoch = epoch;
    this.#revision = revision;
    this.#at = at;
    this.#collections = collections;
  }

  get revision(): number {
    return this.#revision;
  }

  /** The state as a frame, for the first HTML. */
  snapshot(sources: readonly SourceReport[]): SnapshotFrame {
    return buildSnapshot({ epoch: this.#epoch, at: this.#at, topic: this.topic, revision: this.#revision }, this.#collections, sources);
  }

  /** Takes the new state; sends one patch to everybody if something changed. Returns the patch's size in bytes, 0 if nothing changed. */
  update(collections: Collections, revision: number, at: string): number {
    const change = diffCollections(this.#collections, collections);
    this.#collections = collections;
    if (change === null) return 0;
    const from = this.#revision;
    this.#revision = revision;
    this.#at = at;
    const bytes = encodeFrame(buildPatch({ epoch: this.#epoch, at, from, revision }, change));
    this.#remember(from, revision, bytes);
    this.broadcast(bytes);
    return bytes.byteLength;
  }

  broadcast(bytes: Uint8Array): void {
    for (const viewer of this.viewers) viewer.offer(bytes);
  }

  /**
   * The bytes that bring a viewer who holds `after` up to date: nothing, patches out of the ring, or a snapshot. A snapshot made for an earlier
   * viewer is used again while the ring reaches back to it.
   */
  catchUp(after: number | null, sources: readonly SourceReport[]): Uint8Array[] {
    const patches = after === null ? null : this.#since(after);
    if (patches !== null) return patches;
    const older = this.#snapshot === null ? null : this.#since(this.#snapshot.revision);
    if (this.#snapshot !== null && older !== null) return [this.#snapshot.bytes, ...older];
    this.#snapshot = { revision: this.#revision, bytes: encodeFrame(this.snapshot(sources)) };
    return [this.#snapshot.bytes];
  }

  /** Lets go of the encoded snapshot once no patch leads on from it. Called at every ping. */
  forgetOldSnapshot(): void {
    if (this.#snapshot !== null && this.#since(this.#snapshot.revision) === null) this.#snapshot = null;
  }

  #since(after: number): Uint8Array[] | null {
    if (after === this.#revision) return [];
    const start = this.#ring.findIndex((entry) => entry.from === after);
    return start === -1 ? null : this.#ring.slice(start).map((entry) => entry.bytes);
  }

  #remember(from: number, revision: number, bytes: Uint8Array): void {
    this.#ring.push({ from, revision, bytes });
    this.#ringBytes += bytes.byteLength;
    while (this.#ring.length > RING_FRAMES || this.#ringBytes > RING_BYTES) this.#ringBytes -= this.#ring.shift()?.bytes.byteLength ?? 0;
  }
}
