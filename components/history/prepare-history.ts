import { localDay, localTime } from "@/lib/base/local-time.ts";
import type { HistoryFilter, HistoryGap, HistoryRow } from "@/lib/history/schema.ts";

export type HistoryLine = { type: "job"; key: string; row: HistoryRow } | { type: "gap"; key: string; gap: HistoryGap };

/**
 * Jobs newest first, and between them the times that nobody watched, each where it ended. A gap older than the last row is shown only when
 * there are no more pages, and none outside of the time that is asked for.
 */
export function mergeGaps(rows: readonly HistoryRow[], gaps: readonly HistoryGap[], filter: HistoryFilter, more: boolean): HistoryLine[] {
  const lines: HistoryLine[] = [];
  const waiting = gaps
    .filter((gap) => isInside(gap, filter))
    .toSorted((a, b) => Date.parse(b.to) - Date.parse(a.to) || a.cluster.localeCompare(b.cluster));
  let next = 0;
  const flush = (untilMs: number) => {
    for (let gap = waiting[next]; gap !== undefined && Date.parse(gap.to) > untilMs; gap = waiting[++next])
      lines.push({ type: "gap", key: `gap ${gap.cluster} ${gap.from}`, gap });
  };
  for (const row of rows) {
    flush(Date.parse(row.endedAt));
    lines.push({ type: "job", key: row.key, row });
  }
  if (!more) flush(Number.NEGATIVE_INFINITY);
  return lines;
}

function isInside(gap: HistoryGap, { since, until, cluster }: HistoryFilter): boolean {
  if (cluster !== undefined && gap.cluster !== cluster) return false;
  if (since !== undefined && Date.parse(gap.to) <= Date.parse(since)) return false;
  return until === undefined || Date.parse(gap.from) < Date.parse(until);
}

/** A moment as `<input type="datetime-local">` writes it, in the reader's zone; "" for none. */
export function toLocalInput(at: string | undefined, timeZone: string): string {
  const ms = at === undefined ? Number.NaN : Date.parse(at);
  return Number.isFinite(ms) ? `${localDay(ms, timeZone)}T${localTime(ms, timeZone).slice(0, 5)}` : "";
}

/** What such a field holds as RFC 3339 UTC; null for nothing. The browser's own zone is the reader's. */
export function fromLocalInput(text: string): string | null {
  const ms = Date.parse(text);
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}

/** Ranges that are asked for most; hours. */
export const RANGES = [1, 24, 168, 720] as const;

/** The beginning of a range that ends now, at whole minutes, so that the same link is made all minute long. */
export function sinceOf(hours: number, nowMs: number): string {
  return new Date(Math.floor((nowMs - hours * 3_600_000) / 60_000) * 60_000).toISOString();
}
