"use client";

import { prepareStrip, type StripCell } from "@/components/overview/prepare-strip.ts";
import { useConnection, useSources } from "@/lib/stream/client/use-live.tsx";

/** The sources in four cells. While this page is cut off from the server nothing is live: the last known state is only that. */
export function useSourceStrip(): StripCell[] {
  const cut = useConnection().state === "disconnected";
  const cells = prepareStrip(useSources());
  return cut ? cells.map((cell) => (cell.state === "live" || cell.state === "degraded" ? { ...cell, state: "stale" } : cell)) : cells;
}
