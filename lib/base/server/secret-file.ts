import "server-only";
import { readFile } from "node:fs/promises";
import type { Clock } from "../clock.ts";

/** A mounted Secret changes about a minute after the object; reading more often gains nothing. */
const MAX_AGE_MS = 60_000;

export interface SecretFileOptions {
  file: string;
  /** The setting that names the file. */
  variable: string;
  /** In characters: what a header can carry, and what the secret may need. */
  maxLength: number;
  /** The error that `read` throws. */
  fail: (text: string) => Error;
}

/** A secret in a file that may be replaced while we run: read again after 60 s, and at once after `drop`. */
export class SecretFile {
  readonly #options: SecretFileOptions;
  readonly #clock: Clock;
  #secret: string | null = null;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(options: SecretFileOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Throws what `fail` makes; its text names the setting and never what is in the file. */
  async read(): Promise<string> {
    if (this.#secret !== null && this.#clock.monotonic() - this.#readAt < MAX_AGE_MS) return this.#secret;
    const { file, variable, maxLength, fail } = this.#options;
    let content: string;
    try {
      content = await readFile(file, "utf8");
    } catch (error) {
      const { code = "unknown error" } = error as { code?: string };
      throw fail(`${variable} cannot be read (${code}): make the file readable, or correct the path`);
    }
    const secret = content.trim();
    if (secret.length > maxLength || !/^[\x21-\x7e]+$/.test(secret))
      throw fail(`${variable} holds no token: it must be one line of printable characters`);
    this.#secret = secret;
    this.#readAt = this.#clock.monotonic();
    return secret;
  }

  drop(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }
}
