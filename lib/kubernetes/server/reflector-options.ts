import "server-only";
import type { Fields } from "../../base/is-fields.ts";
import type { Clock } from "../../base/clock.ts";
import type { RbacRule } from "../../base/source-state.ts";
import type { Gone, HeldOptions, Identified } from "../held-objects.ts";
import type { Api } from "./api-request.ts";
import type { RequestMeter } from "./request-meter.ts";
import type { SourceIdentity } from "./source-status.ts";
import type { BackoffTimes } from "./watch-life.ts";

/** The part of a logger that the watch uses; pino's Logger is one. Nothing raw from the cluster is ever logged. */
export interface WatchLog {
  debug(fields: Record<string, unknown>, text: string): void;
  info(fields: Record<string, unknown>, text: string): void;
  warn(fields: Record<string, unknown>, text: string): void;
  error(fields: Record<string, unknown>, text: string): void;
}

/** What a test may shorten. Defaults: kubernetes-signals 4.1 and 4.3. */
export interface ReflectorTimes {
  pageSize?: number;
  /** No byte for this long means a half-open connection; bookmarks come about every 60 s. */
  silenceMs?: number;
  backoff?: BackoffTimes;
  forbiddenBackoff?: BackoffTimes;
}

export interface ReflectorOptions<T extends Identified> {
  api: Api;
  /** Collection path, for example `/api/v1/namespaces/ci/pods`. */
  path: string;
  identity: SourceIdentity;
  /** The right that this list and watch needs, with all its verbs. */
  rule: RbacRule;
  /** It was refused when the rights were asked for: begin with waiting, not with a request. */
  refused: boolean;
  /** Their JSON to our record; null: not wanted; throws for an object that cannot be read. */
  read(raw: Fields, seenAt: string): T | null;
  /** The API server sends bookmarks for this resource, about every minute. */
  bookmarksExpected: boolean;
  held?: HeldOptions<T>;
  /** What another watch held before this one took its place. */
  seed?: readonly T[];
  meter: RequestMeter;
  clock: Clock;
  log: WatchLog;
  random: () => number;
  times?: ReflectorTimes;
  /** Objects or state changed. */
  onChange: () => void;
  /** `at`: when it was noticed. `after`: it may have gone since then; null: it just happened, or nobody knows. */
  onGone?: (gone: Gone<T>, at: string, after: string | null) => void;
  onForbidden?: () => void;
}
