import { setTimeout as wait } from "node:timers/promises";
import { applyJobs, StreamReader } from "../stream-reader.ts";
import type { Frame } from "../../../lib/stream/frame.ts";

/** A viewer without a browser that comes back when its stream ends, and says what it holds, as the product's own page does. */
export class SteadyViewer {
  /** All frames of all its streams, in order. */
  readonly frames: Frame[] = [];
  /** How many streams it has opened. */
  streams = 0;
  readonly #url: string;
  #reader: StreamReader | null = null;
  #stopped = false;
  #done: Promise<void> = Promise.resolve();

  private constructor(url: string) {
    this.#url = url;
  }

  static open(url: string): SteadyViewer {
    const viewer = new SteadyViewer(url);
    viewer.#done = viewer.#run();
    return viewer;
  }

  /** Keys of the jobs it holds. Throws when a frame did not fit onto what it held. */
  keys(): string[] {
    return [...applyJobs(this.frames).keys()];
  }

  /** Epochs that it has seen, in order: one for each process of the server. */
  get epochs(): string[] {
    return [...new Set(this.frames.map(({ epoch }) => epoch))];
  }

  async close(): Promise<void> {
    this.#stopped = true;
    this.#reader?.close();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const held = this.frames.findLast((frame) => frame.type !== "source");
      const query = held === undefined ? "" : `&epoch=${held.epoch}&after=${held.revision}`;
      this.#reader = await StreamReader.open(this.#url, query, this.frames).catch(() => null);
      if (this.#reader !== null) {
        this.streams += 1;
        await this.#reader.ended;
      }
      if (!this.#stopped) await wait(300);
    }
  }
}
