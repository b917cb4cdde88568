"use client";

import { fullMoment, localMoment } from "@/lib/base/local-time.ts";
import { formatDurationMs } from "@/lib/base/units.ts";
import { useNowMs, usePlace } from "./time-context.tsx";

/** How long ago, ticking once a second in whole seconds; a moment that the clocks put into the future is 0 s old. `since` in RFC 3339. */
export function Age({ since }: { since: string }) {
  const now = useNowMs();
  const { timeZone } = usePlace();
  const start = Date.parse(since);
  if (now === null || !Number.isFinite(start)) return <Clock at={since} />;
  return (
    <time dateTime={since} title={fullMoment(start, timeZone)}>
      {formatDurationMs(Math.max(0, Math.floor((now - start) / 1_000)) * 1_000)}
    </time>
  );
}

/** A moment in the reader's time; its title says it with date, zone and in UTC. `at` in RFC 3339. */
export function Clock({ at }: { at: string }) {
  const place = usePlace();
  const ms = Date.parse(at);
  if (!Number.isFinite(ms)) return <span className="faint">–</span>;
  return (
    <time dateTime={at} title={fullMoment(ms, place.timeZone)} className="nowrap">
      {localMoment(ms, place)}
    </time>
  );
}
