import "server-only";
import type { Clock } from "../../base/clock.ts";
import type { SourceReport } from "../../base/source-state.ts";
import type { Collections } from "../diff.ts";
import type { SnapshotFrame, Topic } from "../frame.ts";
import { buildSnapshot, encodeFrame } from "./encode.ts";
import { TopicChannel } from "./topic-channel.ts";
import { Viewer, type Sink } from "./viewer.ts";

/** Silence means a dead connection to the client after 15 s, so the server speaks every 5. */
export const PING_MS = 5_000;
/** A viewer that reads nothing for this long is let go; it reconnects and resumes if it lives. */
const SLOW_MS = 60_000;

export interface HubOptions {
  clock: Clock;
  epoch: string;
  /** The state of a job's topic, null if the job is not known. */
  job: (key: string) => Collections | null;
}

export interface Subscription {
  /** The sink has room again. */
  drained(): void;
  /** The viewer left. Safe to call twice. */
  leave(): void;
}

export interface HubCounts {
  viewers: number;
  topics: number;
  framesSent: number;
  bytesSent: number;
  framesEncoded: number;
}

/**
 * Spreads what is to all viewers. One revision counter for all topics, moved at every publish, so that a revision names one content of a topic
 * even if the topic was let go in between. A job topic has state only while it has viewers.
 */
export class Hub {
  readonly epoch: string;
  readonly #clock: Clock;
  readonly #job: HubOptions["job"];
  readonly #fleet: TopicChannel;
  readonly #jobs = new Map<Topic, TopicChannel>();
  #sources: readonly SourceReport[] = [];
  #sourcesSent = "[]";
  #states = "[]";
  #revision = 0;
  #at: string;
  #cancelPing: (() => void) | null;
  #stopped = false;
  readonly #counts = { framesSent: 0, bytesSent: 0, framesEncoded: 0 };

  constructor({ clock, epoch, job }: HubOptions) {
    this.epoch = epoch;
    this.#clock = clock;
    this.#job = job;
    this.#at = new Date(clock.now()).toISOString();
    this.#fleet = new TopicChannel("fleet", epoch, 0, this.#at, {});
    this.#cancelPing = clock.after(PING_MS, () => this.#ping());
  }

  get counts(): HubCounts {
    const viewers = [...this.#jobs.values()].reduce((sum, channel) => sum + channel.viewers.size, this.#fleet.viewers.size);
    return { viewers, topics: 1 + this.#jobs.size, ...this.#counts };
  }

  /** Takes the fleet's new state (identity tells what changed) and the sources; job topics with viewers are read again. */
  publish(fleet: Collections, sources: readonly SourceReport[], at: string): void {
    if (this.#stopped) return;
    this.#revision += 1;
    this.#at = at;
    this.#sources = sources;
    this.#count(this.#fleet.update(fleet, this.#revision, at));
    for (const [topic, channel] of this.#jobs) this.#count(channel.update(this.#job(keyOf(topic)) ?? {}, this.#revision, at));
    // A source that changed its state is told at once; ages and counters go with the next ping.
    const states = JSON.stringify(sources.map((report) => [report.key, report.state, report.objects === null]));
    if (states === this.#states) return;
    this.#states = states;
    this.#sendSources();
  }

  /** What a page is rendered from; null for a job that is not known. */
  snapshot(topic: Topic): SnapshotFrame | null {
    const channel = topic === "fleet" ? this.#fleet : this.#jobs.get(topic);
    if (channel !== undefined) return channel.snapshot(this.#sources);
    const collections = this.#job(keyOf(topic));
    if (collections === null) return null;
    return buildSnapshot({ epoch: this.epoch, at: this.#at, topic, revision: this.#revision }, collections, this.#sources);
  }

  /** Adds a viewer and brings it up to date from what it holds; null when the topic is not known or the hub has stopped. */
  subscribe(topic: Topic, holds: { epoch: string; revision: number } | null, sink: Sink): Subscription | null {
    const channel = this.#stopped ? null : this.#open(topic);
    if (channel === null) return null;
    const sent = (bytes: number, frames: number) => {
      this.#counts.bytesSent += bytes;
      this.#counts.framesSent += frames;
    };
    const viewer = new Viewer(sink, () => [...channel.catchUp(null, this.#sources), this.#sourceBytes()], sent);
    channel.viewers.add(viewer);
    const after = holds !== null && holds.epoch === this.epoch ? holds.revision : null;
    viewer.begin([...channel.catchUp(after, this.#sources), this.#sourceBytes()]);
    return {
      drained: () => viewer.drained(),
      leave: () => {
        channel.viewers.delete(viewer);
        if (channel.viewers.size === 0 && this.#jobs.get(topic) === channel) this.#jobs.delete(topic);
      },
    };
  }

  /** Ends every stream and the pings. */
  stop(): void {
    this.#stopped = true;
    this.#cancelPing?.();
    this.#cancelPing = null;
    for (const channel of this.#channels()) for (const viewer of channel.viewers) viewer.close();
    this.#fleet.viewers.clear();
    this.#jobs.clear();
  }

  #channels(): TopicChannel[] {
    return [this.#fleet, ...this.#jobs.values()];
  }

  #open(topic: Topic): TopicChannel | null {
    if (topic === "fleet") return this.#fleet;
    const open = this.#jobs.get(topic);
    if (open !== undefined) return open;
    const collections = this.#job(keyOf(topic));
    if (collections === null) return null;
    const channel = new TopicChannel(topic, this.epoch, this.#revision, this.#at, collections);
    this.#jobs.set(topic, channel);
    return channel;
  }

  #sourceBytes(): Uint8Array {
    return encodeFrame({ type: "source", epoch: this.epoch, at: new Date(this.#clock.now()).toISOString(), sources: [...this.#sources] });
  }

  #sendSources(): void {
    const text = JSON.stringify(this.#sources);
    if (text === this.#sourcesSent) return;
    this.#sourcesSent = text;
    const bytes = this.#sourceBytes();
    this.#count(bytes.byteLength);
    for (const channel of this.#channels()) channel.broadcast(bytes);
  }

  #ping(): void {
    this.#sendSources();
    const at = new Date(this.#clock.now()).toISOString();
    const now = this.#clock.monotonic();
    for (const channel of this.#channels()) {
      channel.broadcast(encodeFrame({ type: "ping", epoch: this.epoch, at, revision: channel.revision }));
      channel.forgetOldSnapshot();
      for (const viewer of channel.viewers) if (viewer.slowFor(now) > SLOW_MS) viewer.close();
    }
    this.#cancelPing = this.#clock.after(PING_MS, () => this.#ping());
  }

  #count(bytes: number): void {
    if (bytes > 0) this.#counts.framesEncoded += 1;
  }
}

function keyOf(topic: Topic): string {
  return topic.slice("job:".length);
}
