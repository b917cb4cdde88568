"use client";

import type { Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import type { ListItem } from "./arrange-jobs.ts";

/** Height of the sticky head in px: a line under it is not in sight. */
export const HEAD_PX = 31;

/** Brings the line under the cursor into sight when the cursor moves; not when only its place changes. */
export function useReveal(
  virtualizer: Virtualizer<HTMLDivElement, HTMLTableRowElement>,
  items: readonly ListItem[],
  cursor: string | null,
): void {
  const revealed = useRef<string | null>(null);
  useEffect(() => {
    if (revealed.current === cursor) return;
    revealed.current = cursor;
    if (cursor === null) return;
    const index = items.findIndex((item) => item.key === cursor);
    if (index >= 0) virtualizer.scrollToIndex(index, { align: "auto" });
  }, [virtualizer, items, cursor]);
}
