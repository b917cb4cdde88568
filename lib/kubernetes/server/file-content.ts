import "server-only";
import { readFile } from "node:fs/promises";
import type { Clock } from "../../base/clock.ts";
import { AccessError } from "./cluster-access.ts";

/** As client-go's cachingTokenSource: projected service account tokens are renewed long before they expire. */
const MAX_AGE_MS = 60_000;

/** A file that may be replaced while we run: read again after 60 s, at once after `drop`. The Buffer stays the same while the content does. */
export class FileContent {
  readonly #field: string;
  readonly #file: string;
  readonly #clock: Clock;
  #content: Buffer | null = null;
  #readAt = Number.NEGATIVE_INFINITY;

  /** `field` is what the kubeconfig calls it. */
  constructor(field: string, file: string, clock: Clock) {
    this.#field = field;
    this.#file = file;
    this.#clock = clock;
  }

  /** Throws AccessError. */
  async read(): Promise<Buffer> {
    if (this.#content !== null && this.#clock.monotonic() - this.#readAt < MAX_AGE_MS) return this.#content;
    let content: Buffer;
    try {
      content = await readFile(this.#file);
    } catch (error) {
      throw unreadable(this.#field, this.#file, error);
    }
    if (content.length === 0) throw new AccessError(`${this.#field}: ${this.#file} is empty. Write the file again, or correct the path.`);
    this.#readAt = this.#clock.monotonic();
    if (this.#content === null || !this.#content.equals(content)) this.#content = content;
    return this.#content;
  }

  drop(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }
}

export function unreadable(field: string, file: string, error: unknown): AccessError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  const why = code === "ENOENT" ? "does not exist" : code === "EACCES" ? "may not be read by this process" : `cannot be read (${code})`;
  return new AccessError(`${field}: ${file} ${why}. Correct the path in the kubeconfig, or make the file readable.`);
}
