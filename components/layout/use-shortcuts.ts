"use client";

import { useEffect, useEffectEvent } from "react";
import { isTyping, readPress, type Action } from "./shortcuts.ts";

/** Calls `onAction` for keys that mean something everywhere. It hears them before a page does, so that `g j` does not also move a cursor. */
export function useShortcuts(onAction: (action: Action) => void): void {
  const act = useEffectEvent(onAction);
  useEffect(() => {
    let chordAt: number | null = null;
    const onKeyDown = (event: KeyboardEvent) => {
      // Keys of an input method compose a word (UI Events, `isComposing`).
      if (event.defaultPrevented || event.isComposing || event.repeat || ["Shift", "Control", "Meta", "Alt"].includes(event.key)) return;
      const { key, ctrlKey, metaKey, altKey, target } = event;
      const read = readPress({ key, ctrlKey, metaKey, altKey, typing: isTyping(target) }, chordAt, event.timeStamp);
      chordAt = read.chordAt;
      if (read.action === null) return;
      event.preventDefault();
      event.stopPropagation();
      act(read.action);
    };
    window.addEventListener("keydown", onKeyDown, { capture: true });
    return () => window.removeEventListener("keydown", onKeyDown, { capture: true });
  }, []);
}
