"use client";

import { createContext, useContext, useMemo, useSyncExternalStore, type ReactNode } from "react";
import { localDay } from "@/lib/base/local-time.ts";

/** Where the reader is. `today` is `YYYY-MM-DD` there. */
interface Place {
  timeZone: string;
  locale: string;
  today: string;
}

const NowContext = createContext<number | null>(null);
const PlaceContext = createContext<Place>({ timeZone: "UTC", locale: "en", today: "" });

interface TimeProviderProps {
  /** Milliseconds since the epoch; given anew once a second. */
  now: number;
  /** The zone the HTML was written in; after hydration the browser's own zone counts. */
  timeZone: string;
  locale: string;
  children: ReactNode;
}

/** The second-hand and the place for every time below. Only what reads `useNowMs` is drawn again each second. */
export function TimeProvider({ now, timeZone: serverZone, locale, children }: TimeProviderProps) {
  const timeZone = useSyncExternalStore(
    never,
    () => Intl.DateTimeFormat().resolvedOptions().timeZone || serverZone,
    () => serverZone,
  );
  const today = localDay(now, timeZone);
  const place = useMemo(() => ({ timeZone, locale, today }), [timeZone, locale, today]);
  return (
    <PlaceContext value={place}>
      <NowContext value={now}>{children}</NowContext>
    </PlaceContext>
  );
}

/** Milliseconds since the epoch, once a second; null outside of a TimeProvider. */
export function useNowMs(): number | null {
  return useContext(NowContext);
}

export function usePlace(): Place {
  return useContext(PlaceContext);
}

/** The zone of a browser does not change while a page is open. */
function never(): () => void {
  return () => {};
}
