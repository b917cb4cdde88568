import "server-only";
import type { RestAnswer } from "./client.ts";

/** Parsed JSON takes several times its text. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_ENTRY_BYTES = 512 * 1024;

interface Kept {
  readonly etag: string;
  readonly answer: RestAnswer;
  readonly bytes: number;
}

/** Answers that came with an ETag, so that GitLab may say "as before". The least recently used goes first. */
export class AnswerCache {
  readonly #answers = new Map<string, Kept>();
  #bytes = 0;

  get(url: string): Kept | null {
    const kept = this.#answers.get(url);
    if (kept === undefined) return null;
    this.#answers.delete(url);
    this.#answers.set(url, kept);
    return kept;
  }

  set(url: string, kept: Kept): void {
    this.#drop(url);
    if (kept.bytes > MAX_ENTRY_BYTES) return;
    this.#answers.set(url, kept);
    this.#bytes += kept.bytes;
    for (const oldest of this.#answers.keys()) {
      if (this.#bytes <= MAX_BYTES) return;
      this.#drop(oldest);
    }
  }

  #drop(url: string): void {
    this.#bytes -= this.#answers.get(url)?.bytes ?? 0;
    this.#answers.delete(url);
  }
}
