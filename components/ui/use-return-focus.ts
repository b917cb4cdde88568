"use client";

import { useMemo, useRef } from "react";

/** For a dialog without a trigger: Radix gives the focus back to a trigger only, these handlers give it back to whatever had it. */
export function useReturnFocus() {
  const before = useRef<Element | null>(null);
  return useMemo(
    () => ({
      // Comes before the focus moves.
      onOpenAutoFocus: () => {
        before.current = document.activeElement;
      },
      onCloseAutoFocus: (event: Event) => {
        event.preventDefault();
        if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus();
      },
    }),
    [],
  );
}
