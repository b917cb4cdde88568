import type { WaitingTags } from "@/lib/fleet/schema.ts";

/** From here on a wait is shown as long: a manager polls every few seconds, so minutes are somebody's doing. */
export const LONG_WAIT_MS = 120_000;

/** Most jobs first, then the oldest. */
export function orderWaiting(groups: readonly WaitingTags[]): WaitingTags[] {
  return groups.toSorted(
    (a, b) => b.count - a.count || (a.oldestAt ?? "9").localeCompare(b.oldestAt ?? "9") || a.tags.join().localeCompare(b.tags.join()),
  );
}

/** The oldest of all waits; null: nobody waits, or since when is not told. */
export function oldestWait(groups: readonly WaitingTags[]): string | null {
  const times = groups.map(({ oldestAt }) => oldestAt).filter((at) => at !== null);
  return times.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null;
}
