"use client";

import { createContext, useContext, useState, useSyncExternalStore, type ReactNode } from "react";

/** The time that the pointer or the keyboard stands at, for all charts below; null: nowhere. */
class CursorStore {
  #ms: number | null = null;
  readonly #listeners = new Set<() => void>();

  readonly read = (): number | null => this.#ms;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly move = (ms: number | null): void => {
    if (ms === this.#ms) return;
    this.#ms = ms;
    for (const listener of this.#listeners) listener();
  };
}

const CursorContext = createContext<CursorStore | null>(null);

/** All charts below show the same time. Moving it draws only what reads it. One inside another shares the outer one's. */
export function ChartCursor({ children }: { children: ReactNode }) {
  const outer = useContext(CursorContext);
  const [own] = useState(() => new CursorStore());
  return <CursorContext value={outer ?? own}>{children}</CursorContext>;
}

/** Milliseconds since the epoch, and how to move it; null while nobody points. */
export function useChartCursor(): { ms: number | null; move: (ms: number | null) => void } {
  const store = useContext(CursorContext);
  if (store === null) throw new Error("A chart is drawn outside of ChartCursor. Put one around all charts of the page.");
  const ms = useSyncExternalStore(store.subscribe, store.read, nowhere);
  return { ms, move: store.move };
}

function nowhere(): null {
  return null;
}
