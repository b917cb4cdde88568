import { applyDelta } from "../../lib/stream/delta.ts";
import { get, type IncomingMessage } from "node:http";
import { readFrame } from "../../lib/stream/envelope.ts";
import type { Frame } from "../../lib/stream/frame.ts";

/** A viewer without a browser: reads `/api/v1/stream` and can stop reading. */
export class StreamReader {
  readonly frames: Frame[];
  /** When the stream is over, however it ended. */
  readonly ended: Promise<void>;
  /** Everything that came, as text. */
  text = "";
  readonly #response: IncomingMessage;
  #rest = "";

  private constructor(response: IncomingMessage, frames: Frame[]) {
    this.#response = response;
    this.frames = frames;
    this.ended = new Promise((resolve) => response.once("close", resolve));
    response.setEncoding("utf8");
    response.on("error", () => {});
    response.on("data", (chunk: string) => {
      this.text += chunk;
      const events = (this.#rest + chunk).split("\n\n");
      this.#rest = events.pop() ?? "";
      for (const event of events) {
        const data = event.split("\n").find((line) => line.startsWith("data:"));
        const frame = data === undefined ? null : readFrame(data.slice(5));
        if (frame !== null) this.frames.push(frame);
      }
    });
  }

  /** `frames`: where they are put; a list of its own without it. */
  static async open(url: string, query = "", frames: Frame[] = []): Promise<StreamReader> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${url}/api/v1/stream?topic=fleet${query}`, { agent: false }, resolve).on("error", reject);
    });
    if (response.statusCode !== 200) throw new Error(`stream: HTTP ${response.statusCode}`);
    return new StreamReader(response, frames);
  }

  /** The newest revision it was told; −1: none. */
  get revision(): number {
    for (const frame of this.frames.toReversed()) if (frame.type !== "source") return frame.revision;
    return -1;
  }

  /** Stops reading: what comes waits in the buffers of the system. */
  pause(): void {
    this.#response.pause();
  }

  resume(): void {
    this.#response.resume();
  }

  close(): void {
    this.#response.destroy();
  }
}

/** The jobs that somebody holds who applied all frames; throws where a patch does not fit. */
export function applyJobs(frames: readonly Frame[]): Map<string, { key: string; pod: string }> {
  const jobs = new Map<string, { key: string; pod: string }>();
  let held: { epoch: string; revision: number } | null = null;
  for (const frame of frames) {
    if (frame.type === "snapshot") {
      jobs.clear();
      for (const job of frame.entities.jobs ?? []) jobs.set(job.key, job as unknown as { key: string; pod: string });
      held = frame;
    }
    if (frame.type !== "patch") continue;
    if (held !== null && (frame.epoch !== held.epoch || frame.from !== held.revision))
      throw new Error(`a patch from ${frame.from} after ${held.revision}`);
    for (const job of frame.upsert.jobs ?? []) jobs.set(job.key, job as unknown as { key: string; pod: string });
    for (const [key, delta] of frame.change?.jobs ?? []) {
      const before = jobs.get(key);
      if (before === undefined) throw new Error(`a change of ${key}, which is not there`);
      jobs.set(key, applyDelta(before, delta) as { key: string; pod: string });
    }
    for (const key of frame.remove.jobs ?? []) jobs.delete(key);
    held = frame;
  }
  return jobs;
}
