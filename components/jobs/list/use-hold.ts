"use client";

import { useMemo, useState } from "react";
import type { FocusEvent, PointerEvent } from "react";

/** True while the pointer or the focus is in the table: somebody reads, so rows keep their place. */
export function useHold() {
  const [pointer, setPointer] = useState(false);
  const [focus, setFocus] = useState(false);
  const handlers = useMemo(
    () => ({
      onPointerEnter: (event: PointerEvent) => event.pointerType === "mouse" && setPointer(true),
      onPointerLeave: () => setPointer(false),
      onFocus: () => setFocus(true),
      onBlur: (event: FocusEvent<HTMLElement>) => setFocus(event.currentTarget.contains(event.relatedTarget)),
    }),
    [],
  );
  return { hold: pointer || focus, handlers };
}
