import type { UnknownReason } from "../base/known.ts";
import type { SourceName, SourceReport } from "../base/source-state.ts";

/** Whether a source has delivered a first list in any of its parts. */
export function isListed(sources: readonly SourceReport[], source: SourceName): boolean {
  return sources.some((report) => report.source === source && report.objects !== null);
}

/** Why a source that has not listed anything does not tell. */
export function whyUnlisted(sources: readonly SourceReport[], source: SourceName): UnknownReason {
  const states = sources.filter((report) => report.source === source).map((report) => report.state);
  if (states.length === 0) return "not-connected";
  if (states.some((state) => state.state === "connecting")) return "not-reached";
  if (states.some((state) => state.state === "stale" || state.state === "failed")) return "stale";
  if (states.some((state) => state.state === "forbidden" || (state.state === "off" && state.reason === "not-permitted-scope")))
    return "forbidden";
  return states.some((state) => state.state === "off") ? "not-collected" : "not-reached";
}
