import "server-only";
import type { SourceError } from "../../base/source-state.ts";

/**
 * Besides what any source can meet: a right or a scope is missing, the thing is not there (or not for this token), or our own budget of
 * requests is used up.
 */
export type GitlabErrorKind = SourceError["code"] | "forbidden" | "insufficient-scope" | "not-found" | "budget";

/** Why GitLab could not be read. The message holds no token, no URL query and no body beyond GitLab's own scrubbed words. */
export class GitlabError extends Error {
  readonly kind: GitlabErrorKind;
  /** How long not to ask again; null: as the caller thinks. */
  readonly retryAfterMs: number | null;

  constructor(kind: GitlabErrorKind, detail: string, retryAfterMs: number | null = null) {
    super(detail);
    this.name = "GitlabError";
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}
