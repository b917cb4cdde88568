"use client";

import { useEffect, type ReactNode } from "react";
import { keepPreference, ZONE_COOKIE } from "@/components/layout/preferences.ts";
import { TimeProvider } from "@/components/ui/time-context.tsx";
import { useNow } from "@/lib/stream/client/use-live.tsx";

/** Gives every time on the page the one second-hand, the server's time, and the reader's zone; keeps the zone for the next first HTML. */
export function LiveTime({ timeZone, locale, children }: { timeZone: string; locale: string; children: ReactNode }) {
  const now = useNow();
  useEffect(() => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && zone !== timeZone) keepPreference(ZONE_COOKIE, zone);
  }, [timeZone]);
  return (
    <TimeProvider now={now} timeZone={timeZone} locale={locale}>
      {children}
    </TimeProvider>
  );
}
