import "server-only";
import type { SourceError } from "../../base/source-state.ts";
import type { ApiError } from "./api-error.ts";

/** A watch that lived this long was a working one, also if nothing happened in it. */
export const MIN_LIFE_MS = 5_000;

export interface WatchFailure {
  error: ApiError;
  phase: "list" | "watch";
  /** The watch brought at least one event or bookmark. */
  delivered: boolean;
  /** It brought a bookmark: from then on silence is proof of a dead connection, since they come about every minute. */
  bookmarked: boolean;
  /** Watches of this resource bring bookmarks; else they may, depending on the server. */
  bookmarksExpected: boolean;
  /** How long the watch was open, by the monotonic clock; 0: it did not open. */
  livedMs: number;
  /** The failure before this one had the same kind, and no event has come since. */
  repeated: boolean;
}

/** `life`: bring something or live for MIN_LIFE_MS. `delivery`: bring something; that it lives proves nothing. */
export type Doubt = "life" | "delivery";

export interface Recovery {
  /** From the resourceVersion held, or with a new list. */
  next: "resume" | "relist";
  wait: "none" | "back-off" | "forbidden";
  /** The server asked for this wait. */
  atLeastMs: number;
  /** What people are told; "nothing": this belongs to the normal life of a watch. */
  show: SourceError | "forbidden" | "nothing";
  /** What the next watch has to do before it counts as live: the server accepts watches that do not work. */
  doubt: Doubt | null;
}

/** What to do after a list or a watch ended, for whatever reason. Never "give up". Rules: kubernetes-signals 4.1 and client-go's reflector. */
export function decideWatchError(failure: WatchFailure): Recovery {
  const { error, phase, delivered, bookmarked, bookmarksExpected, livedMs, repeated } = failure;
  const worked = delivered || livedMs >= MIN_LIFE_MS;
  const recovery = (change: Partial<Recovery>): Recovery => ({
    next: "resume",
    wait: "back-off",
    atLeastMs: error.retryAfterMs ?? 0,
    show: "nothing",
    doubt: null,
    ...change,
  });
  const told = (code: SourceError["code"]): SourceError => ({ code, detail: error.message });
  switch (error.kind) {
    case "ended":
      // timeoutSeconds, a server that shuts down, GOAWAY: no alarm. A watch that is closed as soon as it opens is one.
      if (livedMs >= MIN_LIFE_MS) return recovery({ wait: "none" });
      return worked ? recovery({}) : recovery({ show: told("protocol"), doubt: "life" });
    case "silent":
      // Event watches bypass the watch cache and may get no bookmarks: silence then proves nothing, resuming costs little. Where bookmarks
      // are expected and two watches in a row brought none, something between lets nothing through.
      if (!bookmarked && !(bookmarksExpected && repeated)) return recovery({ wait: "none" });
      return recovery({ show: told("timeout"), doubt: "delivery" });
    case "expired":
      // Normal after a long break. Again right after a new list it is a server that cannot keep its own versions.
      if (phase === "watch" && !repeated) return recovery({ next: "relist", wait: "none" });
      return recovery({ next: "relist", show: told("server"), doubt: "life" });
    case "forbidden":
      return recovery({ wait: "forbidden", show: "forbidden" });
    case "protocol": {
      // The same bytes come again when the watch resumes; a second failure there (or a request that the server calls wrong) needs a new list.
      const relist = repeated || error.status !== null;
      return recovery({ next: relist ? "relist" : "resume", show: told("protocol"), doubt: delivered ? null : "life" });
    }
    default:
      return recovery({ show: told(error.kind) });
  }
}
