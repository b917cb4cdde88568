"use client";

import { useEffect, useRef } from "react";

/** What a key does, by `KeyboardEvent.key`. */
export type ListKeys = Readonly<Record<string, () => void>>;

/** Keys by which a control is worked itself. */
const OWN_KEYS: ReadonlySet<string> = new Set([" ", "Enter"]);

/** Whether a key stroke belongs to something else: a field, an open menu or dialog, a control in focus, a chord of the browser. */
function isTaken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return true;
  if (document.querySelector("[role=dialog], [role=menu]") !== null) return true;
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("input, textarea, select") !== null) return true;
  // A space does nothing on a link but scroll the page, so it may peek.
  return OWN_KEYS.has(event.key) && target.closest(event.key === "Enter" ? "a, button, summary" : "button, summary") !== null;
}

/** Single keys for the whole page, while nothing else wants them. Keys of the shell (`g j`, `/`, `p`) never come this far. */
export function useListKeys(keys: ListKeys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const act = Object.hasOwn(latest.current, event.key) ? latest.current[event.key] : undefined;
      if (act === undefined || isTaken(event)) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}
