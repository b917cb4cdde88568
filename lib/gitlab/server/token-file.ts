import "server-only";
import { readFile } from "node:fs/promises";
import type { Clock } from "../../base/clock.ts";
import { GitlabError } from "./gitlab-error.ts";

/** A mounted Secret changes about a minute after the object; reading more often gains nothing. */
const MAX_AGE_MS = 60_000;
/** What a header can carry: any GitLab token is far shorter. */
const TOKEN = /^[\x21-\x7e]{1,2048}$/;

/** The token in `GITLAB_TOKEN_FILE`, which may be replaced while we run: read again after 60 s, and at once after `drop`. */
export class TokenFile {
  readonly #file: string;
  readonly #clock: Clock;
  #token: string | null = null;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  /** Throws GitlabError `credentials`; its text names the file and never what is in it. */
  async read(): Promise<string> {
    if (this.#token !== null && this.#clock.monotonic() - this.#readAt < MAX_AGE_MS) return this.#token;
    let content: string;
    try {
      content = await readFile(this.#file, "utf8");
    } catch (error) {
      const { code = "unknown error" } = error as { code?: string };
      throw new GitlabError("credentials", `GITLAB_TOKEN_FILE cannot be read (${code}): make the file readable, or correct the path`);
    }
    const token = content.trim();
    if (!TOKEN.test(token))
      throw new GitlabError("credentials", "GITLAB_TOKEN_FILE holds no token: it must be one line of printable characters");
    this.#token = token;
    this.#readAt = this.#clock.monotonic();
    return token;
  }

  drop(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }
}
