import type { JobEvent } from "@/lib/fleet/schema.ts";

export interface EventLine {
  key: string;
  at: string;
  /** Milliseconds after T+0; negative when before it. */
  tPlusMs: number;
  reason: string;
  warning: boolean;
  container: string | null;
  count: number;
  message: string;
}

/** Warnings that every pod of some clusters carries and that say nothing about the job (kubelet `pkg/kubelet/events/event.go`). */
const NOISE: ReadonlySet<string> = new Set(["MissingClusterDNS", "DNSConfigForming", "CheckLimitsForResolvConf"]);

/** Oldest first; noise apart, so that it can be folded away and still be read. */
export function prepareEvents(events: readonly JobEvent[], zeroMs: number): { lines: EventLine[]; noise: EventLine[] } {
  const all = events
    .map((event): EventLine => ({
      key: event.key,
      at: event.at,
      tPlusMs: Date.parse(event.at) - zeroMs,
      reason: event.reason,
      warning: event.type === "Warning",
      container: event.regarding.container,
      count: event.count,
      message: event.message,
    }))
    .toSorted((a, b) => a.tPlusMs - b.tPlusMs || a.key.localeCompare(b.key));
  return { lines: all.filter((line) => !NOISE.has(line.reason)), noise: all.filter((line) => NOISE.has(line.reason)) };
}
