"use client";

import { useSyncExternalStore } from "react";

/** Where rows become cards; the same width as in `app/styles/jobs.css`. */
const NARROW = "(width <= 640px)";

function subscribe(listener: () => void): () => void {
  const query = window.matchMedia(NARROW);
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}

/** Whether the screen is a phone's. On the server and while hydrating: no. */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => window.matchMedia(NARROW).matches,
    () => false,
  );
}
