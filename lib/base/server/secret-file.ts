import "server-only";
import { readFile } from "node:fs/promises";
import type { Clock } from "../clock.ts";
import { PollError } from "./poll-error.ts";

/** A mounted Secret changes about a minute after the object; reading more often gains nothing. */
const MAX_AGE_MS = 60_000;
/** What a header can carry. Tokens of Kubernetes and OIDC are about 1 kB. */
const SECRET = /^[\x21-\x7e]{1,8192}$/;

/** A secret in a file that may be replaced while we run: read again after 60 s, and at once after `drop`. `variable` names the file's setting. */
export class SecretFile {
  readonly #file: string;
  readonly #variable: string;
  readonly #clock: Clock;
  #secret: string | null = null;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(file: string, variable: string, clock: Clock) {
    this.#file = file;
    this.#variable = variable;
    this.#clock = clock;
  }

  /** Throws PollError `credentials`; its text names the setting and never what is in the file. */
  async read(): Promise<string> {
    if (this.#secret !== null && this.#clock.monotonic() - this.#readAt < MAX_AGE_MS) return this.#secret;
    let content: string;
    try {
      content = await readFile(this.#file, "utf8");
    } catch (error) {
      const { code = "unknown error" } = error as { code?: string };
      throw new PollError("credentials", `${this.#variable} cannot be read (${code}): make the file readable, or correct the path`);
    }
    const secret = content.trim();
    if (!SECRET.test(secret))
      throw new PollError("credentials", `${this.#variable} holds no token: it must be one line of printable characters`);
    this.#secret = secret;
    this.#readAt = this.#clock.monotonic();
    return secret;
  }

  drop(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }
}
